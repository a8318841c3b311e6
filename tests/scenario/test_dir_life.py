"""Ordinary life in a company's directory, on each of the three servers, whole sets compared."""

import dataclasses
from collections import Counter

import ldap
import ldap.dn
import pytest

from conftest import short_folder
from corp import SERVERS
from directory import Directory
from muster import Sandbox, wait_until
from oracle import Oracle

ROLES = {"app-technicians": "Technician", "app-supervisors": "Supervisor", "app-viewers": "Viewer"}


@pytest.fixture(scope="module", params=list(SERVERS))
def world(request):
    """A company that nobody follows yet."""
    with short_folder() as folder, SERVERS[request.param](
            folder + "/corp", options="--huge") as corp, Sandbox(folder + "/box") as box:
        yield Oracle(corp, box, Directory(box), ROLES)


@pytest.fixture(scope="module")
def oracle(world):
    """... and that we are in step with."""
    prepare(world)
    world.directory.follow()
    return world


def prepare(world):
    if not isinstance(world.directory.try_status(), dict):
        world.directory.create(world.corp, *group_maps(), confirmed=False)


def group_maps():
    return [word for group, role in ROLES.items()
            for word in ("--group-map", f"{group}=role:{role}")]


def named(oracle, name):
    return oracle.corp.company()[name]


def refuse_at(receiver, counts):
    """Says "busy" once, each time it has heard so many messages."""
    pending = list(counts)

    def answer(_message):
        if pending and len(receiver.messages) >= pending[0]:
            pending.pop(0)
            return 503
        return 204
    receiver.answer = answer


def test_nobody_comes_and_nothing_is_told_until_somebody_confirms_the_first_plan(world):
    with world.listen() as pushes:
        prepare(world)
        held = world.directory.wait_state("held")
    assert pushes.messages == [] and world.ours() == {}
    company = world.corp.company()
    assert {row["name"] for row in world.directory.plan(held["plan"], "create")} == set(company)
    # A receiver that is busy now and then is told everything all the same.
    with world.listen() as pushes:
        refuse_at(pushes.receiver, (40, 41, 700))
        world.directory.approve(held["plan"])
        world.directory.follow()
        world.settle()
    pushes.check()
    assert pushes.of("user.created") == Counter(company.keys())
    roles = Counter((m["data"]["userName"], m["data"]["role"]["name"])
                    for m in pushes.messages if m["type"] == "user.role.added")
    assert roles == Counter((name, role) for name, known in world.expected().items()
                            for role in known.roles)


def test_everybody_and_every_nested_membership_is_there_after_the_first_run(oracle):
    assert len(oracle.corp.company()) == 200
    oracle.check()


def test_a_poll_without_changes_writes_nothing_and_deletes_nobody(oracle):
    before, ids = oracle.directory.status(), oracle.identities()
    with oracle.listen() as pushes:
        oracle.directory.sync()
        after = wait_until(lambda: (status := oracle.directory.status())["last_contact"]
                           > before["last_contact"] and status, 120, "contact")
    assert pushes.messages == []
    assert after["people"] == before["people"]
    oracle.directory.wait_state("following")
    oracle.check()
    assert ids.items() <= oracle.identities().items()


def test_a_title_is_one_change_and_one_message(oracle):
    name = oracle.corp.user_name(3)
    with oracle.listen() as pushes:
        oracle.corp.change("title:Boss", "--skip", "3")
        oracle.settle()
    assert [(m["type"], m["data"]["userName"]) for m in pushes.messages] == [("user.updated", name)]
    changed = pushes.messages[0]["data"]["changes"]
    assert [(change["path"], change["new"]) for change in changed] == [("title", "Boss")]
    oracle.check()


def test_a_replace_by_the_same_value_is_no_change(oracle):
    person = named(oracle, oracle.corp.user_name(3))
    with oracle.listen() as pushes:
        oracle.corp.modify(f"dn: {person.dn}\nchangetype: modify\nreplace: title\n"
                           f"title: {person.title}\n")
        # What comes after it has passed it.
        oracle.corp.change("title:Later", "--skip", "5")
        oracle.settle()
    assert {m["data"]["userName"] for m in pushes.messages} == {oracle.corp.user_name(5)}
    oracle.check()


def test_a_new_person_comes_with_roles_and_groups(oracle):
    before = set(oracle.corp.company())
    with oracle.listen() as pushes:
        oracle.corp.change("hire:1")
        hired = set(oracle.corp.company()) - before
        assert len(hired) == 1
        oracle.settle()
    assert set(pushes.of("user.created")) == hired
    pushes.check()
    oracle.check()


def test_a_married_person_is_the_same_with_all_memberships(oracle):
    name, company = oracle.corp.user_name(6), oracle.corp.company()
    identity = oracle.identities()[name]
    with oracle.listen() as pushes:
        oracle.corp.change("rename:mary.married", "--skip", "6")
        oracle.settle()
    assert oracle.identities()["mary.married"] == identity
    assert named(oracle, "mary.married").groups == company[name].groups
    assert not pushes.of("user.created") and not pushes.of("user.deactivated")
    assert not [m for m in pushes.messages if m["type"].startswith(("group.", "role."))]
    oracle.check()


def test_a_move_between_units_changes_nobody(oracle):
    name = oracle.corp.user_name(7)
    dn, identity = named(oracle, name).dn, oracle.identities()[name]
    other = next(person.dn for person in oracle.corp.company().values()
                 if parent(person.dn) != parent(dn))
    rdn = ldap.dn.dn2str(ldap.dn.str2dn(dn)[:1])
    oracle.corp.modify(f"dn: {dn}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 1\n"
                       f"newsuperior: {parent(other)}\n")
    oracle.check()
    assert oracle.identities()[name] == identity


def parent(dn):
    return ldap.dn.dn2str(ldap.dn.str2dn(dn)[1:])


def test_a_renamed_unit_keeps_everybody_and_their_later_changes_arrive(oracle):
    ids, company = oracle.identities(), oracle.corp.company()
    oracle.corp.change("unit-rename:lyon:Lyon Works")
    # OpenLDAP leaves the old names in its groups: nobody loses anything by that here.
    oracle.check_again()
    oracle.settle(company=company)
    assert ids == {name: identity for name, identity in oracle.identities().items() if name in ids}
    name, person = next((name, person) for name, person in sorted(oracle.corp.company().items())
                        if "Lyon Works" in person.dn)
    oracle.corp.modify(f"dn: {person.dn}\nchangetype: modify\nreplace: title\ntitle: Moved along\n")
    company[name] = dataclasses.replace(company[name], title="Moved along")
    oracle.settle(company=company)
    oracle.corp.modify(f"dn: {parent(person.dn)}\nchangetype: modrdn\nnewrdn: ou=Usine de Lyon\n"
                       "deleteoldrdn: 1\n")
    oracle.check()


def test_a_disabled_person_is_told_first_and_comes_back_the_same(oracle):
    name, other = oracle.corp.user_name(8), oracle.corp.user_name(9)
    identity, before = oracle.identities()[name], oracle.ours()[name]
    with oracle.listen() as pushes:
        oracle.corp.change("disable", "--skip", "8")
        oracle.corp.change("disable", "--skip", "9")
        oracle.settle()
    pushes.check()
    assert set(pushes.of("user.deactivated")) == {name, other}
    assert oracle.ours()[name].roles == before.roles
    with oracle.listen() as pushes:
        oracle.corp.change("enable", "--skip", "8")
        oracle.settle()
    pushes.check()
    assert oracle.identities()[name] == identity and oracle.ours()[name] == before
    oracle.check()


def test_mailboxes_that_two_people_swap_are_right_after_one_run(oracle):
    one, other = (oracle.corp.user_name(number) for number in (12, 13))
    with oracle.listen() as pushes:
        oracle.corp.change("mail-swap", "--skip", "12", "--pick", "2")
        oracle.settle()
    assert {m["data"]["userName"] for m in pushes.messages} == {one, other}
    oracle.check()


def test_a_deleted_person_is_deactivated_and_kept(oracle):
    name = oracle.corp.user_name(14)
    identity = oracle.identities()[name]
    oracle.gone.add(name)
    with oracle.listen() as pushes:
        oracle.corp.change("delete", "--skip", "14")
        oracle.settle()
    pushes.check()
    assert set(pushes.of("user.deactivated")) == {name}
    assert oracle.identities()[name] == identity
    oracle.check()
