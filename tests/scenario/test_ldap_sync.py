"""RFC 4533 over LDAP: a stock slapd follows a tenant, and what a consumer may do besides."""

import json
import os
import random
import signal
import socket

import ldap
import pytest
from ldap.syncrepl import SyncreplConsumer

from conftest import short_folder
from muster import wait_until
from replica import Replica, content, read

CHANGES = int(os.environ.get("MUSTER_SYNC_CHANGES", "400"))


@pytest.fixture
def folder():
    with short_folder() as path:
        yield path


def set_policy(sandbox, name, value):
    words = ("policy", "set", "acme", name, "--value", value)
    told = json.loads(sandbox.muster(*words, "--json").stdout)
    if not told["applied"]:
        sandbox.muster(*words, "--confirm", told["count"])


# ---- a stock slapd ----

class Company:
    """Changes people and groups at random, by SCIM and the command line; the seed is printed."""

    def __init__(self, tenant, seed):
        self.tenant, self.dice = tenant, random.Random(seed)
        print("seed", seed)
        self.people, self.groups = {}, {}
        self.made = 0
        self.scim = tenant.scim()

    def reconnect(self):
        self.scim.close()
        self.scim = self.tenant.scim()

    def done(self, answer, *codes):
        assert answer.status in (codes or (200, 204)), (answer.status, answer.body)
        return answer.body

    def name(self, kind):
        self.made += 1
        # Some that need escaping in a DN, some that do not fit into ASCII.
        return self.dice.choice([f"{kind}{self.made}", f"{kind}, {self.made}", f"{kind} é{self.made}"])

    def person(self):
        return self.dice.choice(list(self.people))

    def group(self):
        return self.dice.choice(list(self.groups))

    def hire(self, name=None):
        name = name or f"person{self.made}.{self.dice.randrange(1000)}"
        self.made += 1
        mail = {"value": f"mail{self.made}@example.com", "primary": True}
        made = self.done(self.scim.create_user(name, title=f"No. {self.made}", emails=[mail]), 201)
        self.people[made["id"]] = name

    def edit(self):
        path, value = self.dice.choice([("title", f"T{self.made}"), ("displayName", f"Dé {self.made}"),
                                        ("name.familyName", f"F{self.made}"), ("nickName", "nick")])
        self.made += 1
        self.replace("/Users/" + self.person(), path, value)

    def replace(self, what, path, value):
        self.done(self.scim.patch(what, {"op": "replace", "path": path, "value": value}))

    def rename(self):
        who = self.person()
        self.made += 1
        self.people[who] = f"renamed{self.made}"
        self.replace("/Users/" + who, "userName", self.people[who])

    def swap(self):
        """Two people change their names: no entry may stand in another's way at the consumer."""
        one, other = self.dice.sample(list(self.people), 2)
        self.made += 1
        for who, name in ((one, f"between{self.made}"), (other, self.people[one]),
                          (one, self.people[other])):
            self.replace("/Users/" + who, "userName", name)
        self.people[one], self.people[other] = self.people[other], self.people[one]

    def fire(self):
        who = self.person()
        self.done(self.scim.ask("DELETE", "/Users/" + who), 204)
        return self.people.pop(who)

    def hire_again(self):
        self.hire(self.fire())

    def sleep(self):
        self.replace("/Users/" + self.person(), "active", self.dice.random() < 0.5)

    def boss(self):
        one, other = self.dice.sample(list(self.people), 2)
        path = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"
        # Nobody stands above their own manager.
        self.done(self.scim.patch("/Users/" + one, {"op": "replace", "path": path,
                                                    "value": {"value": other}}), 200, 204, 400)

    def found(self):
        name = self.name("group")
        members = self.dice.sample(list(self.people), min(len(self.people), self.dice.randrange(9)))
        self.groups[self.done(self.scim.create_group(name, *members), 201)["id"]] = name

    def rename_group(self):
        self.replace("/Groups/" + self.group(), "displayName", self.name("team"))

    def dissolve(self):
        group = self.group()
        self.done(self.scim.ask("DELETE", "/Groups/" + group), 204)
        del self.groups[group]

    def join(self):
        self.done(self.scim.patch("/Groups/" + self.group(), {
            "op": "add", "path": "members", "value": [{"value": self.person()}]}))

    def leave(self):
        self.done(self.scim.patch("/Groups/" + self.group(), {
            "op": "remove", "path": f'members[value eq "{self.person()}"]'}))

    def nest(self):
        outer, inner = self.dice.sample(list(self.groups), 2)
        self.done(self.scim.patch("/Groups/" + outer, {
            "op": "add", "path": "members", "value": [{"value": inner}]}), 200, 204, 400, 409)

    def by_hand(self):
        name = self.people[self.person()]
        word = self.dice.choice(["deactivate", "activate"])
        self.tenant.sandbox.muster("user", word, self.tenant.name, name, check=False)

    def begin(self):
        for _ in range(20):
            self.hire()
        for _ in range(6):
            self.found()

    def change(self):
        deeds = [(self.hire, 12), (self.edit, 25), (self.rename, 6), (self.swap, 2), (self.fire, 5),
                 (self.hire_again, 2), (self.sleep, 8), (self.boss, 4), (self.found, 3),
                 (self.rename_group, 3), (self.dissolve, 1), (self.join, 15), (self.leave, 10),
                 (self.nest, 2), (self.by_hand, 1)]
        if len(self.people) < 10:
            self.hire()
        elif len(self.groups) < 4:
            self.found()
        else:
            self.dice.choices([deed for deed, _ in deeds], [weight for _, weight in deeds])[0]()


def test_a_stock_slapd_is_equal_after_random_changes_and_restarts_of_both(own_sandbox, folder):
    tenant = own_sandbox.acme
    company = Company(tenant, 4533)
    company.begin()

    def restart(how):
        if how == signal.SIGKILL:
            own_sandbox.kill()
        else:
            own_sandbox.stop()
        own_sandbox.start()
        company.reconnect()

    with Replica(folder + "/replica", tenant) as replica:
        events = {0.15: lambda: restart(signal.SIGKILL),
                  0.30: lambda: replica.restart(signal.SIGKILL),
                  0.40: replica.wait_equal,
                  0.45: lambda: set_policy(own_sandbox, "posix.enabled", "true"),
                  0.55: lambda: restart(signal.SIGTERM),
                  0.65: replica.stop,
                  0.80: replica.launch,
                  0.90: lambda: restart(signal.SIGKILL)}
        at = {int(CHANGES * part): event for part, event in events.items()}
        for n in range(CHANGES):
            company.change()
            if n in at:
                at[n]()
        found = replica.wait_equal(300)
        assert len(found) > 30
    own_sandbox.verify()
