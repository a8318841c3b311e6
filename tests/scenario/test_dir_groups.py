"""What groups of a company's directory give: roles, scopes, groups; by what names them for good."""

import itertools

import pytest

from company import Company
from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from muster import Sandbox, wait_until
from test_dir_conflicts import Upstream

# Else a run that takes this role from anybody waits for a person.
ADMINS_GO = ("--run-limit", "admins=9")
numbers = itertools.count(1)


class Groups:
    """Groups that a test makes in the company's server, and a tenant that follows them."""

    def __init__(self, box, corp):
        self.corp, self.upstream = corp, Upstream(corp)
        self.company = Company(box, "pegotec")
        self.directory = Directory(box, self.company.name)
        self.uids = []
        self.names = []

    def people(self, count, **said):
        made = [f"member{next(numbers)}" for _ in range(count)]
        self.upstream.add_all(*(self.upstream.record(uid, **said) for uid in made))
        self.uids += made
        return made

    def name(self):
        return f"team{next(numbers)}"

    def dn(self, name):
        return f"cn={name},ou=groups,{self.corp.base}"

    def add(self, name, *members):
        """Members are uids or DNs."""
        rows = "".join(f"member: {member if '=' in member else self.upstream.dn(member)}\n"
                       for member in members)
        self.corp.modify(f"dn: {self.dn(name)}\nchangetype: add\nobjectClass: groupOfNames\n"
                         f"cn: {name}\n{rows}\n")
        self.names.append(name)

    def change(self, name, verb, *members):
        rows = "".join(f"member: {member if '=' in member else self.upstream.dn(member)}\n"
                       for member in members)
        self.corp.modify(f"dn: {self.dn(name)}\nchangetype: modify\n{verb}: member\n{rows}\n")

    def rename(self, name, to):
        self.corp.modify(f"dn: {self.dn(name)}\nchangetype: modrdn\nnewrdn: cn={to}\n"
                         "deleteoldrdn: 1\n\n")
        self.names = [to if one == name else one for one in self.names]

    def remove(self, name):
        self.corp.modify(f"dn: {self.dn(name)}\nchangetype: delete\n\n")
        self.names.remove(name)

    def follow(self, *maps, options=()):
        words = [word for row in maps for word in ("--group-map", row)]
        self.directory.create(self.corp, *words, *options)
        self.directory.follow()
        return self

    def holders(self, kind, name):
        shown = self.company.told(kind, "show", self.company.name, name, "--limit", "1000")
        return {member["name"] for member in shown["members"]}

    def wait(self, kind, name, expected):
        expected = set(expected)
        try:
            wait_until(lambda: self.holders(kind, name) == expected, 90)
        except AssertionError:
            raise AssertionError(f"{kind} {name}: {self.holders(kind, name)} not {expected}; "
                                 f"{self.directory.try_status()}") from None

    def conflicts(self, kind, *words):
        return self.company.told("conflict", "list", self.company.name, "--kind", kind, *words)

    def wait_conflict(self, kind, *words):
        return wait_until(lambda: self.conflicts(kind, "--state", "open", *words), 90,
                          f"a conflict {kind}")

    def grants(self):
        rows = self.directory.muster("directory", "grants", self.company.name, self.directory.name)
        return {row["row"]: row for row in rows}

    def decide(self, verb, group, role):
        self.directory.muster("directory", verb + "-grant", self.company.name, self.directory.name,
                              group, role, "--reason", "asked for in ticket 7")

    def close(self):
        for name in list(self.names):
            self.remove(name)
        for uid in self.uids:
            self.upstream.remove(uid)
        self.directory.edit("--active=no", check=False)
        self.company.close()


@pytest.fixture(scope="module")
def place():
    with short_folder() as folder, OpenLdap(folder + "/corp", people=20) as corp, \
            Sandbox(folder + "/box") as box:
        yield box, corp


@pytest.fixture
def world(place):
    made = Groups(*place)
    yield made
    made.close()


# ---- which group a row means ----

def test_a_renamed_group_keeps_what_it_gives_and_its_old_name_gives_nothing(world):
    """43"""
    ada, bob = world.people(2)
    name, other = world.name(), world.name()
    world.add(name, ada)
    row = f"{name}=role:Technician"
    world.follow(row)
    world.wait("role", "Technician", {ada})
    anchor = world.grants()[row]["anchor"]
    world.rename(name, other)
    wait_until(lambda: world.grants()[row]["group"] == other, 90, "its present name")
    assert world.holders("role", "Technician") == {ada}
    world.add(name, bob)
    wait_until(lambda: any(name in row.values() for row in world.company.told(
        "group", "list", world.company.name, "--limit", "1000")), 90, "the other group")
    assert world.holders("group", name) == {bob}
    world.directory.compare()
    assert world.holders("role", "Technician") == {ada}
    shown = world.grants()[row]
    assert (shown["anchor"], shown["state"], shown["people"]) == (anchor, "gives", 1)
    world.change(other, "add", bob)
    world.wait("role", "Technician", {ada, bob})
    # Why somebody holds it names the group as it is called now.
    told = world.company.explain(bob, "tasks.view")
    origin, = next(role for role in told["roles"] if role["name"] == "Technician")["sources"]
    assert [group["name"] for group in origin["groups"]] == [other]


def test_a_new_group_of_a_deleted_ones_name_gets_nothing_and_somebody_is_told(world):
    """43, 44"""
    ada, bob = world.people(2)
    name = world.name()
    world.add(name, ada)
    row = f"{name}=role:Technician"
    world.follow(row)
    world.wait("role", "Technician", {ada})
    world.remove(name)
    world.wait("role", "Technician", set())
    assert world.grants()[row]["state"] == "gone"
    world.add(name, bob)
    assert world.wait_conflict("group_gone")[0]["theirs"] == name
    assert world.holders("role", "Technician") == set()


def test_what_a_deleted_group_gave_is_kept_until_it_is_confirmed(world):
    """44"""
    ada, bob = world.people(2)
    name = world.name()
    world.add(name, ada, bob)
    row = f"{name}=role:Technician"
    world.follow(row, options=("--group-gone", "keep"))
    world.wait("role", "Technician", {ada, bob})
    world.remove(name)
    conflict = world.wait_conflict("group_gone")[0]
    facts = world.company.told("conflict", "show", world.company.name, conflict["id"])["facts"]
    assert "people=2" in facts
    world.directory.compare()
    assert world.holders("role", "Technician") == {ada, bob}
    assert (world.grants()[row]["state"], world.grants()[row]["kept"]) == ("gone", True)
    world.company.told("conflict", "settle", world.company.name, conflict["id"], "--as",
                       "approve-once")
    world.wait("role", "Technician", set())
    wait_until(lambda: not world.conflicts("group_gone", "--state", "open"), 60, "it is over")


# ---- what it gives ----

def test_groups_in_groups_count_as_deep_as_is_said_and_circles_end(world):
    """46, 47"""
    one, two, three, four = world.people(4)
    a, b, c = world.name(), world.name(), world.name()
    world.add(a, one)
    world.add(b, two, world.dn(c))
    world.change(a, "add", world.dn(b))
    world.add(c, three, four, world.dn(a))
    world.company.told("scope", "create", world.company.name, "North")
    world.follow(f"{a}=role:Technician", f"{c}=scope:North")
    everybody = {one, two, three, four}
    world.wait("role", "Technician", everybody)
    world.wait("scope", "North", everybody)
    assert any("circle" in note for note in world.directory.status()["notes"])
    assert not world.company.told("conflict", "list", world.company.name)
    world.directory.edit("--group-depth", "1")
    world.wait("role", "Technician", {one, two})
    world.directory.edit("--group-depth", "0")
    world.wait("role", "Technician", {one})
    world.wait("scope", "North", {three, four})


def test_a_group_kept_here_gets_the_people_below(world):
    ada, bob = world.people(2)
    name, inner = world.name(), world.name()
    world.add(inner, bob)
    world.add(name, ada, world.dn(inner))
    made = world.company.told("token", "create", world.company.name, "entra", "--type", "scim")
    scim = world.company.scim(made["token"])
    scim.create_group("Alumni")
    scim.close()
    world.follow(f"{name}=group:Alumni", f"{inner}=group:{name}")
    world.wait("group", "Alumni", {ada, bob})
    # A group of the directory's has its members from there alone.
    assert {row["attribute"] for row in world.wait_conflict("role_missing")} == {f"group:{name}"}
    world.change(name, "delete", ada)
    world.wait("group", "Alumni", {bob})


def test_an_attribute_of_people_names_their_scope_and_an_unknown_one_is_told_once(world):
    """5"""
    ada, bob = world.people(2, physicalDeliveryOfficeName="Lyon-A")
    eve, = world.people(1, physicalDeliveryOfficeName="Brno-B")
    world.company.told("scope", "create", world.company.name, "Lyon-A")
    world.follow("scope=office")
    world.wait("scope", "Lyon-A", {ada, bob})
    missing = {row["attribute"] for row in world.wait_conflict("site_missing")}
    assert "scope:Brno-B" in missing
    assert len(missing) == len(world.conflicts("site_missing"))
    world.company.told("scope", "create", world.company.name, "Brno-B")
    world.wait("scope", "Brno-B", {eve})
    assert "scope:Brno-B" not in {row["attribute"] for row in
                                  world.conflicts("site_missing", "--state", "open")}
    world.upstream.put(bob, "physicalDeliveryOfficeName", "Brno-B")
    world.wait("scope", "Brno-B", {bob, eve})
    world.wait("scope", "Lyon-A", {ada})


def test_a_missing_role_is_given_as_soon_as_it_is_there(world):
    """45"""
    ada, = world.people(1)
    name = world.name()
    world.add(name, ada)
    world.follow(f"{name}=role:Technician", f"{name}=role:Night shift")
    world.wait("role", "Technician", {ada})
    row, = world.wait_conflict("role_missing")
    assert (row["attribute"], row["theirs"]) == ("role:Night shift", name)
    world.company.told("role", "create", world.company.name, "Night shift", "--permission",
                       "tasks.view")
    world.wait("role", "Night shift", {ada})
    assert not world.conflicts("role_missing", "--state", "open")


# ---- roles that let people administer ----

MANY, ROWS = 3850, 250


def test_hundreds_of_rows_without_a_role_are_told_however_large_the_run():
    """Of one that just fits into a transaction: with what is told it does not."""
    rows = [f"--group-map=app-viewers=role:Nobody {number}" for number in range(ROWS)]
    rows += [f"--map={name}=" for name in ("phone", "title", "employee_number", "department",
                                           "office", "user_type", "password")]
    with short_folder() as folder, OpenLdap(folder + "/corp", people=MANY) as corp, \
            Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp, *rows)
        status = directory.follow(300)
        assert status["people"] == sum(person.active for person in corp.company().values())
        open_ones = directory.muster("conflict", "list", "acme", "--kind", "role_missing",
                                     "--state", "open", "--limit", 1000)
        assert {row["attribute"] for row in open_ones} == {
            f"role:Nobody {number}" for number in range(ROWS)}


def test_an_admin_role_waits_until_somebody_approves_it_for_the_group(world):
    ada, bob = world.people(2)
    name = world.name()
    world.add(name, ada)
    row = f"{name}=role:Admin"
    world.follow(row, f"{name}=role:Technician", options=ADMINS_GO)
    world.wait("role", "Technician", {ada})
    assert world.holders("role", "Admin") == set()
    conflict, = world.wait_conflict("grant")
    assert conflict["attribute"] == "role:Admin"
    shown = world.grants()[row]
    assert (shown["state"], shown["privileged"], shown["people"]) == ("waits", True, 1)
    world.decide("approve", name, "Admin")
    world.wait("role", "Admin", {ada})
    assert world.grants()[row]["state"] == "gives"
    wait_until(lambda: not world.conflicts("grant", "--state", "open"), 60, "it is over")
    world.company.made("boss", "Admin")
    world.change(name, "add", bob)
    world.wait("role", "Admin", {ada, bob, "boss"})
    world.decide("revoke", name, "Admin")
    world.wait("role", "Admin", {"boss"})
    conflict, = world.wait_conflict("grant")
    world.company.told("conflict", "settle", world.company.name, conflict["id"], "--as",
                       "approve-once")
    world.wait("role", "Admin", {ada, bob, "boss"})


def test_a_role_that_lets_people_do_more_is_to_be_approved_anew(world):
    ada, = world.people(1)
    name = world.name()
    world.add(name, ada)
    world.company.told("role", "create", world.company.name, "Helper", "--permission",
                       "users.edit")
    world.follow(f"{name}=role:Helper")
    world.wait_conflict("grant")
    world.decide("approve", name, "Helper")
    world.wait("role", "Helper", {ada})
    world.company.told("role", "edit", world.company.name, "Helper", "--permission", "users.edit",
                       "--permission", "roles.edit")
    assert world.holders("role", "Helper") == set()
    assert world.grants()[f"{name}=role:Helper"]["state"] == "waits"


def test_a_role_that_becomes_privileged_is_taken_back_at_once_directory_or_not(world):
    ada, bob = world.people(2)
    name = world.name()
    world.add(name, ada, bob)
    world.company.told("role", "create", world.company.name, "Helper", "--permission", "tasks.view")
    row = f"{name}=role:Helper"
    world.follow(row)
    world.wait("role", "Helper", {ada, bob})
    world.company.made("kept", "Helper")
    edit = ("role", "edit", world.company.name, "Helper", "--permission")
    world.company.told(*edit, "users.edit")
    # By the core itself, in the command that edited it; the conflict comes of a run.
    assert world.holders("role", "Helper") == {"kept"}
    world.wait_conflict("grant")
    assert world.grants()[row]["state"] == "waits"
    world.company.told(*edit, "tasks.view")
    world.wait("role", "Helper", {ada, bob, "kept"})
    world.directory.edit("--active=no")
    world.directory.wait_state("paused")
    world.company.told(*edit, "users.edit")
    assert world.holders("role", "Helper") == {"kept"}


def test_only_who_may_give_the_role_approves_it(world):
    ada, = world.people(1)
    name = world.name()
    world.add(name, ada)
    world.follow(f"{name}=role:Admin")
    world.wait_conflict("grant")
    path = f"/directories/{world.directory.name}/grants/approve"
    said = {"group": name, "role": "Admin", "reason": "asked for"}
    for permissions in (("directories.manage", "roles.view"),
                        ("directories.manage", "roles.view", "roles.assign")):
        assert world.company.key(*permissions).post(path, said).status == 403
    assert world.holders("role", "Admin") == set()
    assert world.company.operator.post(path, said).status in (200, 204)
    world.wait("role", "Admin", {ada})


def test_the_last_admin_stays_when_the_group_of_admins_becomes_empty(world):
    """41"""
    ada, bob = world.people(2)
    name = world.name()
    world.add(name, ada)
    world.follow(f"{name}=role:Admin", options=ADMINS_GO)
    world.wait_conflict("grant")
    world.decide("approve", name, "Admin")
    world.wait("role", "Admin", {ada})
    world.change(name, "add", bob)
    world.wait("role", "Admin", {ada, bob})
    world.change(name, "delete", bob)
    world.wait("role", "Admin", {ada})
    world.remove(name)
    world.wait_conflict("last_admin")
    assert world.holders("role", "Admin") == {ada}


# ---- members ----

def test_members_that_are_nobody_here_are_counted_and_come_later(world):
    """51, 52"""
    ada, bob = world.people(2)
    late, name = f"member{next(numbers)}", world.name()
    world.add(name, ada, f"cn=contact,{world.corp.base}", world.upstream.dn(late))
    world.follow(f"{name}=role:Technician")
    world.wait("role", "Technician", {ada})
    assert world.directory.status()["counts"]["members_unresolved"] >= 2
    world.upstream.add(late)
    world.uids.append(late)
    world.wait("role", "Technician", {ada, late})
    world.change(name, "add", bob)
    world.wait("role", "Technician", {ada, bob, late})
