"""What a company does not do on purpose waits for a person: as a plan, and as a conflict about it."""

from collections import Counter
from pathlib import Path

import pytest

from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from muster import Sandbox, wait_until

FREE = ("--limit-count", "1000", "--limit-percent", "100")


@pytest.fixture
def box():
    with short_folder() as folder, Sandbox(folder + "/box") as made:
        yield made


@pytest.fixture
def corp():
    with short_folder() as folder, OpenLdap(folder + "/corp") as made:
        yield made


@pytest.fixture
def directory(box, corp):
    made = Directory(box).create(corp, *FREE)
    made.wait_state("following")
    return made


def people(box):
    scim = box.acme.scim()
    found = scim.get("/Users?count=1000").body["Resources"]
    scim.close()
    return {user["userName"]: user for user in found}


def held_as(directory, kind):
    """The run is held, and that is open about it."""
    status = directory.wait_state("held")
    row, = directory.muster("conflict", "list", directory.tenant, "--kind", kind)
    assert row["state"] == "open"
    return status, row


def approve_once(directory, row):
    """While the directory is read anew, nobody holds the plan for a moment."""
    def approved():
        done = directory.muster("conflict", "settle", directory.tenant, row["id"], "--as",
                                "approve-once", check=False)
        said = getattr(done, "stderr", "")
        assert not said or "holds such a plan" in said, said
        return not said
    wait_until(approved, 60, "the approval")
    directory.wait_state("following")


def test_addresses_of_most_people_that_change_at_once_wait(box, corp, directory):
    before = people(box)
    company = corp.company()
    names = sorted(company)[:len(company) * 6 // 10]
    box.stop()
    corp.modify("\n".join(
        f"dn: {company[name].dn}\nchangetype: modify\nreplace: mail\n"
        f"mail: {name}@broken.example\n" for name in names))
    box.start()
    status, row = held_as(directory, "mass_change")
    assert "e-mail address" in status["reason"]
    assert people(box) == before
    approve_once(directory, row)
    after = people(box)
    assert {name: after[name]["emails"][0]["value"] for name in names} == {
        name: f"{name}@broken.example" for name in names}


# ---- mapped groups that lose most of their people ----

def dn_of(corp, group):
    return f"cn={group},ou=groups,{corp.base}"


def make_group(corp, name, *dns):
    rows = "".join(f"member: {dn}\n" for dn in dns)
    corp.modify(f"dn: {dn_of(corp, name)}\nchangetype: add\nobjectClass: groupOfNames\n"
                f"cn: {name}\n{rows}")


def cut(corp, name, dn):
    """One member is left."""
    corp.modify(f"dn: {dn_of(corp, name)}\nchangetype: modify\nreplace: member\nmember: {dn}\n")


def some(corp, count):
    return [person.dn for _, person in sorted(corp.company().items()) if person.active][:count]


def technicians(directory):
    shown = directory.muster("role", "show", directory.tenant, "Technician", "--limit", "1000")
    return {member["name"] for member in shown["members"]}


def drops(directory, before):
    """Held for that, and everybody keeps the role until it is approved."""
    status, row = held_as(directory, "membership_drop")
    assert technicians(directory) == before
    approve_once(directory, row)
    return technicians(directory)


@pytest.mark.parametrize("away", [False, True], ids=["followed", "away"])
def test_a_mapped_group_cut_to_one_waits(box, corp, away):
    """53"""
    people = some(corp, 12)
    make_group(corp, "crew", *people)
    directory = Directory(box).create(corp, *FREE, "--group-map", "crew=role:Technician")
    directory.wait_state("following")
    before = technicians(directory)
    assert len(before) == 12
    if away:
        box.stop()
    cut(corp, "crew", people[0])
    if away:
        box.start()
    assert len(drops(directory, before)) == 1
    # It was that once.
    corp.modify(f"dn: {dn_of(corp, 'crew')}\nchangetype: modify\nadd: member\n"
                f"member: {people[1]}\n")
    wait_until(lambda: len(technicians(directory)) == 2, 60, "the next change")


def test_small_groups_in_a_mapped_one_that_all_lose_most_wait(box, corp):
    """53"""
    people = some(corp, 24)
    for number in range(4):
        make_group(corp, f"shift{number}", *people[6 * number:6 * number + 6])
    make_group(corp, "crew", *(dn_of(corp, f"shift{number}") for number in range(4)))
    directory = Directory(box).create(corp, *FREE, "--group-map", "crew=role:Technician")
    directory.wait_state("following")
    before = technicians(directory)
    assert len(before) == 24
    box.stop()
    for number in range(1, 4):
        cut(corp, f"shift{number}", people[0])
    cut(corp, "shift0", people[0])
    box.start()
    assert len(drops(directory, before)) == 1


def test_a_mapped_group_that_lets_its_groups_go_waits(box, corp):
    """53"""
    people = some(corp, 15)
    make_group(corp, "shift", *people[:14])
    make_group(corp, "crew", dn_of(corp, "shift"), people[14])
    directory = Directory(box).create(corp, *FREE, "--group-map", "crew=role:Technician")
    directory.wait_state("following")
    before = technicians(directory)
    assert len(before) == 15
    cut(corp, "crew", people[14])
    assert len(drops(directory, before)) == 1


def change_member(corp, group, *changes):
    """("add", dn) and ("delete", dn), in one change of the server."""
    corp.modify(f"dn: {dn_of(corp, group)}\nchangetype: modify\n" + "".join(
        f"{verb}: member\nmember: {dn}\n-\n" for verb, dn in changes))


def wait_technicians(directory, count):
    def reached():
        found = len(technicians(directory))
        assert found >= count and directory.status()["state"] != "held", directory.status()
        return found == count
    wait_until(reached, 60, f"{count} technicians")


def make_crew(box, corp, *people):
    make_group(corp, "crew", *people)
    directory = Directory(box).create(corp, *FREE, "--group-map", "crew=role:Technician")
    directory.wait_state("following")
    assert len(technicians(directory)) == len(people)
    return directory


def test_a_mapped_group_that_is_left_one_by_one_waits(box, corp):
    """53"""
    people = some(corp, 22)
    directory = make_crew(box, corp, *people[:19])
    for left in range(18, 1, -1):
        change_member(corp, "crew", ("delete", people[left]))
        wait_technicians(directory, left)
        if left == 10:
            box.stop()
            box.start()
            directory.wait_state("following")
            directory.edit("--active=no")
            directory.wait_state("paused")
            directory.edit("--active=yes", "--group-depth", "5")
            directory.wait_state("following")
    before = technicians(directory)
    change_member(corp, "crew", ("delete", people[1]))
    assert len(drops(directory, before)) == 1
    # What was approved is over: from here on it counts anew.
    change_member(corp, "crew", *(("add", dn) for dn in people[1:3]))
    wait_until(lambda: len(technicians(directory)) == 3, 60, "who comes after that")
    change_member(corp, "crew", ("delete", people[2]))
    wait_technicians(directory, 2)
    change_member(corp, "crew", ("delete", people[1]))
    wait_technicians(directory, 1)


def shift_of(box, corp, *people):
    """In a crew of as many others."""
    rest = [dn for dn in some(corp, 2 * len(people)) if dn not in people]
    make_group(corp, "shift", *people)
    make_group(corp, "crew", dn_of(corp, "shift"), *rest)
    directory = Directory(box).create(corp, *FREE, "--group-map", "crew=role:Technician")
    directory.wait_state("following")
    assert len(technicians(directory)) == 2 * len(people)
    return directory


@pytest.mark.parametrize("goes", [False, True], ids=["left", "left and gone"])
def test_a_group_in_a_mapped_one_that_is_left_one_by_one_waits(box, corp, goes):
    """53"""
    people = some(corp, 12)
    directory = shift_of(box, corp, *people)
    for left in range(11, 1, -1):
        change_member(corp, "shift", ("delete", people[left]))
        wait_technicians(directory, 12 + left)
        if left == 6:
            box.stop()
            box.start()
            directory.wait_state("following")
    before = technicians(directory)
    if goes:
        corp.modify(f"dn: {dn_of(corp, 'shift')}\nchangetype: delete\n")
    else:
        change_member(corp, "shift", ("delete", people[1]))
    assert len(drops(directory, before)) == 12 + (not goes)
    if not goes:  # From here on it counts anew.
        change_member(corp, "shift", ("add", people[1]))
        wait_until(lambda: len(technicians(directory)) == 14, 60, "who comes after that")
        change_member(corp, "shift", ("delete", people[1]))
        wait_technicians(directory, 13)


def test_a_group_in_a_mapped_one_that_is_filled_with_strangers_waits(box, corp):
    """53: so many members as before, and none of them anybody."""
    people = some(corp, 12)
    directory = shift_of(box, corp, *people)
    before = technicians(directory)
    change_member(corp, "shift", *(
        ("add", f"uid=nobody{number},ou=elsewhere,{corp.base}") for number in range(12)),
        *(("delete", dn) for dn in people))
    assert len(drops(directory, before)) == 12


def test_a_row_that_is_written_in_another_way_forgets_nobody_who_left(box, corp):
    """53: by the group's own id, for another target too."""
    people = some(corp, 14)
    directory = make_crew(box, corp, *people)
    for left in range(13, 4, -1):
        change_member(corp, "crew", ("delete", people[left]))
        wait_technicians(directory, left)
    values, = (values for dn, values in corp.read("(cn=crew)", attributes=["entryUUID"]))
    anchor = values["entryuuid"][0].decode()
    directory.edit("--group-map", f"{anchor}=role:Technician")
    directory.wait_state("following")
    for left in range(4, 1, -1):
        change_member(corp, "crew", ("delete", people[left]))
        wait_technicians(directory, left)
    before = technicians(directory)
    change_member(corp, "crew", ("delete", people[1]))
    assert len(drops(directory, before)) == 1


def test_a_mapped_group_that_goes_after_most_have_left_waits(box, corp):
    """53"""
    people = some(corp, 12)
    directory = make_crew(box, corp, *people)
    for left in range(11, 7, -1):
        change_member(corp, "crew", ("delete", people[left]))
        wait_technicians(directory, left)
    before = technicians(directory)
    corp.modify(f"dn: {dn_of(corp, 'crew')}\nchangetype: delete\n")
    assert drops(directory, before) == set()


def test_a_mapped_group_whose_people_change_is_followed(box, corp):
    """53: each in a run of its own; most of them at once would be asked about."""
    people = some(corp, 30)
    names = {person.dn: name for name, person in corp.company().items()}
    directory = make_crew(box, corp, *people[:10])
    for old, new in zip(people[:10], people[10:20]):
        change_member(corp, "crew", ("add", new), ("delete", old))
        wait_until(lambda: names[new] in technicians(directory), 60, "the one who comes")
    last = people[19]
    change_member(corp, "crew", *(("add", dn) for dn in people[20:]))
    wait_until(lambda: len(technicians(directory)) == 20, 60, "20 technicians")
    change_member(corp, "crew", ("delete", last))
    wait_technicians(directory, 19)


# ---- people who are missed ----

def test_three_of_eight_are_too_many_for_a_small_company(box):
    """57"""
    with short_folder() as folder, OpenLdap(folder + "/small", people=8) as corp:
        directory = Directory(box).create(corp)
        directory.wait_state("following")
        before = people(box)
        gone = sorted(name for name, person in corp.company().items() if person.active)[:3]
        box.stop()
        for name in gone:
            corp.modify(f"dn: {corp.company()[name].dn}\nchangetype: delete\n")
        box.start()
        status, row = held_as(directory, "mass_change")
        assert "3 of" in status["reason"] and "20 %" in status["reason"]
        assert people(box) == before
        approve_once(directory, row)
        after = people(box)
        assert {name for name in after if before[name]["active"] and not after[name]["active"]
                } == set(gone)


def test_a_small_company_that_goes_one_by_one_waits(box):
    """57"""
    with short_folder() as folder, OpenLdap(folder + "/small", people=15) as corp:
        directory = Directory(box).create(corp)
        directory.wait_state("following")
        names = sorted(name for name, person in corp.company().items() if person.active)
        company = corp.company()

        def active():
            return sum(user["active"] for user in people(box).values())
        count = active()
        free = max(count // 5, 2)
        for number, name in enumerate(names[:free]):
            corp.modify(f"dn: {company[name].dn}\nchangetype: delete\n")
            wait_until(lambda: active() == count - number - 1, 60, f"{name} is away")
        box.stop()
        box.start()
        directory.wait_state("following")
        corp.modify(f"dn: {company[names[free]].dn}\nchangetype: delete\n")
        status, row = held_as(directory, "mass_change")
        assert f"{free} more were in 24 hours" in status["reason"]
        assert active() == count - free
        approve_once(directory, row)
        assert active() == count - free - 1


def hide(corp, unit):
    """The sync account may not read the unit from now on; the server's text before that."""
    rules = next(Path(corp.folder, "config").rglob("*mdb.ldif"))
    before = rules.read_text(encoding="utf-8")
    corp.stop()
    rules.write_text(before.replace(
        "olcAccess: {1}to *",
        f"olcAccess: {{1}}to dn.subtree=\"{unit}\" by * none\nolcAccess: {{2}}to *"),
        encoding="utf-8")
    corp.start()
    return rules, before


def test_an_account_that_may_read_less_takes_nobody_away(box, corp):
    """26"""
    directory = Directory(box).create(corp, *FREE)
    directory.wait_state("following")
    before = people(box)
    units = Counter(person.dn.split(",", 1)[1] for person in corp.company().values())
    unit, count = next((unit, count) for unit, count in units.most_common() if unit.isascii())
    assert count > 5
    box.stop()
    rules, text = hide(corp, unit)
    box.start()
    directory.follow()
    directory.sync("--full")
    status, row = held_as(directory, "shrink")
    assert "no deletion was reported" in status["reason"]
    assert people(box) == before
    box.stop()
    corp.stop()
    rules.write_text(text, encoding="utf-8")
    corp.start()
    box.start()
    directory.muster("conflict", "settle", directory.tenant, row["id"], "--as", "retry")
    directory.wait_state("following")
    shown = directory.muster("conflict", "show", directory.tenant, row["id"])
    assert shown["state"] == "closed"
    assert people(box) == before
