"""Odd DNs: slapd's word about a thousand of them (tests/ldap/dns.json) and ours."""

import json
import sys

import pytest

from conftest import short_folder
from muster import TOP, Sandbox

sys.path.insert(0, str(TOP / "tests/ldap"))
import dns  # noqa: E402

ROWS = json.loads((TOP / "tests/ldap/dns.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def admin():
    with short_folder() as folder:
        box = Sandbox(folder + "/box").start()
        secret = box.folder / "admin.password"
        secret.write_text("Herbst-2026-x\n")
        secret.chmod(0o600)
        box.muster("user", "create", "acme", "admin", "--name", "Admin", "--email", "a@x.test",
                   "--password-file", secret, "--role", "Admin")
        connection = box.ldap()
        connection.simple_bind_s(f"uid=admin,{dns.BASE}", "Herbst-2026-x")
        yield connection
        box.stop()


def test_the_rows_are_those_of_the_generator():
    assert [row[0] for row in ROWS] == dns.odd_dns()


def test_what_slapd_takes_for_a_dn_is_one(admin):
    ours = {dn: dns.is_base(admin, dn) for dn, _, _ in ROWS}
    assert [dn for dn, base, _ in ROWS if ours[dn] != base] == []


def test_an_entry_has_the_name_that_it_has_in_slapd(admin):
    differ = []
    for number, (dn, _, theirs) in enumerate(ROWS):
        ours = dns.written(admin, dn, number)
        same = dns.plain(ours) == dns.plain(theirs) if isinstance(ours, str) and isinstance(
            theirs, str) else ours == theirs
        if not same:
            differ.append((dn, theirs, ours))
    assert differ == []
