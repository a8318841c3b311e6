"""The protocol cases of tests/ldap against a real musterd, but for those that are not offered yet."""

import os
import re
import sys

import pytest

from conftest import short_folder
from muster import TOP, Sandbox

sys.path.insert(0, str(TOP / "tests/ldap"))
import cases  # noqa: E402

LATER = {
}
IN_SCOPE = [case for case in cases.CASES
            if not any(case[0] in ids for ids in LATER.values())]


@pytest.fixture(scope="module")
def server():
    with short_folder() as folder:
        box = Sandbox(folder + "/box")
        box.start("--suffix", "dc=idp,dc=test", "--load", TOP / "tests/ldap/tree.ldif")
        box.muster("user", "deactivate", "acme", "disabled")
        cases.H = "127.0.0.1"
        cases.P = int(box.values["LDAP_URI"].rpartition(":")[2])
        cases.PS = int(box.values["LDAPS_URI"].rpartition(":")[2])
        cases.CA = box.values["CA_FILE"]
        os.environ.update({name: box.values[name] for name in ("CLI_CERT", "CLI_KEY")})
        cases.SVC, cases.SVCPW = "cn=svc,ou=services,o=acme,dc=idp,dc=test", "svcpw-acme"
        cases.ADM, cases.ADMPW = box.acme.admin_dn, box.acme.admin_pw
        yield box
        box.stop()


@pytest.mark.parametrize("case", [pytest.param(case, id=case[0]) for case in IN_SCOPE])
def test_case(server, case):
    _, reference, request, expected, _, note, run = case
    answer = run()
    assert re.search(expected, answer), f"{request} ({reference}): {answer[:400]} {note}"
