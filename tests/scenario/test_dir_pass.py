"""People sign in with the password that lives in their company's directory."""

import ldap
import pytest

from corp import PASSWORD, OpenLdap
from directory import Directory
from conftest import short_folder
from muster import Sandbox, wait_until


@pytest.fixture(scope="module")
def world():
    with short_folder() as folder, OpenLdap(folder + "/corp", people=40) as corp, \
            Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp, "--pass-through")
        directory.follow()
        yield corp, box, directory


def outcome(box, name, password=PASSWORD):
    """The result of a bind, by the name that libldap has for it."""
    try:
        box.acme.bind(box.acme.user_dn(name), password).unbind_s()
        return "OK"
    except ldap.LDAPError as e:
        return type(e).__name__


def test_the_password_of_the_company_opens_here(world):
    corp, box, _ = world
    name = corp.person(1)["uid"]
    assert outcome(box, name) == "OK"
    assert outcome(box, name, "wrong") == "INVALID_CREDENTIALS"
