"""POSIX accounts and groups: numbers by policy, and what nss-pam-ldapd, sssd and proftpd ask for."""

import ldap
import pytest

from ldap_tree import box, client  # noqa: F401
from muster import wait_until

ACME = "o=acme,dc=idp,dc=test"
PEOPLE, GROUPS = "ou=people," + ACME, "ou=groups," + ACME


def ask(client, filter_, *names, base=ACME):
    found = client.search_s(base, ldap.SCOPE_SUBTREE, filter_, names or None)
    return {dn: {name: sorted(value.decode() for value in values) for name, values in entry.items()}
            for dn, entry in found if dn}


def one(client, filter_, *names, base=ACME):
    (entry,) = ask(client, filter_, *names, base=base).values()
    return entry


@pytest.fixture(scope="module")
def posix(box, client):
    """The policy is on, and everybody who was there has a number."""
    before = one(client, "(uid=alice)")
    box.muster("policy", "set", "acme", "posix.enabled", "--value", "true", "--confirm", "0")
    wait_until(lambda: not ask(client, "(&(objectClass=person)(!(uidNumber=*)))", "uid") and
               not ask(client, "(&(objectClass=groupOfNames)(!(gidNumber=*)))", "cn"), 60)
    return before


def test_numbers_that_were_given_stay(client, posix):
    assert one(client, "(uid=alice)") == posix


def test_everybody_has_a_number_of_their_own(client, posix):
    people = ask(client, "(objectClass=posixAccount)", "uidNumber", "gidNumber", "homeDirectory",
                 "loginShell", "uid", "gecos")
    groups = ask(client, "(objectClass=posixGroup)", "gidNumber")
    given = [one["uidNumber"][0] for one in people.values()] + [one["gidNumber"][0] for one in groups.values()]
    derived = [number for number in given if int(number) >= 100000]
    assert len(derived) == len(set(derived)) and len(derived) > 5
    for dn, entry in people.items():
        assert entry["homeDirectory"] and entry["loginShell"] and entry["gidNumber"], dn


def test_a_new_person_has_an_account_from_the_first_moment(box, client, posix):
    made = ask_new(box, client, "nora")
    assert made["homeDirectory"] == ["/home/nora"] and made["loginShell"] == ["/bin/sh"]
    assert made["gidNumber"] == ["100"] and made["gecos"] == ["Nora Night"]
    assert {"posixAccount", "shadowAccount"} <= set(made["objectClass"])
    assert ask(client, "(homeDirectory=/home/nora)", "uid") and not ask(client, "(homeDirectory=/HOME/nora)")
    assert ask(client, "(&(uid=nora)(gecos=nora night)(loginShell=*))", "uid")


def ask_new(box, client, uid):
    box.muster("user", "create", "acme", uid, "--email", f"{uid}@acme.test", "--given", uid.title(),
               "--family", "Night", "--role", "Viewer", "--generate")
    return one(client, f"(uid={uid})")


def test_a_number_is_never_given_twice(box, client, posix):
    first = int(ask_new(box, client, "otto")["uidNumber"][0])
    box.muster("user", "delete", "acme", "otto")
    assert not ask(client, f"(&(uid=otto)(musterActive=TRUE))")
    assert int(ask_new(box, client, "pia")["uidNumber"][0]) > first


def test_what_nss_pam_ldapd_asks(client, posix):
    entry = one(client, "(&(objectClass=posixAccount)(uid=alice))", "uid", "uidNumber", "gidNumber", "gecos",
                "homeDirectory", "loginShell", "cn", "userPassword", "objectClass")
    assert entry["uidNumber"] == ["1001"] and "userPassword" not in entry
    assert one(client, "(&(objectClass=posixAccount)(uidNumber=1001))", "uid")["uid"] == ["alice"]
    assert one(client, "(&(objectClass=shadowAccount)(uid=alice))", "uid", "shadowLastChange")
    group = one(client, "(&(objectClass=posixGroup)(cn=staff))", "cn", "memberUid", "gidNumber", "member")
    assert group["gidNumber"] and "alice" in group["memberUid"]
    assert ask(client, f"(&(objectClass=posixGroup)(|(memberUid=alice)(member=uid=alice,{PEOPLE})))", "cn")


def test_what_sssd_asks(client, posix):
    person = f"uid=alice,{PEOPLE}"
    assert one(client, "(&(uid=alice)(objectclass=posixAccount)(&(uidNumber=*)(!(uidNumber=0))))", "uid")
    by_member = ask(client, f"(&(member={person})(objectClass=posixGroup)(cn=*)(&(gidNumber=*)(!(gidNumber=0))))", "cn")
    by_uid = ask(client, "(&(memberUid=alice)(objectClass=posixGroup)(cn=*)(&(gidNumber=*)(!(gidNumber=0))))", "cn")
    assert by_member and by_member == by_uid


def test_what_proftpd_asks(client, posix):
    assert one(client, "(&(uid=alice)(objectClass=posixAccount))", "homeDirectory", "gidNumber")
    number = one(client, "(&(cn=staff)(objectClass=posixGroup))", "gidNumber")["gidNumber"][0]
    assert one(client, f"(&(gidNumber={number})(objectClass=posixGroup))", "cn")["cn"] == ["staff"]


def test_member_uid_is_compared_letter_by_letter(client, posix):
    staff = "cn=staff," + GROUPS
    assert client.compare_s(staff, "memberUid", "alice") is True
    assert client.compare_s(staff, "memberUid", "ALICE") is False
    assert not ask(client, "(memberUid=ALICE)")
    assert client.compare_s(f"uid=alice,{PEOPLE}", "objectClass", "posixAccount") is True
    assert client.compare_s(f"uid=nora,{PEOPLE}", "homeDirectory", "/home/nora") is True
