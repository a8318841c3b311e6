"""Odd DNs: slapd's word about a thousand of them (tests/ldap/dns.json) and ours."""

import json
import re
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
        secret = box.folder / "namer.password"
        secret.write_text("Herbst-2026-x\n")
        secret.chmod(0o600)
        box.muster("user", "create", "acme", "namer", "--name", "Admin", "--email", "namer@x.test",
                   "--password-file", secret, "--role", "Admin")
        connection = box.ldap()
        connection.simple_bind_s(f"uid=namer,{dns.BASE}", "Herbst-2026-x")
        yield connection
        box.stop()


def test_the_rows_are_those_of_the_generator():
    assert [row[0] for row in ROWS] == dns.odd_dns()


# Where we differ: what such a DN has, and what becomes of an entry of that name here.
NAMED = "named"
EXPLAINED = [
    (r"\\00", 34),                      # no value holds a NUL
    (r"=\s*#", NAMED),                  # RFC 4514 section 2.4: a BER string, which slapd refuses
    (r"(?i)oid\.", NAMED),              # RFC 2253 section 4, which slapd has forgotten
    (r";lang-", 34),                    # RFC 4514 section 3: no options in a DN
    (r"(?i)(dc|mail)\s*=.*[^ -~]", 34),  # whether a value is ASCII is asked of entries only
    (r"\\0a", 19),                      # no entry has line ends in a name,
    (r"[=+]\s*\"? *(\\ |\\20)* *\"?\s*[,;+]", 19),  # or nothing but blanks
    (r"\\\\ +[,;+]", NAMED),           # a blank behind an escaped backslash is not escaped
]


def is_explained(dn, ours):
    return any(re.search(pattern, dn) and becomes in (ours, NAMED if isinstance(ours, str) else "")
               for pattern, becomes in EXPLAINED)


def test_what_slapd_takes_for_a_dn_is_one(admin):
    differ = []
    for dn, theirs, _ in ROWS:
        ours = dns.is_base(admin, dn)
        if ours != theirs and not any(re.search(pattern, dn) for pattern, _ in EXPLAINED[:5]):
            differ.append((dn, theirs, ours))
    assert differ == []


def test_an_entry_has_the_name_that_it_has_in_slapd(admin):
    differ = []
    for number, (dn, _, theirs) in enumerate(ROWS):
        ours = dns.written(admin, dn, number)
        named = isinstance(ours, str) and isinstance(theirs, str)
        same = dns.plain(ours) == dns.plain(theirs) if named else ours == theirs
        if not same and not is_explained(dn, ours):
            differ.append((dn, theirs, ours))
    assert differ == []
