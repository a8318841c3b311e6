"""No mass change by surprise: what a limit holds waits for a person."""

import pytest

from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from muster import Sandbox, wait_until


LIMIT = 20  # deactivations in a day, where the entry of the directory names none


@pytest.fixture
def world():
    with short_folder() as folder, OpenLdap(folder + "/corp") as corp, Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp, "--group-map", "app-technicians=role:Technician")
        directory.follow()
        yield corp, box, directory


def active(box):
    scim = box.acme.scim()
    found = scim.get("/Users?count=1000&attributes=userName,active").body["Resources"]
    scim.close()
    return {user["userName"] for user in found if user["active"]}


def vanish(corp, box):
    """Thirty per cent, all before Muster sees any of it."""
    box.stop()
    corp.change("vanish:30")
    box.start()


def test_thirty_per_cent_deleted_at_once_wait_and_approval_applies_exactly_them(world):
    corp, box, directory = world
    before = active(box)
    vanish(corp, box)
    held = directory.wait_state("held")
    assert active(box) == before
    rows = directory.plan(held["plan"], "deactivate")
    directory.approve(held["plan"])
    directory.follow()
    gone = before - active(box)
    assert {row["name"] for row in rows} == gone
    assert len(gone) == directory.status()["counts"]["deactivated"] > 40


def test_deletions_that_come_one_by_one_wait_past_the_limit(world):
    """How many are seen together is the machine's affair; the limit is for a day."""
    corp, box, directory = world
    before = active(box)
    corp.change("vanish:30")
    directory.wait_state("held")
    assert len(before - active(box)) <= LIMIT
    gone = before & {person["uid"] for person in corp.truth()["people"][1:61]}
    assert len(gone) > LIMIT

    def approved():
        status = directory.status()
        if status["state"] == "held":
            directory.muster("directory", "approve", "acme", status["plan"], check=False)
        return before - active(box) == gone
    wait_until(approved, 120, "the end of all who were deleted")


def test_an_approval_does_not_cover_what_came_later(world):
    corp, box, directory = world
    before = active(box)
    vanish(corp, box)
    held = directory.wait_state("held")
    survivor = sorted(before - {"admin"})[0]
    remaining = [p["uid"] for p in corp.truth()["people"]]
    for name in remaining[::-1]:
        corp.change("delete", "--uid", name)
        break
    corp.change("delete", "--uid", survivor)
    directory.approve(held["plan"])

    def another():
        status = directory.status()
        return status if status["state"] == "held" and status["plan"] != held["plan"] else None
    again = wait_until(another, 120, what="another plan")
    assert active(box) == before
    directory.approve(again["plan"])
    directory.follow()
    assert survivor not in active(box)


def test_a_held_plan_survives_a_restart(world):
    corp, box, directory = world
    before = active(box)
    vanish(corp, box)
    held = directory.wait_state("held")
    box.stop()
    box.start()
    assert directory.wait_state("held")["plan"] == held["plan"]
    assert active(box) == before


def test_a_mapped_group_that_empties_keeps_its_people_until_approved(world):
    corp, box, directory = world
    technicians = directory.group("site-hamburg-technicians")
    corp.modify("dn: cn=app-technicians,ou=groups," + corp.base +
                "\nchangetype: delete\n")
    held = directory.wait_state("held")
    assert directory.group("site-hamburg-technicians") == technicians
    assert "mapped" in held["reason"]


def test_an_empty_answer_deactivates_nobody(world):
    corp, box, directory = world
    before = active(box)
    # The sync account loses its sight: the server answers success with nothing.
    corp.configure(f"dn: olcDatabase={{{corp.database}}}mdb,cn=config\nchangetype: modify\n"
                   "add: olcAccess\n"
                   f'olcAccess: {{1}}to dn.children="ou=people,{corp.base}" by * none\n')
    directory.sync("--full")
    held = directory.wait_state("held")
    assert "nobody" in held["reason"]
    assert active(box) == before
