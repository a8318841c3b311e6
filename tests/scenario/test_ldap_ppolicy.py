"""What a bind and a change of password say about the password (draft-behera-ldap-password-policy-10)
and what is left to who must choose a new one."""

import json
import re
import sys

import ldap
import pytest
from ldap.controls.ppolicy import PasswordPolicyControl

from muster import TOP, wait_until
from test_api_users import set_policy

sys.path.insert(0, str(TOP / "tests/ldap"))
from ldapraw import PWMOD, WHOAMI, Conn, bind, compare, ctl, extop, modify, o_, search, seq  # noqa: E402

PPOLICY = PasswordPolicyControl.controlType
EXPIRED, EXPIRING = "2.16.840.1.113730.3.4.4", "2.16.840.1.113730.3.4.5"
CHANGE_AFTER_RESET, TOO_SHORT, QUALITY = 2, 6, 5
PASSWORD = "correct horse battery"
NOTHING = bytes.fromhex("3000")


def make(tenant, name, *words):
    path = tenant.sandbox.folder / "password"
    path.write_text(PASSWORD + "\n", encoding="utf-8")
    path.chmod(0o600)
    tenant.sandbox.muster("user", "create", tenant.name, name, "--name", name.title(), "--email",
                          f"{name}@example.com", "--role", "Viewer", "--password-file", path, *words)
    return tenant.user_dn(name)


def open_raw(tenant):
    """In clear, on loopback."""
    return Conn("127.0.0.1", int(tenant.sandbox.values["LDAP_URI"].rpartition(":")[2]))


def ask(connection, operation, policy=True):
    return connection.rpc(operation, [ctl(PPOLICY)] if policy else None)[-1]


def told(answer):
    """What the response control says: None when there is none."""
    values = [value for oid, value in answer.ctrls if oid == PPOLICY]
    if not values:
        return None
    control = PasswordPolicyControl()
    control.decodeControlValue(values[0])
    return control


def bound(tenant, dn, password=PASSWORD):
    connection = open_raw(tenant)
    answer = ask(connection, bind(dn, password))
    assert answer.code == 0, str(answer)
    return connection, answer


def new_password(old, new):
    return extop(PWMOD, seq(o_(old, 0x81), o_(new, 0x82)))


def test_who_must_change_the_password_may_do_nothing_else(tenant):
    dn = make(tenant, "ada", "--must-change")
    connection, answer = bound(tenant, dn)
    assert told(answer).error == CHANGE_AFTER_RESET
    for operation in (search(dn, 0), compare(dn, "uid", "ada"), search("", 0)):
        refused = ask(connection, operation)
        assert refused.code == 50 and told(refused).error == CHANGE_AFTER_RESET, str(refused)
    assert ask(connection, search(dn, 0), policy=False).ctrls == []
    assert ask(connection, modify(dn, [(2, "title", ["Dr"])])).code == 50
    assert ask(connection, extop(WHOAMI)).val == b"dn:" + dn.encode()
    assert ask(connection, new_password(PASSWORD, "another horse")).code == 0
    # From the next request on.
    assert ask(connection, search(dn, 0)).code == 0
    connection, answer = bound(tenant, dn, "another horse")
    assert answer.ctrls == [(PPOLICY, NOTHING)]


def test_a_new_password_may_also_be_written_as_an_attribute(tenant):
    dn = make(tenant, "ada", "--must-change")
    connection, _ = bound(tenant, dn)
    answer = ask(connection, modify(dn, [(1, "userPassword", [PASSWORD]),
                                         (0, "userPassword", ["another horse"])]))
    assert answer.code == 0, str(answer)
    assert ask(connection, search(dn, 0)).code == 0


def test_what_is_wrong_with_a_new_password_is_told(tenant):
    dn = make(tenant, "ada")
    connection, _ = bound(tenant, dn)
    for password, error in (("short", TOO_SHORT), ("with a \0 in it", QUALITY)):
        answer = ask(connection, new_password(PASSWORD, password))
        assert answer.code == 19 and told(answer).error == error, str(answer)
        answer = ask(connection, modify(dn, [(2, "userPassword", [password])]))
        assert answer.code == 19 and told(answer).error == error, str(answer)
    set_policy(tenant, "password.min_length", "3")
    assert ask(connection, new_password(PASSWORD, "short")).code == 0


def test_a_password_that_is_about_to_expire_is_told_in_both_ways(tenant):
    dn = make(tenant, "ada")
    set_policy(tenant, "password.warn_days", "3")
    set_policy(tenant, "password.max_age_days", "2")
    connection, answer = bound(tenant, dn)
    assert 0 < told(answer).timeBeforeExpiration <= 2 * 86400 and told(answer).error is None
    answer = ask(connection, bind(dn, PASSWORD), policy=False)
    assert [oid for oid, _ in answer.ctrls] == [EXPIRING]
    assert 0 < int(answer.ctrls[0][1]) <= 2 * 86400
    # A library that knows the control reads it.
    client = tenant.sandbox.ldap()
    client.simple_bind(dn, PASSWORD, serverctrls=[PasswordPolicyControl()])
    controls = client.result3(resp_ctrl_classes={PPOLICY: PasswordPolicyControl})[3]
    assert [control.timeBeforeExpiration > 0 for control in controls] == [True]
    set_policy(tenant, "password.warn_days", "1")
    _, answer = bound(tenant, dn)
    assert answer.ctrls == [(PPOLICY, NOTHING)]


def test_clients_of_the_older_draft_hear_that_it_must_be_changed(tenant):
    dn = make(tenant, "ada", "--must-change")
    connection = open_raw(tenant)
    answer = ask(connection, bind(dn, PASSWORD), policy=False)
    assert answer.code == 0 and answer.ctrls == [(EXPIRED, b"0")]


@pytest.mark.parametrize("tells", [False, True])
def test_only_who_has_the_password_hears_that_an_account_is_locked(tenant, tells):
    dn = make(tenant, "ada")
    tenant.sandbox.muster("user", "deactivate", tenant.name, "ada")
    if tells:
        set_policy(tenant, "ldap.tells_locked", "true")
    connection = open_raw(tenant)
    right = ask(connection, bind(dn, PASSWORD))
    assert right.code == 49 and told(right).error == (1 if tells else None)
    for name, password in ((dn, "wrong horse"), (tenant.user_dn("nobody"), PASSWORD)):
        answer = ask(connection, bind(name, password))
        assert answer.code == 49 and answer.ctrls == [(PPOLICY, NOTHING)]
        assert (answer.matched, answer.diag) == ("", "")


def test_the_rootdse_names_the_control(tenant):
    connection = tenant.sandbox.ldap()
    [(_, entry)] = connection.search_s("", ldap.SCOPE_BASE, attrlist=["supportedControl"])
    assert PPOLICY.encode() in entry["supportedControl"]


def test_the_entry_shows_where_its_password_stands(tenant):
    dn = make(tenant, "ada")
    service = tenant.bind()

    def shown(*names):
        [(_, entry)] = service.search_s(dn, ldap.SCOPE_BASE, attrlist=list(names) or ["+"])
        return {name: values[0] for name, values in entry.items() if name.startswith("pwd")}

    assert set(shown()) == {"pwdChangedTime"}
    assert re.fullmatch(rb"20\d{12}Z", shown("pwdChangedTime")["pwdChangedTime"])
    tenant.sandbox.muster("user", "edit", tenant.name, "ada", "--must-change")
    assert shown("pwdReset") == {"pwdReset": b"TRUE"}
    tenant.sandbox.muster("user", "deactivate", tenant.name, "ada")
    assert shown("pwdReset", "pwdAccountLockedTime") == {
        "pwdReset": b"TRUE", "pwdAccountLockedTime": b"000001010000Z"}
    found = service.search_s(tenant.base_dn, ldap.SCOPE_SUBTREE, "(pwdReset=TRUE)", ["1.1"])
    assert [name for name, _ in found if name] == [dn]
    service.unbind_s()


def test_scim_measures_by_the_same_policy(tenant, scim):
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada",
            "emails": [{"value": "ada@example.com"}], "password": "nine char"}
    set_policy(tenant, "password.min_length", "12")
    refused = scim.ask("POST", "/Users", body)
    assert refused.status == 400 and refused.body["scimType"] == "invalidValue"
    assert "password" in refused.body["detail"] and "12" in refused.body["detail"]
    set_policy(tenant, "password.min_length", "9")
    assert scim.ask("POST", "/Users", body).status == 201
    tenant.bind(tenant.user_dn("ada"), "nine char").unbind_s()


def test_since_when_a_password_stands_is_known(tenant):
    make(tenant, "ada")

    def changed():
        shown = tenant.sandbox.muster("user", "show", tenant.name, "ada", "--json").stdout
        return json.loads(shown)["password_changed"]

    first = changed()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", first)
    tenant.sandbox.muster("user", "edit", tenant.name, "ada", "--title", "Dr")
    assert changed() == first

    def changes():
        tenant.sandbox.muster("user", "set-password", tenant.name, "ada")
        return changed() > first

    wait_until(changes)
