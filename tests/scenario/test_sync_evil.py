"""Servers that answer with success what is not so: nobody is harmed by a half answer."""

from datetime import datetime

import pytest

from directory import Directory
from evil import Evil, ber
from muster import wait_until

CROWD = range(40)


@pytest.fixture
def evil(sandbox):
    """Follows a server that answers as the function says, in a tenant of its own."""
    servers = []

    def start(answer, *options, **more):
        server = Evil(answer, **more)
        servers.append(server)
        tenant = sandbox.new_tenant()
        name = tenant.base_dn.split(",")[0].removeprefix("o=")
        return Directory(sandbox, tenant=name).create(server, *options, uri=server.uri), tenant
    yield start
    for server in servers:
        server.close()


def active(tenant):
    scim = tenant.scim()
    found = scim.get("/Users?count=1000").body["Resources"]
    scim.close()
    return {user["userName"] for user in found if user["active"] and user["userName"] != "admin"}


def names(numbers):
    return {f"person{number}" for number in numbers}


def test_who_is_not_named_and_is_there_all_the_same_stays(evil):
    """A full compare from a replica that lags, and a look elsewhere that finds them."""
    named = list(CROWD)

    def answer(search):
        if ber.SYNC in search.controls:
            for number in named:
                search.person(number, 1)
            search.refreshed()
            return
        for number in CROWD:
            if search.asks_for(number):
                search.person(number)
        search.done()

    directory, tenant = evil(answer)
    directory.follow()
    assert active(tenant) == names(CROWD)
    del named[34:]
    before = directory.status()["last_run"]
    directory.sync("--full")
    status = wait_until(lambda: (s := directory.status())["last_run"] > before
                        and s["state"] == "following" and s, 120, "the half compare")
    assert active(tenant) == names(CROWD)
    assert any("did not name" in note for note in status["notes"])
    named[:] = CROWD
    directory.compare()
    assert active(tenant) == names(CROWD)


def test_an_entry_that_is_no_person_any_more_stands_in_nobodys_way(evil):
    """Neither gone nor a sign of a half answer: who is not named is gone all the same."""
    later = []

    def tell(search, number, *state):
        if not later or number < 38:
            search.person(number, *state)
        elif number == 39:
            search.person(number, *state, objectClass=["device"])

    def answer(search):
        streams = ber.SYNC in search.controls
        for number in CROWD:
            if streams:
                tell(search, number, 1)
            elif search.asks_for(number):
                tell(search, number)
        if streams:
            search.refreshed()
        else:
            search.done()

    directory, tenant = evil(answer)
    directory.follow()
    assert active(tenant) == names(CROWD)
    later.append(True)
    directory.compare()
    assert active(tenant) == names({*range(38), 39})
    assert not any("did not name" in note for note in directory.status()["notes"])


def test_a_page_that_does_not_say_whether_it_is_the_last_is_not(evil):
    named = list(CROWD)

    def answer(search):
        for number in named:
            search.person(number)
        paged = ber.PAGED in search.controls and len(named) == len(CROWD)
        search.done(0, *([ber.c_paged(0)] if paged else []))

    directory, tenant = evil(answer, "--connector", "paged", controls=(ber.PAGED,))
    directory.follow()
    assert active(tenant) == names(CROWD)
    del named[38:]
    directory.sync("--full")
    failed = directory.wait_failed()
    assert failed["class"] == "protocol"
    assert active(tenant) == names(CROWD)


def test_answers_that_nobody_asked_for_change_nothing(evil):
    """H12: of another message, of none, and the same end twice."""
    def answer(search):
        if ber.SYNC in search.controls:
            own = search.number
            for strange in (own + 50, 0):
                search.number = strange
                search.person(99, 1)
                search.refreshed()
            search.number = own
            for number in CROWD:
                search.person(number, 1)
            search.refreshed()
            search.refreshed()
            return
        for number in CROWD:
            if search.asks_for(number):
                search.person(number)
        search.done()
        search.done()

    directory, tenant = evil(answer)

    def settled():
        status = directory.try_status()
        return isinstance(status, dict) and status["state"] in ("following", "failed", "held")
    wait_until(settled, 60, "an end")
    assert active(tenant) in (set(), names(CROWD))
    assert "person99" not in active(tenant)


def test_a_server_that_wants_a_refresh_for_ever_gets_one_an_hour(evil):
    """H17: nobody is harmed, and what it makes us ask is spaced."""
    asked = []

    def answer(search):
        if ber.SYNC in search.controls:
            asked.append(search.number)
            if b"rid=000" not in search.controls[ber.SYNC]:
                for number in CROWD:
                    search.person(number, 1)
                search.refreshed()
            search.done(4096)
            return
        for number in CROWD:
            if search.asks_for(number):
                search.person(number)
        search.done()

    directory, tenant = evil(answer)
    wait = directory.wait_state("failed")
    assert "within the hour" in str(wait)
    seconds = (datetime.fromisoformat(wait["next_try"])
               - datetime.fromisoformat(wait["since"])).total_seconds()
    assert 3000 < seconds <= 3600
    assert len(asked) == 2
    assert active(tenant) == names(CROWD)
    # Whoever asks for one gets one.
    directory.sync("--full")
    wait_until(lambda: len(asked) == 3 and directory.status()["state"] == "failed", 60,
               lambda: directory.try_status())
    assert active(tenant) == names(CROWD)


def test_a_cookie_that_is_refused_after_it_was_good_is_one_more_full_compare(evil):
    """A stream that told of somebody, and then a server that lost our place."""
    asked = []

    def answer(search):
        if ber.SYNC in search.controls:
            asked.append(b"rid=000" in search.controls[ber.SYNC])
            if asked[-1]:
                search.done(4096)
                return
            for number in CROWD if len(asked) == 1 else range(42):
                search.person(number, 1)
            search.refreshed()
            if len(asked) == 1:
                search.person(40, 1)
                wait_until(lambda: "person40" in active(tenant), 60, "who came by the stream")
                search.client.close()
            return
        for number in range(42):
            if search.asks_for(number):
                search.person(number)
        search.done()

    directory, tenant = evil(answer)
    wait_until(lambda: active(tenant) == names(range(42)), 60,
               lambda: directory.try_status())
    assert asked == [False, True, False]
