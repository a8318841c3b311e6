"""The disk is full while a directory's run is read, planned or applied: it is told, nothing is lost
and nobody is asked twice; it goes on by itself when there is room."""

import os
import signal

import pytest

from directory import Directory
from harm import Moody, active_people, children, run_files
from muster import Sandbox, wait_until
from test_full_disk import fill, small_disk  # noqa: F401 (a fixture)

FREE = ("--limit-count", "100000", "--limit-percent", "100", "--run-limit", "small-percent=100",
        "--run-limit", "value-percent=100")
CROWD = 6000  # its plan is more than one transaction takes


@pytest.fixture
def world(small_disk):  # noqa: F811
    box, server = Sandbox(small_disk + "/box").start(), Moody(CROWD)
    try:
        yield box, server, small_disk + "/filler"
    finally:
        server.close()
        box.stop()


def wait_full(directory):
    """Told as what it is: no room, not a fault of the company's server."""
    def told():
        status = directory.try_status()
        return (isinstance(status, dict) and (status["state"], status.get("class")) == ("failed", "data")
                and status)
    status = wait_until(told, 120, "the end of the room")
    assert status["stage"] == "apply", status
    assert any(word in status["reason"] for word in ("full", "space", "disk")), status["reason"]
    assert status["next_try"]
    return status


def test_a_plan_that_the_disk_does_not_take_is_made_when_there_is_room(world):
    box, server, filler = world
    server.mute = {"sync"}
    directory = Directory(box).create(server, *FREE, uri=server.uri, confirmed=False)
    wait_until(lambda: "sync" in server.asked, 60)
    fill(filler)
    server.mute = set()
    for pid in children(box.pid):  # the silent one; the next hears all
        os.kill(pid, signal.SIGKILL)
    wait_full(directory)
    assert active_people(box.acme) == set()
    os.unlink(filler)
    plan = directory.wait_state("held")["plan"]
    rows = directory.plan(plan, "create")
    assert directory.plans()[-1]["rows"] == CROWD and len(rows) == 1000
    assert [p["state"] for p in directory.plans()] == ["held"]
    directory.approve(plan)
    directory.follow()
    assert active_people(box.acme) == server.names()
    assert [p["state"] for p in directory.plans()] == ["applied"]
    assert run_files(box) == []
    box.verify()


def test_what_changes_meanwhile_comes_when_there_is_room(world):
    box, server, filler = world
    server.people = {number: {} for number in range(500)}
    directory = Directory(box).create(server, *FREE, uri=server.uri)
    directory.follow()
    for number in range(500):
        server.people[number] = {"title": ["T" * 1000]}
    del server.people[7]
    fill(filler)
    directory.muster("directory", "sync", directory.tenant, directory.name, "--full", check=False)
    wait_full(directory)
    scim = box.acme.scim()
    assert scim.find("Users", 'title pr and active eq "true"').body["totalResults"] == 0
    assert "person7" in active_people(box.acme)
    os.unlink(filler)
    wait_until(lambda: active_people(box.acme) == server.names(), 120, "what changed")
    directory.follow()
    assert scim.find("Users", "title pr").body["totalResults"] == 499
    scim.close()
    directory.compare()
    assert run_files(box) == []
    box.verify()
