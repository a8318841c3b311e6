"""Fixtures: a sandbox with tests/ldap/tree.ldif under the suffix that it was written for, and
acme's service account in it."""

import ldap
import pytest

from conftest import short_folder
from muster import TOP, Sandbox


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder:
        box = Sandbox(folder + "/box")
        box.start("--suffix", "dc=idp,dc=test", "--load", TOP / "tests/ldap/tree.ldif")
        yield box
        box.stop()


@pytest.fixture(scope="module")
def client(box):
    client = ldap.initialize(box.values["LDAP_URI"])
    client.set_option(ldap.OPT_NETWORK_TIMEOUT, 30)
    client.simple_bind_s(box.acme.bind_dn, box.acme.bind_pw)
    yield client
    client.unbind_s()
