"""The process that speaks to a company's server is killed, again and again, while the daemon lives."""

import contextlib
import os
import random
import signal
import threading
import time

import ldap
import pytest

from conftest import short_folder
from corp import PASSWORD, OpenLdap
from directory import Directory
from harm import Moody, active_people, children
from muster import Sandbox, wait_until
from oracle import Oracle

KILLS = int(os.environ.get("MUSTER_HARM_KILLS", "20"))
FREE = ("--limit-count", "100000", "--limit-percent", "100", "--run-limit", "small-percent=100")

random.seed(os.environ.get("MUSTER_SEED", "6"))


def kill_children(box):
    """How many there were. Only the children's own end is told; the daemon goes on."""
    found = children(box.pid)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(found)


@pytest.mark.parametrize("mood", ["bind", "sync", "half"])
def test_half_of_a_read_is_nothing(sandbox, mood):
    """Of the first read, and of a full compare that did not name those that came last."""
    server, tenant = Moody(), sandbox.new_tenant()
    server.mute = {mood}
    directory = Directory(sandbox, tenant=tenant.name).create(server, *FREE, uri=server.uri)
    for expected in (set(), server.names()):
        kind = "bind" if mood == "bind" else "sync"
        wait_until(lambda: kind in server.asked, 60, f"a {kind}")
        kill_children(sandbox)
        failed = directory.wait_state("failed")
        assert failed["class"] == "net" and failed["next_try"]
        assert active_people(tenant) == expected
        server.mute = set()
        directory.follow()
        assert active_people(tenant) == server.names()
        server.mute, server.asked[:] = {mood}, []
        directory.sync("--full")
    kill_children(sandbox)
    server.mute = set()
    directory.follow()
    directory.edit("--active=no")
    server.close()


def attempt(box, name, password):
    connection = box.ldap()
    try:
        connection.simple_bind_s(box.acme.user_dn(name), password)
        return "opened"
    except ldap.INVALID_CREDENTIALS:
        return "refused"
    except ldap.LDAPError as e:
        return type(e).__name__
    finally:
        connection.unbind_s()


class Killing:
    def __init__(self, box, corp, directory):
        self.box, self.corp, self.directory = box, corp, directory
        self.company = corp.company()
        self.names = sorted(name for name, person in self.company.items() if person.active)
        self.killed, self.said = 0, {}

    def sign_in(self, name, password):
        answer = attempt(self.box, name, password)
        self.said.setdefault(password == PASSWORD, []).append(answer)

    def turn(self, number):
        name = self.names[number % len(self.names)]
        self.corp.modify(f"dn: {self.company[name].dn}\nchangetype: modify\nreplace: title\n"
                         f"title: Turn {number}\n")
        full = ("--full",) if number % 2 else ()
        self.directory.muster("directory", "sync", self.directory.tenant, self.directory.name,
                              *full, check=False)
        signing = [threading.Thread(target=self.sign_in, args=(self.names[-1 - number % 10], word))
                   for word in (PASSWORD, "wrong")] if number % 5 == 0 else []
        for thread in signing:
            thread.start()
        time.sleep(random.uniform(0, 0.3))
        self.killed += kill_children(self.box)
        for thread in signing:
            thread.join()


def test_it_is_begun_again_and_in_the_end_all_is_as_the_company_says():
    with short_folder() as folder, OpenLdap(
            folder + "/corp", options="--scheme ssha") as corp, Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp, *FREE, "--pass-through", confirmed=False)
        wait_until(lambda: children(box.pid), 60, "the first child")
        kill_children(box)
        directory.follow()
        killing = Killing(box, corp, directory)
        for number in range(KILLS):
            killing.turn(number)
        directory.follow()
        directory.compare()
        oracle = Oracle(corp, box, directory)
        oracle.settle()
        oracle.check_again()
        # A wrong password never opens, and a right one is never called wrong.
        assert "opened" not in killing.said[False]
        assert "refused" not in killing.said[True]
        wait_until(lambda: attempt(box, killing.names[0], PASSWORD) == "opened", 120)
        history = directory.muster("directory", "history", directory.tenant, directory.name)
        assert any("ended" in str(row) for row in history), history
        box.verify()
        print(f"{killing.killed} children killed in {KILLS} turns; {killing.said}")
