"""The daemon ends, is told otherwise or loses a tenant while a directory is being read or applied."""

import os
import random
import signal
import subprocess
import threading

import pytest

from directory import Directory
from harm import Moody, active_people, children, export, run_files
from muster import BUILD, wait_until

CYCLES = int(os.environ.get("MUSTER_HARM_CYCLES", "8"))
MANY = 4500  # more than one transaction takes
# A server that says nothing is given up after 30 s or more; nobody who stops us waits for that.
PROMPT = 25
FREE = ("--limit-count", "100000", "--limit-percent", "100", "--run-limit", "small-percent=100")

random.seed(os.environ.get("MUSTER_SEED", "6"))


@pytest.fixture
def moody():
    made = []

    def make(*args, **more):
        made.append(Moody(*args, **more))
        return made[-1]
    yield make
    for server in made:
        server.close()


def follow(box, server, tenant=None, **more):
    tenant = tenant or box.new_tenant()
    directory = Directory(box, tenant=tenant.name).create(server, *FREE, uri=server.uri, **more)
    directory.company = tenant
    return directory


def end(box):
    """SIGTERM, after which nothing of it is left; and again."""
    left = children(box.pid)
    box.signal(signal.SIGTERM)
    box.wait_end(PROMPT)
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in left), 60,
               "the end of the children")
    box.start()


def ask(box, *words):
    return subprocess.Popen([BUILD / "muster", "--socket", box.values["MUSTER_SOCKET"], *words],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def wait_asked(server, kind, before):
    wait_until(lambda: server.asked.count(kind) > before, 60, f"a {kind}")


def test_a_silent_server_does_not_hold_up_the_end(own_sandbox, moody):
    box, server = own_sandbox, moody()
    directory = follow(box, server)
    directory.follow()
    everybody = server.names()
    for mood, kind in (("bind", "bind"), ("sync", "sync"), ("half", "sync"), ("plain", "plain")):
        server.mute = set()
        directory.follow()
        if mood == "plain":  # who vanished is looked for elsewhere
            del server.people[1]
        before, server.mute = server.asked.count(kind), {mood}
        directory.sync("--full")
        wait_asked(server, kind, before)
        end(box)
    assert active_people(directory.company) == everybody
    server.mute = set()
    directory.follow()
    directory.compare()
    assert active_people(directory.company) == server.names()
    for verb in (("check",), ("person", "person5"), ("person", "person5", "--apply"),
                 ("preview", "person5")):
        before, server.mute = server.asked.count("plain"), {"plain"}
        asking = ask(box, "directory", verb[0], directory.tenant, directory.name, *verb[1:])
        wait_asked(server, "plain", before)
        end(box)
        assert asking.wait(60) is not None
        server.mute = set()
    directory.follow()
    assert run_files(box) == []
    box.verify()


def wait_applying(directory):
    wait_until(lambda: directory.status()["state"] == "applying", 60, "the apply")


def test_a_large_apply_goes_on_after_the_end_and_after_an_edit(own_sandbox, moody):
    box, server = own_sandbox, moody(MANY)
    ended, edited, paused = (follow(box, server) for _ in range(3))
    wait_applying(ended)
    end(box)
    wait_applying(edited)
    edited.edit("--precedence", "5")
    wait_applying(paused)
    paused.edit("--active=no")
    paused.wait_state("paused")
    paused.edit("--active=yes")
    for directory in (ended, edited, paused):
        directory.follow()
        assert active_people(directory.company) == server.names()
        states = [plan["state"] for plan in directory.plans()]
        assert states == ["applied"], states
    assert run_files(box) == []
    box.verify()


def test_nobody_comes_of_a_directory_that_is_deleted_while_it_is_applied(
        own_sandbox, moody, tmp_path):
    box, server = own_sandbox, moody(MANY)
    directory = follow(box, server)
    wait_applying(directory)
    directory.delete("disable")
    wait_until(lambda: not children(box.pid) and not run_files(box), 60, "the end of its run")
    wait_until(lambda: not {"plan", "directory"} & {
        row.get("kind") for row in export(box, directory.tenant, tmp_path)}, 60, "its plans' end")
    wait_until(lambda: not active_people(directory.company), 60, "nobody who may sign in")
    again = Directory(box, tenant=directory.tenant).create(server, *FREE, uri=server.uri,
                                                           confirmed=False)
    again.wait_state("held")
    assert len(again.plans()) == 1
    box.verify()


def test_a_kill_after_the_deletion_leaves_nothing_of_the_directory_either(
        own_sandbox, moody, tmp_path):
    box, server = own_sandbox, moody()
    company = box.new_tenant()
    for people in ("keep", "disable", "keep"):
        directory = follow(box, server, tenant=company)
        directory.follow()
        directory.delete(people)
        box.kill()
        box.start()
        wait_until(lambda: not {"plan", "directory"} & {
            row.get("kind") for row in export(box, company.name, tmp_path)}, 60, "its plans' end")
    box.verify()


def test_a_suspended_tenant_rests_and_an_erased_one_leaves_nothing(own_sandbox, moody):
    box, server = own_sandbox, moody(MANY)
    resting, erased = follow(box, server), follow(box, server)
    wait_applying(resting)
    box.muster("tenant", "suspend", resting.tenant)
    wait_until(lambda: len(children(box.pid)) <= 1, 60, "its rest")
    box.muster("tenant", "resume", resting.tenant)
    resting.follow()
    assert active_people(resting.company) == server.names()
    box.muster("tenant", "suspend", erased.tenant)
    box.muster("tenant", "erase", erased.tenant, "--confirm", erased.tenant)
    wait_until(lambda: erased.tenant not in box.muster("tenant", "list").stdout, 120, "its end")
    wait_until(lambda: not run_files(box), 60, "that nothing is left of it")
    box.verify()


def test_eight_who_ask_for_full_compares_and_edits_meanwhile(own_sandbox, moody):
    box, server = own_sandbox, moody(100)
    directory = follow(box, server)
    directory.follow()
    crowd = server.names()

    def loop(number):
        for turn in range(3 * CYCLES):
            if number == 0:
                directory.edit("--precedence", str(turn), check=False)
            else:
                directory.muster("directory", "sync", directory.tenant, directory.name, "--full",
                                 check=False)
    threads = [threading.Thread(target=loop, args=(number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    directory.compare()
    assert active_people(directory.company) == crowd
    assert directory.status()["counts"]["held"] == 0
    assert len(children(box.pid)) == 1
    box.verify()


def test_what_ends_again_and_again_leaves_nothing_behind_and_loses_nothing(own_sandbox, moody):
    """Clean ends and kills mixed, at any moment; MUSTER_HARM_CYCLES says how many."""
    box, server = own_sandbox, moody(300)
    directory = follow(box, server)
    directory.follow()
    sizes = []
    for turn in range(CYCLES):
        number = random.randrange(300)
        server.people[number] = {"title": [f"Turn {turn}"]}
        if turn % 3 == 0:
            directory.muster("directory", "sync", directory.tenant, directory.name, "--full",
                             check=False)
        before = children(box.pid)
        if random.random() < 0.5:
            end(box)
        else:
            box.kill()
            wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in before), 60,
                       "the end of the children")
            box.start()
        sizes.append((box.folder / "data/data.mdb").stat().st_blocks // 2)
    directory.follow()
    directory.compare()
    status = directory.compare()
    assert not any(status["counts"][name] for name in (
        "created", "updated", "deactivated", "reactivated", "held"))
    scim = directory.company.scim()
    found = scim.get("/Users?count=1000").body["Resources"]
    titles = {user["userName"]: user.get("title") for user in found}
    scim.close()
    assert titles == {f"person{number}": more.get("title", [None])[0]
                      for number, more in server.people.items()}
    runs = [plan["run"] for plan in directory.plans()]
    assert len(runs) == len(set(runs))
    assert {plan["state"] for plan in directory.plans()} <= {"applied"}
    assert len(children(box.pid)) == 1 and run_files(box) == []
    box.verify()
    print(f"{CYCLES} ends; the store in KiB, every tenth: {sizes[::10]}")
