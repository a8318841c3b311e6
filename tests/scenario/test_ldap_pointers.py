"""Aliases (RFC 4512 section 2.6, RFC 4511 section 4.5.1.3) and referrals (RFC 3296)."""

import json

import ldap
import pytest
from ldap.controls import SimplePagedResultsControl
from ldap.controls.simple import ManageDSAITControl

from conftest import short_folder
from muster import Sandbox

BASE = "o=acme,dc=muster,dc=internal"
PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
ELSEWHERE = "ldap://127.0.0.1:1/ou=elsewhere,dc=other"
ANYTHING = "(objectClass=*)"


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder:
        tree = folder + "/tree.ldif"
        with open(tree, "w", encoding="utf-8") as out:
            for name in ["ann", "bob"]:
                out.write(f"dn: uid={name},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: {name}\n"
                          f"cn: {name}\nsn: {name}\n\n")
            out.write(f"dn: cn=all,{GROUPS}\nobjectClass: groupOfNames\ncn: all\n"
                      f"member: uid=ann,{PEOPLE}\n\n")
        box = Sandbox(folder + "/box")
        box.start("--load", tree)
        yield box
        box.stop()


@pytest.fixture
def pointers(box):
    """Makes aliases and referrals, which are gone after the test."""
    made = []

    def make(dn, **target):
        words = [word for name, value in target.items() for word in (f"--{name}", value)]
        box.muster("pointer", "create", "acme", dn, *words)
        made.append(dn)
        return f"{dn},{BASE}"

    yield make
    for dn in made:
        box.muster("pointer", "delete", "acme", dn)


def search(connection, base, scope, expression=ANYTHING, deref=ldap.DEREF_NEVER, manage=False,
           attributes=("1.1",)):
    """Names and references of the answer, in order."""
    connection.set_option(ldap.OPT_DEREF, deref)
    connection.set_option(ldap.OPT_REFERRALS, 0)
    controls = [ManageDSAITControl()] if manage else None
    rows = connection.search_ext_s(base, scope, expression, list(attributes), serverctrls=controls)
    return [dn if dn else tuple(values) for dn, values in rows]


def sub(connection, **how):
    return search(connection, BASE, ldap.SCOPE_SUBTREE, **how)


def test_an_alias_is_an_entry_of_its_own(box, pointers):
    boss = pointers("cn=boss,ou=people", alias=f"uid=ann,{PEOPLE}")
    c = box.acme.bind()
    c.set_option(ldap.OPT_DEREF, ldap.DEREF_NEVER)
    (dn, entry), = c.search_s(boss, ldap.SCOPE_BASE, attrlist=["*", "+"])
    assert dn == boss
    assert entry["aliasedObjectName"] == [f"uid=ann,{PEOPLE}".encode()]
    assert entry["objectClass"] == [b"alias", b"extensibleObject"] and entry["cn"] == [b"boss"]
    assert entry["entryDN"] == [boss.encode()] and len(entry["entryUUID"][0]) == 36
    assert sub(c, expression="(cn=boss)") == [boss]
    assert sub(c, expression="(objectClass=alias)") == [boss]
    assert sub(c, expression=f"(aliasedObjectName=UID=Ann,{PEOPLE})") == [boss]


def test_the_base_is_followed_when_finding(box, pointers):
    boss = pointers("cn=boss,ou=people", alias=f"uid=ann,{PEOPLE}")
    c = box.acme.bind()
    for deref, seen in [(ldap.DEREF_NEVER, boss), (ldap.DEREF_SEARCHING, boss),
                        (ldap.DEREF_FINDING, f"uid=ann,{PEOPLE}"),
                        (ldap.DEREF_ALWAYS, f"uid=ann,{PEOPLE}")]:
        assert search(c, boss, ldap.SCOPE_BASE, deref=deref) == [seen]


def test_an_alias_of_a_container_leads_to_what_is_in_it(box, pointers):
    staff = pointers("ou=staff", alias=PEOPLE)
    c = box.acme.bind()
    assert search(c, staff, ldap.SCOPE_ONELEVEL, "(uid=ann)", ldap.DEREF_FINDING) == [
        f"uid=ann,{PEOPLE}"]
    assert search(c, f"uid=ann,{staff}", ldap.SCOPE_BASE, deref=ldap.DEREF_ALWAYS) == [
        f"uid=ann,{PEOPLE}"]
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        search(c, f"uid=ann,{staff}", ldap.SCOPE_BASE)


def test_what_an_alias_stands_for_is_found_once(box, pointers):
    pointers("cn=boss,ou=groups", alias=f"uid=ann,{PEOPLE}")
    pointers("cn=chief,ou=groups", alias=f"uid=ann,{PEOPLE}")
    c = box.acme.bind()
    ann = f"uid=ann,{PEOPLE}"
    assert search(c, GROUPS, ldap.SCOPE_SUBTREE, "(uid=*)", ldap.DEREF_SEARCHING) == [ann]
    assert search(c, GROUPS, ldap.SCOPE_ONELEVEL, "(uid=*)", ldap.DEREF_ALWAYS) == [ann]
    assert search(c, GROUPS, ldap.SCOPE_ONELEVEL, "(uid=bob)", ldap.DEREF_ALWAYS) == []
    assert sub(c, expression="(uid=ann)", deref=ldap.DEREF_SEARCHING) == [ann]


def test_a_subtree_goes_on_below_the_target(box, pointers):
    pointers("cn=folk,ou=groups", alias=PEOPLE)
    c = box.acme.bind()
    found = search(c, GROUPS, ldap.SCOPE_SUBTREE, "(uid=*)", ldap.DEREF_SEARCHING)
    assert {f"uid=ann,{PEOPLE}", f"uid=bob,{PEOPLE}"} <= set(found)
    assert search(c, GROUPS, ldap.SCOPE_SUBTREE, "(ou=people)", ldap.DEREF_SEARCHING) == [PEOPLE]
    assert search(c, GROUPS, ldap.SCOPE_ONELEVEL, "(uid=*)", ldap.DEREF_SEARCHING) == []


def test_circles_and_dead_ends_are_refused_or_passed_over(box, pointers):
    one = pointers("cn=one,ou=people", alias=f"cn=two,{PEOPLE}")
    pointers("cn=two,ou=people", alias=f"cn=one,{PEOPLE}")
    dead = pointers("cn=dead,ou=people", alias=f"uid=nobody,{PEOPLE}")
    foreign = pointers("cn=far,ou=people", alias="uid=ann,ou=people,o=globex,dc=muster,dc=internal")
    outside = pointers("cn=out,ou=people", alias="cn=x,dc=other")
    c = box.acme.bind()
    with pytest.raises((ldap.ALIAS_DEREF_PROBLEM, ldap.ALIAS_PROBLEM)):
        search(c, one, ldap.SCOPE_BASE, deref=ldap.DEREF_ALWAYS)
    for base in [dead, foreign, outside]:
        with pytest.raises(ldap.ALIAS_PROBLEM):
            search(c, base, ldap.SCOPE_BASE, deref=ldap.DEREF_FINDING)
    assert sub(c, expression="(uid=ann)", deref=ldap.DEREF_ALWAYS) == [f"uid=ann,{PEOPLE}"]


def test_only_a_search_follows_aliases(box, pointers):
    boss = pointers("cn=boss,ou=people", alias=f"uid=ann,{PEOPLE}")
    c = box.acme.bind()
    c.set_option(ldap.OPT_DEREF, ldap.DEREF_ALWAYS)
    assert c.compare_s(boss, "objectClass", b"alias")
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        box.acme.bind(boss, "x")


def test_a_referral_in_the_scope_is_a_reference(box, pointers):
    pointers("ou=elsewhere", refer=ELSEWHERE)
    c = box.acme.bind()
    assert sub(c, expression="(uid=ann)") == [f"uid=ann,{PEOPLE}", (ELSEWHERE + "??sub",)]
    assert search(c, BASE, ldap.SCOPE_ONELEVEL, "(cn=none)") == [(ELSEWHERE + "??base",)]
    assert search(c, PEOPLE, ldap.SCOPE_SUBTREE, "(uid=ann)") == [f"uid=ann,{PEOPLE}"]
    assert search(c, BASE, ldap.SCOPE_BASE) == [BASE]


def referred(connection, base, scope=ldap.SCOPE_BASE):
    connection.set_option(ldap.OPT_REFERRALS, 0)
    with pytest.raises(ldap.REFERRAL) as refused:
        connection.search_s(base, scope)
    return refused.value.args[0]


def test_a_base_at_or_below_a_referral_is_referred(box, pointers):
    there = pointers("ou=elsewhere", refer=ELSEWHERE)
    c = box.acme.bind()
    answer = referred(c, there)
    assert answer["matched"] == there and ELSEWHERE + "??base" in answer["info"]
    answer = referred(c, f"cn=a b,{there}", ldap.SCOPE_SUBTREE)
    assert "ldap://127.0.0.1:1/cn=a%20b,ou=elsewhere,dc=other??sub" in answer["info"]
    with pytest.raises(ldap.REFERRAL) as refused:
        c.compare_s(f"cn=x,{there}", "cn", b"x")
    assert "ldap://127.0.0.1:1/cn=x,ou=elsewhere,dc=other" in refused.value.args[0]["info"]


def test_who_manages_sees_the_referral_itself(box, pointers):
    there = pointers("ou=elsewhere", refer=ELSEWHERE)
    c = box.acme.bind()
    assert search(c, there, ldap.SCOPE_BASE, manage=True) == [there]
    assert sub(c, expression="(objectClass=referral)", manage=True) == [there]
    assert sub(c, expression=f"(ref={ELSEWHERE})", manage=True) == [there]
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        search(c, f"cn=x,{there}", ldap.SCOPE_BASE, manage=True)


def test_without_referrals_there_is_no_reference(box):
    assert all(isinstance(row, str) for row in sub(box.acme.bind()))


def test_pages_count_aliases_and_what_they_stand_for(box, pointers):
    for i in range(5):
        pointers(f"cn=p{i},ou=groups", alias=f"uid=ann,{PEOPLE}")
    c = box.acme.bind()
    for deref, expected in [(ldap.DEREF_NEVER, 6), (ldap.DEREF_ALWAYS, 2)]:
        c.set_option(ldap.OPT_DEREF, deref)
        seen, cookie = [], ""
        while True:
            control = SimplePagedResultsControl(True, size=1, cookie=cookie)
            ident = c.search_ext(GROUPS, ldap.SCOPE_ONELEVEL, "(|(cn=p*)(cn=all)(uid=ann))", ["1.1"],
                                 serverctrls=[control])
            _, rows, _, (answer,) = c.result3(ident)
            assert len(rows) <= 1
            seen += [dn for dn, _ in rows]
            cookie = answer.cookie
            if not cookie:
                break
        assert len(seen) == len(set(seen)) == expected


def test_another_tenant_and_a_person_see_none(box, pointers):
    boss = pointers("cn=boss,ou=people", alias=f"uid=ann,{PEOPLE}")
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        search(box.globex.bind(), boss, ldap.SCOPE_BASE, deref=ldap.DEREF_ALWAYS)
    foreign = box.globex.bind().search_s("o=globex,dc=muster,dc=internal", ldap.SCOPE_SUBTREE,
                                         "(objectClass=alias)")
    assert foreign == []


@pytest.mark.parametrize("dn, target", [
    ("cn=x,cn=y,ou=people", {"alias": PEOPLE}),
    ("ou=people", {"alias": GROUPS}),
    ("uid=ann,ou=people", {"alias": GROUPS}),
    ("nosuch=x", {"alias": PEOPLE}),
    ("cn=x,ou=cats", {"alias": PEOPLE}),
    ("cn=x", {}),
    ("cn=x", {"alias": PEOPLE, "refer": ELSEWHERE}),
    ("cn=x", {"alias": "no dn"}),
    ("no dn", {"alias": PEOPLE}),
])
def test_a_pointer_stands_where_nothing_else_can(box, dn, target):
    words = [word for name, value in target.items() for word in (f"--{name}", value)]
    done = box.muster("pointer", "create", "acme", dn, *words, check=False)
    assert done.returncode != 0


def test_a_person_cannot_take_the_name_of_a_pointer(box, pointers):
    pointers("uid=taken,ou=people", alias=f"uid=ann,{PEOPLE}")
    assert box.muster("user", "create", "acme", "taken", check=False).returncode == 73


def test_the_store_is_sound_afterwards(box, pointers):
    pointers("cn=boss,ou=people", alias=f"uid=ann,{PEOPLE}")
    box.verify()


def test_a_list_of_attributes_holds_for_aliases_too(box, pointers):
    boss = pointers("cn=boss,ou=people", alias=f"uid=ann,{PEOPLE}")
    made = box.muster("service", "create", "acme", "short", "--attribute", "uid", "--json")
    c = box.acme.bind(f"cn=short,ou=services,{BASE}", json.loads(made.stdout)["password"])
    c.set_option(ldap.OPT_DEREF, ldap.DEREF_NEVER)
    (_, entry), = c.search_s(boss, ldap.SCOPE_BASE, attrlist=["*", "+"])
    assert set(entry) == {"objectClass"}
    assert sub(c, expression=f"(aliasedObjectName=uid=ann,{PEOPLE})") == []
    with pytest.raises(ldap.NO_SUCH_ATTRIBUTE):
        c.compare_s(boss, "aliasedObjectName", f"uid=ann,{PEOPLE}".encode())


def test_who_sees_a_part_of_the_people_sees_no_pointers(box, pointers):
    boss = pointers("cn=boss,ou=people", alias=f"uid=ann,{PEOPLE}")
    made = box.muster("service", "create", "acme", "few", "--filter", "(uid=bob)", "--json")
    c = box.acme.bind(f"cn=few,ou=services,{BASE}", json.loads(made.stdout)["password"])
    for deref in ldap.DEREF_NEVER, ldap.DEREF_ALWAYS:
        with pytest.raises(ldap.NO_SUCH_OBJECT):
            search(c, boss, ldap.SCOPE_BASE, deref=deref)
        assert boss not in sub(c, deref=deref)
