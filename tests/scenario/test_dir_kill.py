"""kill -9 while a run is under way: what is left is the state before the run or the one after it,
never one between, and in the end we have exactly what the company has.

Before each kill the company moves to its next version: some get another title, others are disabled
and put into a group, or enabled and taken out of it, all while nobody looks. So a run is from one
whole version to another, and what the kill left is read while the server says nothing.
"""

import os
import random
import time

import ldap
import pytest

from conftest import short_folder
from corp import SERVERS
from directory import Directory
from muster import Sandbox, wait_until
from oracle import Oracle

CYCLES = int(os.environ.get("MUSTER_KILL_CYCLES", "6"))
FREE = ("--limit-count", "1000000", "--limit-percent", "100", "--run-limit", "small-percent=100",
        "--run-limit", "value-percent=100")
PEOPLE, TITLED, LEAVERS = 200, 120, 20
MANY = 4500  # more than one transaction takes
GROUP = "contractors"
DISABLED = {"openldap": ("pwdAccountLockedTime", b"000001010000Z", None),
            "ds389": ("nsAccountLock", b"true", None),
            "samba": ("userAccountControl", b"546", b"544")}

random.seed(os.environ.get("MUSTER_SEED", "22"))


class Versions:
    """A company that moves from version to version, each of which is told by all that it touches."""

    def __init__(self, corp, titled):
        self.corp, self.number = corp, 0
        company = corp.company()
        names = [name for name, person in sorted(company.items())
                 if person.active and GROUP not in person.groups]
        # The first 20 of Active Directory have a password, and so another userAccountControl.
        passwords = {corp.user_name(number) for number in range(20)}
        self.leavers = [name for name in names if name not in passwords][:LEAVERS]
        self.titled = [name for name in names if name not in self.leavers][:titled]
        self.dns = {name: company[name].dn for name in (*self.leavers, *self.titled)}
        self.group = next(group["dn"] for group in corp.truth()["groups"]
                          if group["name"] == GROUP)

    def next(self):
        self.number += 1
        attribute, off, on = DISABLED[self.corp.flavour]
        away = self.number % 2 == 1
        server = ldap.initialize(self.corp.admin_uri)
        server.set_option(ldap.OPT_X_TLS_CACERTFILE, self.corp.ca_file)
        server.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        server.simple_bind_s(self.corp.admin_dn, self.corp.admin_password)
        for name in self.titled:
            server.modify_s(self.dns[name], [(ldap.MOD_REPLACE, "title", self.title())])
        for name in self.leavers:
            server.modify_s(self.dns[name], [(ldap.MOD_REPLACE, attribute, off if away else on)])
        server.modify_s(self.group, [(ldap.MOD_ADD if away else ldap.MOD_DELETE, "member",
                                      [self.dns[name].encode() for name in self.leavers])])
        server.unbind_s()

    def title(self):
        return f"v{self.number}".encode()

    def seen(self, box, directory):
        """The versions that what we have speaks of; one, if it is whole."""
        scim, users = box.acme.scim(), {}
        while True:
            page = scim.get(f"/Users?count=1000&startIndex={len(users) + 1}"
                            "&attributes=userName,active,title").body
            users.update((user["userName"], user) for user in page["Resources"])
            if len(users) >= page["totalResults"]:
                break
        scim.close()
        titles = {users[name].get("title", "") for name in self.titled}
        away = {not users[name]["active"] for name in self.leavers}
        members = directory.group(GROUP)
        inside = {name in members for name in self.leavers}
        return titles, away, inside


def is_whole(seen):
    titles, away, inside = seen
    if len(titles) != 1 or len(away) != 1 or away != inside:
        return False
    title = next(iter(titles))
    return not title.startswith("v") or (int(title[1:]) % 2 == 1) in away


class Killing:
    """The daemon is killed `cycles` times, around the moment at which it applies."""

    def __init__(self, box, corp, directory, versions, large):
        self.box, self.corp, self.directory, self.versions = box, corp, directory, versions
        self.large = large
        self.before = self.after = 0
        self.latest = 1.0  # seconds from the server's first word to the kill

    def check(self):
        """What the last kill left. A large run is first finished by what the kill found of it."""
        def whole():
            seen = self.versions.seen(self.box, self.directory)
            return seen if is_whole(seen) else None
        seen = wait_until(whole, 300, "a whole version") if self.large else \
            self.versions.seen(self.box, self.directory)
        assert is_whole(seen), f"between two versions: {seen}"
        return next(iter(seen[0])).encode()

    def cycle(self):
        killed_at = self.versions.title()
        self.versions.next()
        self.corp.freeze()
        try:
            self.box.start()
            is_after = self.check() == killed_at
        finally:
            self.corp.thaw()
        self.after += is_after
        self.before += not is_after
        self.latest = max(0.01, min(20.0, self.latest * (0.9 if is_after else 1.1)))
        time.sleep(random.uniform(0, self.latest))
        self.box.kill()


def kill(flavour, people, titled, cycles, large, *options):
    with short_folder() as folder, SERVERS[flavour](folder + "/corp", people) as corp, \
            Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp, *FREE, *options)
        directory.follow(300)
        versions = Versions(corp, titled)
        killing = Killing(box, corp, directory, versions, large)
        versions.next()
        wait_until(lambda: is_whole(versions.seen(box, directory)), 300, "the first version")
        box.kill()
        for _ in range(cycles):
            killing.cycle()
        box.start()
        directory.wait_state("following")
        directory.compare()
        oracle = Oracle(corp, box, directory)
        oracle.settle(300)
        oracle.check_again()
        box.verify()
        print(f"{flavour} {' '.join(options)}: {cycles} kills, {killing.before} left the state "
              f"before, {killing.after} the one after")


@pytest.mark.parametrize("flavour, options", [
    ("openldap", ()), ("ds389", ()), ("samba", ("--poll-seconds", "1")),
    ("openldap", ("--connector", "paged"))])
def test_a_kill_leaves_the_state_before_a_run_or_after_it(flavour, options):
    kill(flavour, PEOPLE, TITLED, CYCLES, False, *options)


def test_a_run_of_many_transactions_that_was_killed_is_finished_first():
    kill("openldap", MANY + 500, MANY, max(2, CYCLES // 10), True)
