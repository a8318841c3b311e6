"""Groups in groups: LDAP_MATCHING_RULE_IN_CHAIN, and memberOf under ldap.nested_members."""

import ldap
import pytest

from conftest import short_folder
from muster import Sandbox

RULE = "1.2.840.113556.1.4.1941"
BASE = "o=acme,dc=muster,dc=internal"
PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"


def person(name, manager=None):
    boss = f"manager: uid={manager},{PEOPLE}\n" if manager else ""
    return (f"dn: uid={name},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: {name}\n"
            f"cn: {name}\nsn: {name}\n{boss}\n")


def group(name, *members):
    lines = "".join(f"member: {dn}\n" for dn in members)
    return f"dn: cn={name},{GROUPS}\nobjectClass: groupOfNames\ncn: {name}\n{lines}\n"


def cn(name):
    return f"cn={name},{GROUPS}"


def uid(name):
    return f"uid={name},{PEOPLE}"


@pytest.fixture(scope="module")
def box():
    """eng holds team holds squad; ann is in squad, bob in eng, cid in none."""
    with short_folder() as folder:
        tree = folder + "/tree.ldif"
        with open(tree, "w", encoding="utf-8") as out:
            for name in ["ann", "bob", "cid"]:
                out.write(person(name))
            out.write(group("squad", uid("ann")))
            out.write(group("team", cn("squad")))
            out.write(group("eng", cn("team"), uid("bob")))
            out.write(group("alone", uid("cid")))
            out.write(group("wide", uid("bob"), *[cn(f"part{i}") for i in range(70)]))
            for i in range(70):
                out.write(group(f"part{i}", uid("cid")))
        box = Sandbox(folder + "/box")
        box.start("--load", tree)
        yield box
        box.stop()


def found(connection, expression, base=BASE):
    return sorted(dn for dn, _ in connection.search_s(base, ldap.SCOPE_SUBTREE, expression, ["1.1"]))


def test_member_of_finds_the_members_of_inner_groups(box):
    c = box.acme.bind()
    assert found(c, f"(memberOf:{RULE}:={cn('eng')})") == sorted(
        [uid("ann"), uid("bob"), cn("squad"), cn("team")])
    assert found(c, f"(memberOf={cn('eng')})") == sorted([uid("bob"), cn("team")])


def test_member_finds_the_groups_of_groups(box):
    c = box.acme.bind()
    assert found(c, f"(member:{RULE}:={uid('ann')})") == [cn("eng"), cn("squad"), cn("team")]
    assert found(c, f"(member:{RULE}:={cn('squad')})") == [cn("eng"), cn("team")]
    assert found(c, f"(member={uid('ann')})") == [cn("squad")]


def test_the_chain_is_a_term_like_any_other(box):
    c = box.acme.bind()
    chain = f"(memberOf:{RULE}:={cn('eng')})"
    assert found(c, f"(&(objectClass=inetOrgPerson){chain})") == [uid("ann"), uid("bob")]
    assert found(c, f"(&(uid=ann){chain})") == [uid("ann")]
    assert uid("cid") in found(c, f"(&(objectClass=inetOrgPerson)(!{chain}))", PEOPLE)
    assert uid("ann") not in found(c, f"(&(objectClass=inetOrgPerson)(!{chain}))", PEOPLE)
    assert found(c, f"(|(uid=cid){chain})", PEOPLE) == [uid("ann"), uid("bob"), uid("cid")]


def test_a_base_search_asks_whether_one_person_is_in(box):
    c = box.acme.bind()
    for name, inside in [("ann", True), ("bob", True), ("cid", False)]:
        hits = c.search_s(uid(name), ldap.SCOPE_BASE, f"(memberOf:{RULE}:={cn('eng')})", ["1.1"])
        assert bool(hits) == inside


def test_more_groups_than_one_plan_takes_are_tested_one_by_one(box):
    c = box.acme.bind()
    chain = f"(memberOf:{RULE}:={cn('wide')})"
    assert found(c, chain, PEOPLE) == [uid("bob"), uid("cid")]
    assert len(found(c, chain, GROUPS)) == 70


@pytest.mark.parametrize("attribute", ["cn", "objectClass", "nosuch"])
def test_another_attribute_has_no_chain(box, attribute):
    assert found(box.acme.bind(), f"({attribute}:{RULE}:={cn('eng')})") == []


def test_a_chain_to_nowhere_is_empty(box):
    c = box.acme.bind()
    for value in [cn("nosuch"), "cn=x,dc=elsewhere", "no dn", uid("cid")]:
        assert found(c, f"(memberOf:{RULE}:={value})") == []


def test_a_foreign_group_is_none(box):
    foreign = cn("eng")
    assert found(box.globex.bind(), f"(memberOf:{RULE}:={foreign})",
                 "o=globex,dc=muster,dc=internal") == []


def test_managers_of_managers(box):
    for name, above in [("bob", "ann"), ("cid", "bob")]:
        box.muster("user", "edit", "acme", name, "--manager", above)
    c = box.acme.bind()
    assert found(c, f"(manager:{RULE}:={uid('ann')})") == [uid("bob"), uid("cid")]
    assert found(c, f"(manager={uid('ann')})") == [uid("bob")]
    assert found(c, f"(&(manager:{RULE}:={uid('bob')})(uid=*))") == [uid("cid")]


def test_the_policy_makes_member_of_that_of_groups_of_groups(box):
    c = box.acme.bind()

    def told(name):
        entry = c.search_s(uid(name), ldap.SCOPE_BASE, attrlist=["memberOf"])[0][1]
        return sorted(dn.decode() for dn in entry.get("memberOf", []) if b"ou=groups" in dn)

    assert told("ann") == [cn("squad")]
    box.muster("policy", "set", "acme", "ldap.nested_members", "--value", "true", "--confirm", "0")
    try:
        assert told("ann") == [cn("eng"), cn("squad"), cn("team")]
        assert uid("ann") in found(c, f"(memberOf={cn('eng')})")
        assert c.compare_s(uid("ann"), "memberOf", cn("eng").encode())
        assert not c.compare_s(uid("cid"), "memberOf", cn("eng").encode())
    finally:
        box.muster("policy", "set", "acme", "ldap.nested_members", "--value", "false", "--confirm", "0")
    assert told("ann") == [cn("squad")]
    assert not c.compare_s(uid("ann"), "memberOf", cn("eng").encode())
