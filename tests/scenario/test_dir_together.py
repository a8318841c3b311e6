"""Several directories of a company, and several companies of one directory."""

import threading

import pytest

from conftest import short_folder
from corp import Ds389, OpenLdap, text
from directory import Directory
from muster import Sandbox, wait_until
from oracle import Oracle

PEOPLE = 12


@pytest.fixture(scope="module")
def first():
    with short_folder() as folder, OpenLdap(folder + "/corp", people=PEOPLE) as made:
        yield made


@pytest.fixture(scope="module")
def second():
    """Other people in other groups."""
    with short_folder() as folder, Ds389(folder + "/corp", people=PEOPLE, SEED="2") as made:
        made.modify("\n".join(
            f"dn: {dn}\nchangetype: modrdn\nnewrdn: cn=south-{text(values, 'cn')}\n"
            "deleteoldrdn: 1\n" for dn, values in made.read("(objectClass=groupOfNames)", ["cn"])))
        yield made


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder, Sandbox(folder + "/box") as made:
        yield made


def new_tenant(box):
    return box.new_tenant().name


def followed(box, corp, tenant, name="corp"):
    directory = Directory(box, tenant=tenant, name=name).create(corp)
    directory.follow()
    return directory


def people(box, tenant):
    return Oracle(None, box, Directory(box, tenant=tenant)).ours()


def switch_off(*directories):
    for directory in directories:
        directory.edit("--active=no")


def test_directories_in_another_order_give_the_same_people(box, first, second):
    """Oracle 4: what several directories make of us does not depend on who came first."""
    assert not set(first.company()) & set(second.company())
    one, other = new_tenant(box), new_tenant(box)
    used = [followed(box, corp, one, corp.kind) for corp in (first, second)]
    used += [followed(box, corp, other, corp.kind) for corp in (second, first)]
    both = {**first.company(), **second.company()}
    assert {name: known.groups for name, known in people(box, one).items()} == {
        name: person.groups for name, person in both.items()}
    assert people(box, one) == people(box, other)
    for directory in (*used, *reversed(used)):
        directory.compare()
    assert people(box, one) == people(box, other)
    switch_off(*used)


def test_two_tenants_of_one_directory_share_nobody(box, first):
    """95: the same anchors, two users, and the end of one directory leaves the other."""
    one, other = (followed(box, first, new_tenant(box)) for _ in range(2))
    of_one, of_other = (Oracle(first, box, directory) for directory in (one, other))
    for oracle in (of_one, of_other):
        oracle.settle()
    ids = [set(oracle.identities().values()) for oracle in (of_one, of_other)]
    assert not ids[0] & ids[1]
    before = of_other.identities()
    one.delete("disable")
    wait_until(lambda: not any(known.active for known in of_one.ours().values()), 120,
               "the end of all")
    name = first.user_name(5)
    first.change("title:After one is gone", "--skip", "5")
    wait_until(lambda: of_other.ours()[name].title == "After one is gone", 120, "the title")
    assert of_one.ours()[name].title != "After one is gone"
    of_other.settle()
    assert of_other.identities() == before
    switch_off(other)


@pytest.mark.parametrize("choice", ["keep", "disable"])
def test_of_a_forgotten_directory_everybody_is_kept_as_was_chosen(box, first, choice):
    """102: whole sets; nobody else is touched, and the audit names who removed the source."""
    directory = followed(box, first, new_tenant(box))
    before, ids = people(box, directory.tenant), Oracle(first, box, directory).identities()
    directory.delete(choice)
    wanted = {name: known.active and choice == "keep" for name, known in before.items()}
    wait_until(lambda: {name: known.active for name, known in people(
        box, directory.tenant).items()} == wanted, 120, "the choice")
    after = people(box, directory.tenant)
    assert {name: (known.mails, known.family, known.groups) for name, known in after.items()} == {
        name: (known.mails, known.family, known.groups) for name, known in before.items()}
    assert Oracle(first, box, directory).identities() == ids
    rows = directory.muster("audit", "list", directory.tenant, "--action", "directory.deleted")
    assert len(rows) == 1, rows
    assert not isinstance(directory.try_status(), dict)


def test_300_changes_while_people_are_looked_up_are_300_changes(box, first):
    """94: a lookup shares nothing with the stream."""
    directory = followed(box, first, new_tenant(box))
    company, over = first.company(), threading.Event()
    everybody = sorted(company)

    def look_up():
        while not over.is_set():
            for name in everybody:
                rows = directory.muster("directory", "person", directory.tenant, "corp", name,
                                        check=False)
                looked.append(next((row["good"] for row in rows if row["step"] == "found"), False)
                              if isinstance(rows, list) else rows.stderr)
    looked, turns = [], 300 // len(everybody)
    looking = threading.Thread(target=look_up)
    looking.start()
    try:
        wait_until(lambda: looked, 60, "a lookup")
        for turn in range(turns):
            first.modify("\n".join(
                f"dn: {company[name].dn}\nchangetype: modify\nreplace: title\n"
                f"title: {name} {turn}\n" for name in everybody))
        Oracle(first, box, directory).settle()
    finally:
        over.set()
        looking.join(120)
    assert set(looked) == {True}
    assert {known.title for known in people(box, directory.tenant).values()} == {
        f"{name} {turns - 1}" for name in everybody}
    switch_off(directory)


def test_a_dozen_directories_without_changes_write_nothing(first):
    """101, roughly: neither into the store nor into any log of it."""
    with short_folder() as folder, Sandbox(folder + "/box") as box:
        directories = [followed(box, first, new_tenant(box)) for _ in range(12)]
        store = box.folder / "data"

        def written():
            return box.metric("muster_commits_total"), {
                file: file.stat().st_mtime_ns for file in store.rglob("*.mdb")
                if "lock" not in file.name}

        def a_quiet_round():
            """What a moment ago was done here is still told to logs: so only one of many."""
            before = written()
            contacts = [directory.status()["last_contact"] for directory in directories]
            for directory in directories:
                directory.sync()
            for directory, contact in zip(directories, contacts):
                wait_until(lambda d=directory, c=contact: d.status()["last_contact"] > c, 60)
                directory.wait_state("following")
            return written() == before
        runs = [history(directory) for directory in directories]
        wait_until(a_quiet_round, 120, "a round without a commit")
        assert [history(directory) for directory in directories] == runs


def history(directory):
    return directory.muster("directory", "history", directory.tenant, directory.name)
