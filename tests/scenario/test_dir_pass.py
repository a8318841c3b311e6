"""People sign in with the password that lives in their company's directory: OpenLDAP here."""

import threading
import time

import ldap
import pytest
from ldap.controls.ppolicy import PasswordPolicyControl

from conftest import short_folder
from corp import PASSWORD, OpenLdap
from directory import Directory
from fault import Fault
from muster import Sandbox, wait_until

PPOLICY = PasswordPolicyControl.controlType
EXPIRED, MUST_CHANGE = 0, 2


def set_policies(corp):
    """A policy for all, and two for some: passwords live for a second, or are reset."""
    rows = "".join(
        f"dn: cn={name},{corp.suffix}\nchangetype: add\nobjectClass: device\n"
        f"objectClass: pwdPolicy\ncn: {name}\npwdAttribute: userPassword\npwdLockout: TRUE\n"
        f"pwdMaxFailure: 8\npwdMustChange: {change}\npwdMaxAge: {age}\n\n"
        for name, age, change in (("usual", 0, "FALSE"), ("brief", 1, "FALSE"),
                                  ("reset", 0, "TRUE")))
    corp.modify(rows)
    corp.configure(f"dn: olcOverlay={{2}}ppolicy,olcDatabase={{{corp.database}}}mdb,cn=config\n"
                   "changetype: modify\nreplace: olcPPolicyDefault\n"
                   f"olcPPolicyDefault: cn=usual,{corp.suffix}\n")


class World:
    def __init__(self, corp, box):
        self.corp, self.box = corp, box
        self.directory = Directory(box).create(corp, "--pass-through")
        self.directory.follow()
        self.people = (person for person in corp.truth()["people"] if not person["disabled"])

    def somebody(self):
        """Who has not signed in here yet, nor failed to."""
        return next(self.people)["uid"]

    def asked(self):
        return self.box.metric("muster_pass_through_total")

    def set_policy(self, name, policy):
        self.corp.modify(f"dn: {self.dn(name)}\nchangetype: modify\n"
                         f"replace: pwdPolicySubentry\n"
                         f"pwdPolicySubentry: cn={policy},{self.corp.suffix}\n")

    def dn(self, name):
        return self.corp.read(f"(uid={name})", ["uid"])[0][0]


@pytest.fixture(scope="module")
def world():
    with short_folder() as folder, OpenLdap(
            folder + "/corp", people=80, options="--scheme ssha") as corp, \
            Sandbox(folder + "/box") as box:
        set_policies(corp)
        yield World(corp, box)


def attempt(box, dn, password=PASSWORD):
    """What a bind ended with, what its control says is wrong, and what it says to a person."""
    connection = box.ldap()
    connection.simple_bind(dn, password, serverctrls=[PasswordPolicyControl()])
    try:
        connection.result3(timeout=60)
        return "OK", None, ""
    except ldap.LDAPError as e:
        said = e.args[0]
        errors = []
        for oid, _, value in said.get("ctrls", []):
            control = PasswordPolicyControl()
            control.decodeControlValue(value)
            errors += [control.error] if oid == PPOLICY and control.error is not None else []
        return type(e).__name__, errors[0] if errors else None, said.get("info", "")
    finally:
        connection.unbind_s()


def outcome(box, name, password=PASSWORD):
    return attempt(box, box.acme.user_dn(name), password)[0]


def until(box, name, wanted, password=PASSWORD):
    """Of an answer that does not count as a wrong password."""
    wait_until(lambda: outcome(box, name, password) == wanted, 120, f"{wanted} of {name}")


def test_the_password_of_the_company_opens_here_and_no_other(world):
    name = world.somebody()
    before = world.asked()
    assert outcome(world.box, name) == "OK"
    assert outcome(world.box, name, "wrong") == "INVALID_CREDENTIALS"
    assert world.asked() == before + 2
    status = world.directory.status()["passwords"]
    assert status["available"] and status["asked"] >= 2 and status["refused"] >= 1


def test_a_new_password_there_counts_here_at_once(world):
    name = world.somebody()
    assert outcome(world.box, name) == "OK"
    world.corp.change("password:another-Passw0rd", "--uid", name)
    assert outcome(world.box, name) == "INVALID_CREDENTIALS"
    assert outcome(world.box, name, "another-Passw0rd") == "OK"


def test_an_empty_password_goes_nowhere(world):
    name = world.somebody()
    before = world.asked()
    connection = world.box.ldap()
    with pytest.raises(ldap.UNWILLING_TO_PERFORM):
        connection.simple_bind_s(world.box.acme.user_dn(name), "")
    assert world.asked() == before


def test_plain_passes_through_and_scram_cannot(world):
    name = world.somebody()
    dn = world.box.acme.user_dn(name)
    connection = world.box.ldap()
    connection.sasl_interactive_bind_s("", ldap.sasl.sasl({
        ldap.sasl.CB_AUTHNAME: "dn:" + dn, ldap.sasl.CB_PASS: PASSWORD}, "PLAIN"))
    assert connection.whoami_s() == "dn:" + dn
    connection.unbind_s()
    other = world.somebody()
    connection = world.box.ldap()
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        connection.sasl_interactive_bind_s("", ldap.sasl.sasl({
            ldap.sasl.CB_AUTHNAME: "dn:" + world.box.acme.user_dn(other),
            ldap.sasl.CB_PASS: PASSWORD}, "SCRAM-SHA-256"))


def test_who_must_change_the_password_hears_where(world):
    name = world.somebody()
    world.set_policy(name, "reset")
    world.corp.change("must-change", "--uid", name)
    dn = world.box.acme.user_dn(name)
    ended, error, words = attempt(world.box, dn)
    assert (ended, error) == ("INVALID_CREDENTIALS", MUST_CHANGE)
    assert "at the company" in words
    assert attempt(world.box, dn, "wrong") == ("INVALID_CREDENTIALS", None, "")


def test_an_expired_password_is_told_to_who_has_it(world):
    name = world.somebody()
    world.set_policy(name, "brief")
    world.corp.change("password:brief-Passw0rd", "--uid", name)
    dn = world.dn(name)

    def has_expired():
        connection = ldap.initialize(world.corp.uri)
        try:
            connection.simple_bind_s(dn, "brief-Passw0rd")
            return False
        except ldap.INVALID_CREDENTIALS:
            return True
        finally:
            connection.unbind_s()
    wait_until(has_expired, 60, "the end of the password")
    ended, error, words = attempt(world.box, world.box.acme.user_dn(name), "brief-Passw0rd")
    assert (ended, error) == ("INVALID_CREDENTIALS", EXPIRED)
    assert "at the company" in words


def test_who_is_locked_there_is_refused_here_and_stays_active(world):
    name = world.somebody()
    dn = world.dn(name)
    for _ in range(8):
        connection = ldap.initialize(world.corp.uri)
        with pytest.raises(ldap.INVALID_CREDENTIALS):
            connection.simple_bind_s(dn, "wrong")
        connection.unbind_s()
    assert attempt(world.box, world.box.acme.user_dn(name)) == ("INVALID_CREDENTIALS", None, "")
    (_, values), = world.box.acme.bind().search_s(
        world.box.acme.user_dn(name), ldap.SCOPE_BASE, attrlist=["musterActive"])
    assert values["musterActive"] == [b"TRUE"]


def test_wrong_passwords_end_here_before_the_company_locks_the_account(world):
    name = world.somebody()
    before = world.asked()
    for _ in range(12):
        assert outcome(world.box, name, "guess") == "INVALID_CREDENTIALS"
    assert world.asked() - before < 8
    connection = ldap.initialize(world.corp.uri)
    connection.simple_bind_s(world.dn(name), PASSWORD)


def test_who_is_disabled_here_is_refused_before_the_company_is_asked(world):
    name = world.somebody()
    assert outcome(world.box, name) == "OK"
    world.box.muster("user", "deactivate", "acme", name)
    before = world.asked()
    assert attempt(world.box, world.box.acme.user_dn(name)) == ("INVALID_CREDENTIALS", None, "")
    assert world.asked() == before


def test_who_is_disabled_there_is_refused_here(world):
    name = world.somebody()
    assert outcome(world.box, name) == "OK"
    world.corp.change("disable", "--uid", name)
    assert outcome(world.box, name) == "INVALID_CREDENTIALS"


def test_who_was_renamed_there_signs_in_at_once_and_nobody_by_the_old_name(world):
    """Names change hands: whose password is asked about hangs on the anchor alone."""
    one, other = world.somebody(), world.somebody()
    assert outcome(world.box, one) == "OK"
    world.corp.change("password:of-the-other-0ne", "--uid", other)
    mine, theirs = world.dn(one), world.dn(other)
    world.corp.modify(
        f"dn: {mine}\nchangetype: modrdn\nnewrdn: uid={one}.away\ndeleteoldrdn: 1\n\n"
        f"dn: {theirs}\nchangetype: modrdn\nnewrdn: uid={one}\ndeleteoldrdn: 1\n"
        + (f"newsuperior: {mine.partition(',')[2]}\n" if mine.partition(",")[2] !=
           theirs.partition(",")[2] else ""))
    seen = {outcome(world.box, name, password) for name, password in
            ((one, "of-the-other-0ne"), (one + ".away", "of-the-other-0ne"))}
    # As soon as the names have come here the old one is the other's, with the other's password.
    until(world.box, one + ".away", "OK")
    assert outcome(world.box, one + ".away", "of-the-other-0ne") == "INVALID_CREDENTIALS"
    assert seen <= {"OK", "INVALID_CREDENTIALS"}


def test_nobody_changes_here_the_password_that_is_kept_there(world):
    name = world.somebody()
    dn = world.box.acme.user_dn(name)
    connection = world.box.acme.bind(dn, PASSWORD)
    with pytest.raises(ldap.UNWILLING_TO_PERFORM) as refused:
        connection.passwd_s(dn, PASSWORD, "another horse")
    assert "company's directory" in refused.value.args[0]["info"]
    with pytest.raises(ldap.UNWILLING_TO_PERFORM):
        connection.modify_s(dn, [(ldap.MOD_DELETE, "userPassword", [PASSWORD.encode()]),
                                 (ldap.MOD_ADD, "userPassword", [b"another horse"])])
    connection.unbind_s()
    assert outcome(world.box, name) == "OK"


def test_a_password_that_an_administrator_sets_here_counts_instead(world):
    name = world.somebody()
    world.directory.muster("user", "set-password", "acme", name, "--password-file", "-",
                           secret="given here\n")
    before = world.asked()
    assert outcome(world.box, name, "given here") == "OK"
    assert outcome(world.box, name) == "INVALID_CREDENTIALS"
    assert world.asked() == before


def test_a_directory_that_is_silent_holds_nobody_else_up(world):
    name = world.somebody()
    assert outcome(world.box, name) == "OK"
    world.corp.freeze()
    try:
        answers = []
        asking = [threading.Thread(target=lambda: answers.append(outcome(world.box, name)))
                  for _ in range(8)]
        for thread in asking:
            thread.start()
        for _ in range(20):
            world.box.globex.bind().unbind_s()
        for thread in asking:
            thread.join(60)
        assert set(answers) == {"UNAVAILABLE"}
        # It is let alone from now on, so the answer does not take the deadline.
        wait_until(lambda: quick_refusal(world.box, name), 60, "a refusal at once")
        assert world.directory.status()["passwords"]["available"] is False
    finally:
        world.corp.thaw()
    until(world.box, name, "OK")


def quick_refusal(box, name):
    begun = time.monotonic()
    return outcome(box, name) == "UNAVAILABLE" and time.monotonic() - begun < 1


def test_the_next_server_is_asked_when_the_first_is_gone(world):
    name = world.somebody()
    with Fault(world.corp, world.box.folder / "first") as first:
        world.directory.edit("--uri", first.uri, "--failover-uri", world.corp.uri,
                             secret=world.corp.sync_password)
        until(world.box, name, "OK")
        assert first.count("bindReq") > 0
    until(world.box, name, "OK")
    world.directory.edit("--uri", world.corp.uri, secret=world.corp.sync_password)
    until(world.box, name, "OK")


def test_where_starttls_is_taken_away_no_password_is_sent(world):
    name = world.somebody()
    globex = Directory(world.box, tenant="globex").create(
        world.corp, "--pass-through", "--start-tls", "--ca-file", world.corp.ca_file)
    globex.follow()
    dn = world.box.globex.user_dn(name)
    assert attempt(world.box, dn)[0] == "OK"
    with Fault(world.corp, world.box.folder / "middle") as middle:
        middle.rules("extReq * result 2 no")
        globex.edit("--uri", middle.uri, secret=world.corp.sync_password)
        wait_until(lambda: attempt(world.box, dn)[0] == "UNAVAILABLE", 60, "the refusal")
        assert middle.count("extReq") > 0 and middle.count("bindReq") == 0


def test_in_the_hours_of_grace_what_was_right_last_still_opens(world):
    one, admin, stranger, gone = (world.somebody() for _ in range(4))
    world.box.muster("role", "assign", "acme", "Admin", admin)
    world.directory.edit("--grace-hours", 8)
    for name in (one, admin, gone):
        until(world.box, name, "OK")
    world.box.muster("user", "deactivate", "acme", gone)
    world.box.muster("user", "activate", "acme", gone)
    before = world.box.metric("muster_pass_through_grace_total")
    world.corp.stop()
    try:
        until(world.box, one, "OK")
        assert world.box.metric("muster_pass_through_grace_total") > before
        assert outcome(world.box, one, "wrong") == "INVALID_CREDENTIALS"
        # Admins have none, nor who was never seen, nor who was deactivated since.
        for name in (admin, stranger, gone):
            assert outcome(world.box, name) == "UNAVAILABLE", name
        world.directory.edit("--grace-hours", 0)
        assert outcome(world.box, one) == "UNAVAILABLE"
    finally:
        world.corp.start()
    until(world.box, admin, "OK")


def test_no_password_stands_in_a_log(world):
    for path in world.box.folder.rglob("*.log"):
        said = path.read_bytes()
        for secret in (PASSWORD, "another-Passw0rd", "of-the-other-0ne", "given here"):
            assert secret.encode() not in said, path
