"""Each server's own attributes and its own way of saying that somebody may not sign in."""

import time

import pytest

from conftest import short_folder
from corp import SERVERS
from directory import Directory
from muster import Sandbox, wait_until


@pytest.fixture(scope="module", params=list(SERVERS))
def world(request):
    with short_folder() as folder, \
            SERVERS[request.param](folder + "/corp", people=24) as corp, \
            Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp, "--poll-seconds", "1")
        directory.follow(240)
        yield corp, directory


def name_of(corp, person):
    return person["account" if corp.kind == "samba" else "uid"]


def show(world, name):
    return world[1].muster("user", "show", "acme", name)


def wait_status(world, name, status):
    def status_now():
        shown = show(world, name)
        return "active" if shown["active"] else shown["status_reason"]
    wait_until(lambda: status_now() == status, 180, f"{name} to be {status}")


def test_the_servers_own_attributes_are_ours_without_a_row(world):
    corp, _ = world
    for person in corp.truth()["people"]:
        shown = show(world, name_of(corp, person))
        assert shown["family"] == person["sn"] and shown["given"] == person["givenName"]
        assert shown["emails"][0] == person["mail"][0]
        assert shown["title"] == person["title"] and shown["office"] == person["site"]
        assert shown["department"] == person["department"], shown
        assert shown["employee_number"] == person["employeeNumber"]
        ended = 0 < person["expires"] < time.time()
        assert shown["active"] is not (person["disabled"] or ended), shown


def test_who_is_disabled_there_is_disabled_here_and_comes_back(world):
    corp, _ = world
    person = corp.truth()["people"][4]
    before = show(world, name_of(corp, person))
    corp.change("disable", "--uid", person["uid"])
    wait_status(world, name_of(corp, person), "directory")
    corp.change("enable", "--uid", person["uid"])
    wait_status(world, name_of(corp, person), "active")
    assert show(world, name_of(corp, person))["id"] == before["id"]


def test_an_account_that_has_ended_there_ends_here_and_comes_back(world):
    corp, _ = world
    person = corp.truth()["people"][6]
    name = name_of(corp, person)
    if corp.kind == "samba":
        # To the second, and nothing is said when it comes.
        corp.change(f"expire:{int(time.time()) + 12}", "--uid", person["uid"])
        wait_until(lambda: show(world, name).get("expires"), 180, "the expiry")
        wait_status(world, name, "expired")
    else:
        corp.change("expire:1000000000", "--uid", person["uid"])
        wait_until(lambda: not show(world, name)["active"], 180, "the end")
    corp.change("expire", "--uid", person["uid"])
    wait_status(world, name, "active")
