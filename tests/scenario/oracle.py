"""What must hold after each scenario: we have exactly what the company has, and told it exactly.

Whole sets are compared, never counts. The company's side is read from its server as its
administrator, apart from anything of ours.
"""

import json
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from corp import closure
from muster import USER, wait_until
from receiver import Receiver
from test_webhook import hook


@dataclass(frozen=True)
class Known:
    """A person as both sides know them."""

    active: bool
    given: str
    family: str
    title: str
    mails: frozenset
    groups: frozenset
    all_groups: frozenset
    roles: frozenset


def differences(expected, ours):
    """A line for each person that is not the same, with what differs."""
    lines = [f"{name}: not here" for name in sorted(set(expected) - set(ours))]
    lines += [f"{name}: not there" for name in sorted(set(ours) - set(expected))]
    for name in sorted(set(expected) & set(ours)):
        one, other = vars(expected[name]), vars(ours[name])
        lines += [f"{name}: {field} is {other[field]}, there {one[field]}"
                  for field in one if one[field] != other[field]]
    return lines


class Oracle:
    """Of a directory that feeds a tenant. `roles` are by the mapped group's name. `besides` are
    people and groups that the directory has no part in."""

    def __init__(self, corp, box, directory, roles=(), besides=("admin",)):
        self.corp, self.box, self.directory = corp, box, directory
        self.roles, self.besides = dict(roles), set(besides)
        self.gone = set()  # no longer there, deactivated and kept here

    @property
    def tenant(self):
        return self.box.tenant(self.directory.tenant)

    # ---- both sides ----

    def expected(self, company=None):
        return {name: Known(
            person.active, person.given, person.family, person.title, person.mails, person.groups,
            person.all_groups,
            frozenset(role for group, role in self.roles.items() if group in person.all_groups))
            for name, person in (company or self.corp.company()).items()}

    def _all(self, scim, path):
        found = []
        while True:
            answer = scim.get(f"{path}?count=500&startIndex={len(found) + 1}")
            assert answer.status == 200, answer.body
            found += answer.body.get("Resources", [])
            if len(found) >= answer.body["totalResults"] or not answer.body.get("Resources"):
                return found

    def ours(self):
        scim = self.tenant.scim()
        users, groups = self._all(scim, "/Users"), self._all(scim, "/Groups")
        scim.close()
        holders = {}  # the holding groups of each, by id
        for group in groups:
            for member in group.get("members", []):
                holders.setdefault(member["value"], set()).add(group["id"])
        names = {group["id"]: group["displayName"] for group in groups}
        found = {}
        for user in users:
            if user["userName"] in self.besides:
                continue
            direct, name = holders.get(user["id"], set()), user.get("name", {})
            found[user["userName"]] = Known(
                user["active"], name.get("givenName", ""), name.get("familyName", ""),
                user.get("title", ""),
                frozenset(email["value"] for email in user.get("emails", [])),
                frozenset(names[group] for group in direct),
                frozenset(names[group] for group in closure(direct, holders)),
                frozenset(role["display"] for role in user.get("roles", [])))
        return found

    def identities(self):
        scim = self.tenant.scim()
        found = {user["userName"]: user["id"] for user in self._all(scim, "/Users")}
        scim.close()
        return found

    # ---- what must hold ----

    def settle(self, seconds=120, allowed=(), company=None):
        """Until both sides are equal. `allowed` differ with a reason that the test looks at."""
        expected, allowed, gone = self.expected(company), set(allowed), self.gone
        last = []

        def equal():
            ours = self.ours()
            still = [f"{name}: gone there, active here" for name in gone
                     if name not in ours or ours[name].active]
            last[:] = still + differences(
                {name: known for name, known in expected.items() if name not in allowed},
                {name: known for name, known in ours.items() if name not in allowed | gone})
            return not last
        end = time.monotonic() + seconds
        while not equal():
            assert time.monotonic() < end, "\n".join(
                [f"not equal after {seconds} s: {self.directory.try_status()}", *last[:40]])
            time.sleep(0.1)

    def check_again(self):
        """A full compare changes nothing and tells nobody anything. The one before it takes in what
        no delta tells, like who silently left a group with the entry that was deleted."""
        self.directory.compare()
        before = self.ours()
        with self.listen() as pushes:
            counts = self.directory.compare()["counts"]
        changed = ("created", "updated", "deactivated", "reactivated", "groups_created",
                   "groups_updated", "groups_removed", "members_added", "members_removed",
                   "roles_added", "roles_removed")
        assert not any(counts[name] for name in changed), str(counts)
        assert pushes.messages == [], str(pushes.messages[:5])
        assert self.ours() == before

    def check_secrets(self):
        """None of the company's secrets in what anybody may read of us."""
        shown = [json.dumps(self.directory.try_status(), default=str)]
        for verb in ("show", "history"):
            answer = self.directory.muster("directory", verb, self.directory.tenant,
                                           self.directory.name, check=False)
            shown.append(str(answer))
        shown += [str(self.directory.plan(plan["id"])) for plan in self.directory.plans()
                  if plan["rows"]]
        told = self.directory.muster("provision", "list", self.directory.tenant, "--token",
                                     self.directory.name, "--limit", 1000)
        shown.append(str(told))
        shown += [str(self.directory.muster("provision", "show", self.directory.tenant, row["row"]))
                  for row in told[:20]]
        shown.append(Path(self.box.folder, "log").read_text(encoding="utf-8"))
        shown.append(self.box.muster("audit", "list", self.directory.tenant, "--json").stdout)
        limits = Path("/proc", str(self.box.pid), "limits").read_text(encoding="ascii")
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE), limits
        for secret in self.corp.secrets():
            assert not any(secret in text for text in shown), secret

    def check(self, **settle):
        """All of it."""
        self.settle(**settle)
        self.check_again()
        self.settle(**settle)
        self.check_secrets()

    def listen(self):
        return Pushes(self)


class Pushes:
    """What the platform is told from here to the end of the block, in its order."""

    lock, number = threading.Lock(), 0

    def __init__(self, oracle):
        self.oracle, self.messages = oracle, []
        self.receiver = Receiver()

    def __enter__(self):
        with Pushes.lock:
            Pushes.number += 1
            self.name = f"pushes{Pushes.number}"
        hook(self.oracle.box, self.oracle.directory.tenant, self.name, self.receiver, "user.*",
             "group.*", "role.*")
        self.before = self.oracle.ours()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self._end()
        self.oracle.directory.muster("webhook", "delete", self.oracle.directory.tenant, self.name)
        self.receiver.close()

    def _end(self):
        """A person made now is told last: all before that has come by then."""
        scim = self.oracle.tenant.scim()
        last = f"last-of-{self.name}"
        self.oracle.besides.add(last)
        made = scim.ask("POST", "/Users", {"schemas": [USER], "userName": last})
        scim.close()
        assert made.status == 201, made.body

        def came():
            names = [m["data"].get("userName") for m in self.receiver.accepted()]
            return last in names and (names.index(last),)
        wait_until(came, 120, "the last message")
        told = self.receiver.accepted()[:came()[0]]
        places = [tuple(int(part) for part in m["id"].split("_")[2:]) for m in told]
        assert places == sorted(set(places)), "a message came twice or out of its order"
        self.messages = [m for m in told if m["data"].get("userName") not in self.oracle.besides]

    def of(self, kind):
        """Who was told of so, by name."""
        return Counter(m["data"]["userName"] for m in self.messages if m["type"] == kind)

    def check(self):
        """Exactly who changed, each state once, and who goes before who comes."""
        after = self.oracle.ours()
        came = {name for name, known in after.items()
                if known.active and name in self.before and not self.before[name].active}
        left = {name for name, known in after.items()
                if not known.active and name in self.before and self.before[name].active}
        assert self.of("user.deactivated") == Counter(left)
        assert self.of("user.reactivated") == Counter(came)
        created = set(self.of("user.created"))
        assert created == set(after) - set(self.before), (
            len(created), created ^ (set(after) - set(self.before)))
        order = [m["type"] for m in self.messages
                 if m["type"] in ("user.deactivated", "user.reactivated", "user.created")]
        if "user.deactivated" in order:
            last = len(order) - order[::-1].index("user.deactivated")
            assert not {"user.reactivated", "user.created"} & set(order[:last])

