"""What a directory's state says to who is woken by it."""

import os
from pathlib import Path
from urllib.request import urlopen

from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from fault import Fault
from muster import Sandbox, wait_until


def lines_of(sandbox):
    with urlopen(sandbox.values["STATUS_URL"] + "/status.txt", timeout=60) as answer:
        return answer.read().decode().splitlines()


def commands(status):
    return [command.split()[2] for command in status["next"]]


def test_each_state_says_what_it_waits_for_and_which_command_goes_on():
    with short_folder() as folder, OpenLdap(folder + "/corp", people=12) as corp, \
            Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp, confirmed=False)
        held = directory.wait_state("held")
        assert commands(held) == ["plan", "approve", "reject"] and held["since"]
        assert all(command.endswith(held["plan"]) for command in held["next"])
        assert directory.muster("status")["waiting"] == [
            {"tenant": "acme", "held": 0, "conflicts": 0, "plans": 1}]
        first, line = lines_of(box)
        assert first == "state: ready"
        assert "state=held" in line and "held_plan=" + held["plan"] in line
        assert "open_conflicts=0" in line and corp.base not in line and "acme" not in line
        row, = directory.muster("directory", "list", directory.tenant)
        assert f" tenant={row['tenant_number']} directory={row['number']} " in line
        directory.edit("--active=no")
        directory.wait_state("paused")
        assert commands(directory.status()) == ["check", "resume"]
        directory.muster("directory", "resume", directory.tenant, directory.name)
        following = directory.follow()
        assert following["next"] == [] and following["next_full"]


def test_members_who_come_later_survive_a_plan_that_is_held():
    with short_folder() as folder, OpenLdap(folder + "/corp", people=30) as corp, \
            Sandbox(folder + "/box") as box:
        names = ", ".join([name for name, person in sorted(corp.company().items())
                           if person.active and "app-viewers" not in person.groups][:3])
        directory = Directory(box).create(corp, "--scope-rule", f"uid=({names})")
        directory.follow()
        assert directory.group("app-viewers") == set()
        directory.edit("--scope-rule", f"uid!=({names})")
        held = directory.wait_state("held")
        directory.approve(held["plan"])
        directory.wait_count("members_added", 1)
        status = directory.follow()
        assert directory.plans()[-1]["id"] == held["plan"], "approved as it was read"
        assert status["counts"]["created"] == 27
        assert directory.group("app-viewers")


def children(box):
    """Of the daemon: what each runs, and what it has open."""
    found = Path(f"/proc/{box.pid}/task").glob("*/children")
    for pid in " ".join(path.read_text(encoding="ascii") for path in found).split():
        folder = Path("/proc", pid)
        yield folder.joinpath("comm").read_text(encoding="ascii").strip(), {
            os.readlink(one) for one in folder.joinpath("fd").iterdir()}


def test_while_a_run_is_under_way_no_other_begins_and_its_process_has_nothing_of_the_store(
        tmp_path):
    """H18, K17"""
    with short_folder() as folder, OpenLdap(folder + "/corp", people=12) as corp, \
            Sandbox(folder + "/box") as box, Fault(corp, tmp_path / "fault") as wire:
        wire.rules("entry 30 stall")
        directory = Directory(box).create(corp, uri=wire.uri)
        directory.wait_state("refreshing")
        for option in ([], ["--full"]):
            refused = directory.muster("directory", "sync", "acme", "corp", *option, check=False)
            assert refused.returncode != 0, refused.stdout
            assert "under way" in refused.stdout + refused.stderr, refused
        (name, opened), = wait_until(lambda: [one for one in children(box)], 60, "the child")
        assert name == "muster-sync"
        kept = [one for one in opened if not one.startswith(("socket:", "pipe:", "/dev/null"))]
        assert all(one.startswith(("anon_inode:", "/etc/", str(box.folder / "log")))
                   for one in kept), opened
        assert len(directory.muster("user", "list", "acme")) == 1  # the admin
