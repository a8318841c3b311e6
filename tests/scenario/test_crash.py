"""kill -9 under load: what was acknowledged is there, nothing is there by half."""

import os
import random
import tempfile
import threading
import time

import pytest

from muster import Sandbox, wait_until

CYCLES = int(os.environ.get("MUSTER_KILL_CYCLES", "20"))
WRITERS = 6
GROUPS = 2

random.seed(os.environ.get("MUSTER_SEED", "22"))


class Writer(threading.Thread):
    """Creates people and changes them until the daemon goes. `sure` holds what was acknowledged,
    `open` what the last request, never answered, would have made of it."""

    def __init__(self, tenant, name, group):
        super().__init__(daemon=True)
        self.scim, self.name, self.group = tenant.scim(), name, group
        self.sure, self.open, self.ids, self.pairs = {}, {}, {}, []
        self.open_pair, self.surprises = None, []

    def run(self):
        try:
            for number in range(100000):
                self.step(f"{self.name}-{number}")
        except OSError:
            pass  # the kill; `open` says what was under way
        except Exception as surprise:  # pylint: disable=broad-except
            if type(surprise).__module__ != "http.client":
                self.surprises.append(repr(surprise))

    def step(self, user):
        self.open[user] = "0"
        created = self.scim.create_user(user, title="0", nickName="0")
        self.take(created, 201)
        self.ids[user] = created.body["id"]
        self.settle(user)
        for version in ("1", "2"):
            self.open[user] = version
            self.take(self.scim.patch(
                f"/Users/{self.ids[user]}",
                {"op": "replace", "path": "title", "value": version},
                {"op": "replace", "path": "nickName", "value": version}), 200)
            self.settle(user)
        first = [name for name in self.ids if name != user]
        if first:
            self.open_pair = (self.ids[first[-1]], self.ids[user])
            self.take(self.scim.patch(f"/Groups/{self.group}", {
                "op": "add", "path": "members",
                "value": [{"value": member} for member in self.open_pair]}), 200, 204)
            self.pairs.append(self.open_pair)
            self.open_pair = None

    def take(self, answer, *good):
        if answer.status not in good:
            self.surprises.append(f"{answer.status} {answer.octets[:300]}")
            raise OSError("stop")

    def settle(self, user):
        self.sure[user] = self.open.pop(user)


@pytest.fixture(scope="module")
def crashing():
    """A sandbox that every cycle kills and starts again on what it left."""
    with tempfile.TemporaryDirectory(prefix="muster-", ignore_cleanup_errors=True) as folder:
        box = Sandbox(folder + "/box").start()
        scim = box.acme.scim()
        box.groups = [scim.create_group(f"load {i}").body["id"] for i in range(GROUPS)]
        box.written = box.cut_short = 0
        yield box
        box.stop()


@pytest.mark.parametrize("cycle", range(CYCLES))
def test_a_kill_loses_nothing_acknowledged_and_leaves_nothing_by_half(crashing, cycle):
    writers = [Writer(crashing.acme, f"c{cycle}w{i}", crashing.groups[i % GROUPS])
               for i in range(WRITERS)]
    for writer in writers:
        writer.start()
    wait_until(lambda: sum(len(writer.sure) for writer in writers) > 1, what="acknowledgements")
    time.sleep(random.uniform(0, 0.9))
    crashing.kill()
    for writer in writers:
        writer.join(60)
    crashing.start()
    scim = crashing.acme.scim()
    members = {group: member_ids(scim, group) for group in crashing.groups}
    for writer in writers:
        assert not writer.surprises
        check_people(scim, writer)
        check_pairs(writer, members[writer.group])
        crashing.written += len(writer.sure)
        crashing.cut_short += bool(writer.open or writer.open_pair)
    crashing.verify()


def test_the_load_really_wrote_and_was_cut_short(crashing):
    assert crashing.written > CYCLES
    assert crashing.cut_short > CYCLES
    total = crashing.acme.scim().get("/Users?count=0").body["totalResults"]
    assert total >= crashing.written


def member_ids(scim, group):
    body = scim.get(f"/Groups/{group}").body
    return {member["value"] for member in body.get("members", [])}


def check_people(scim, writer):
    for user in set(writer.sure) | set(writer.open):
        found = scim.find("Users", f'userName eq "{user}"').body.get("Resources", [])
        may_be = {writer.sure.get(user), writer.open.get(user)} - {None}
        if not found:
            assert user not in writer.sure, f"{user} was acknowledged and is gone"
            continue
        assert len(found) == 1
        assert found[0]["title"] == found[0]["nickName"], f"{user} is there by half"
        assert found[0]["title"] in may_be, f"{user}: {found[0]['title']} instead of {may_be}"
        assert found[0]["emails"][0]["value"] == f"{user}@example.com"
        if user in writer.ids:
            assert found[0]["id"] == writer.ids[user]


def check_pairs(writer, members):
    for pair in writer.pairs:
        assert members.issuperset(pair), f"{pair} were acknowledged and are gone"
    if writer.open_pair:
        # The first of the two may be a member by the request before.
        assert writer.open_pair[1] not in members or members.issuperset(writer.open_pair)
