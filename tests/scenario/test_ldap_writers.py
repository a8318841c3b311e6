"""Many who write at once: by LDAP, SCIM and the API beside each other, and with a kill in between.
What each was told is what is there."""

import os
import random
import threading

import ldap
import pytest

from conftest import short_folder
from muster import Sandbox, wait_until

SEED = int(os.environ.get("MUSTER_SEED", "4525"))
WRITES = 2000
PEOPLE = 24
CYCLES = 5
GONE = (ldap.SERVER_DOWN, ldap.CONNECT_ERROR, ldap.UNAVAILABLE, ldap.TIMEOUT)


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder:
        running = Sandbox(folder + "/box").start()
        yield running
        running.stop()


class Writer(threading.Thread):
    """Writes at random to people whom all share, each kind of writer to attributes of its own, and
    has some of them in a group that all share. The model is what was acknowledged."""

    def __init__(self, tenant, seed, shared, group, writes):
        super().__init__(daemon=True)
        self.tenant, self.dice = tenant, random.Random(seed)
        self.shared, self.group, self.left = shared, group, writes
        self.model, self.members, self.failure = {}, set(), None
        self.seed = seed

    def run(self):
        try:
            self.open()
            for _ in range(self.left):
                self.step(self.dice.choice(self.shared))
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = repr(failure)

    def step(self, name):
        value = f"{self.word} {self.dice.randrange(1000)}"
        if self.dice.random() < 0.25 and name in self.own():
            join = name not in self.members
            self.join_or_leave(name, join)
            (self.members.add if join else self.members.discard)(name)
        else:
            self.set(name, value)
            self.model[name] = value

    def own(self):
        """Whom this one alone lets into the group."""
        return self.shared[self.place::2]


class LdapWriter(Writer):
    word, place = "ldap", 0

    def open(self):
        self.connection = self.tenant.bind(self.tenant.user_dn("boss"), "Sommer-2026-x")

    def set(self, name, value):
        self.connection.modify_s(self.tenant.user_dn(name),
                                 [(ldap.MOD_REPLACE, "title", [value.encode()]),
                                  (ldap.MOD_REPLACE, "description", [value.encode(), b"both"])])

    def join_or_leave(self, name, join):
        self.connection.modify_s(f"cn=all,ou=groups,{self.tenant.base_dn}", [
            (ldap.MOD_ADD if join else ldap.MOD_DELETE, "member",
             [self.tenant.user_dn(name).encode()])])


class ScimWriter(Writer):
    word, place = "scim", 1

    def open(self):
        self.client = self.tenant.scim()
        self.ids = {user["userName"]: user["id"]
                    for user in self.client.get("/Users?count=200").body["Resources"]}

    def set(self, name, value):
        answer = self.client.patch(f"/Users/{self.ids[name]}",
                                   {"op": "replace", "path": "nickName", "value": value})
        assert answer.status in (200, 204), answer.octets

    def join_or_leave(self, name, join):
        operation = {"op": "add", "path": "members", "value": [{"value": self.ids[name]}]} if join \
            else {"op": "remove", "path": f'members[value eq "{self.ids[name]}"]'}
        answer = self.client.patch(f"/Groups/{self.group}", operation)
        assert answer.status in (200, 204), answer.octets


class ApiWriter(Writer):
    word = "api"

    def open(self):
        self.client = self.tenant.api("users.view", "users.edit")

    def set(self, name, value):
        answer = self.client.ask("PATCH", f"/tenants/{self.tenant.name}/users/{name}",
                                 {"department": value})
        assert answer.status == 204, answer.octets

    def own(self):
        """The API does not write groups."""
        return []


def prepare(box):
    tenant = box.new_tenant()
    secret = box.folder / "boss.password"
    secret.write_text("Sommer-2026-x\n")
    secret.chmod(0o600)
    box.muster("user", "create", tenant.name, "boss", "--name", "Boss", "--email", "boss@x.test",
               "--role", "Admin", "--password-file", secret)
    admin = tenant.bind(tenant.user_dn("boss"), "Sommer-2026-x")
    shared = [f"p{n}" for n in range(PEOPLE)]
    for name in shared:
        admin.add_s(tenant.user_dn(name), [("objectClass", [b"inetOrgPerson"]),
                                           ("cn", [name.encode()]), ("sn", [name.encode()])])
    admin.add_s(f"cn=all,ou=groups,{tenant.base_dn}",
                [("objectClass", [b"groupOfNames"]), ("cn", [b"all"])])
    group = tenant.scim().find("Groups", 'displayName eq "all"').body["Resources"][0]["id"]
    return tenant, admin, shared, group


def test_three_doors_write_beside_each_other_and_nothing_is_lost(box):
    print(f"MUSTER_SEED={SEED}")
    tenant, admin, shared, group = prepare(box)
    writers = [make(tenant, SEED + n, shared, group, WRITES // 5)
               for n, make in enumerate((LdapWriter, ScimWriter, ApiWriter))]
    # Two more by LDAP, which change the same attributes of people of their own.
    for n in (3, 4):
        own = [f"own{n}x{i}" for i in range(6)]
        for name in own:
            admin.add_s(tenant.user_dn(name), [("objectClass", [b"inetOrgPerson"]),
                                               ("cn", [name.encode()]), ("sn", [b"x"])])
        writers.append(LdapWriter(tenant, SEED + n, own, group, WRITES // 5))
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(300)
        assert not writer.is_alive()
        assert writer.failure is None, f"seed {writer.seed}: {writer.failure}"
    found = dict(admin.search_s(f"ou=people,{tenant.base_dn}", ldap.SCOPE_ONELEVEL))
    nicks = {user["userName"]: user.get("nickName")
             for user in tenant.scim().get("/Users?count=200").body["Resources"]}
    for writer in writers:
        for name, value in writer.model.items():
            entry = found[tenant.user_dn(name)]
            if writer.word == "scim":
                assert nicks[name] == value
            else:
                attribute = {"ldap": "title", "api": "departmentNumber"}[writer.word]
                assert entry[attribute] == [value.encode()]
            if writer.word == "ldap":
                assert sorted(entry["description"]) == sorted([value.encode(), b"both"])
    members = {tenant.user_dn(name).encode() for writer in writers for name in writer.members}
    entry = admin.search_s(f"cn=all,ou=groups,{tenant.base_dn}", ldap.SCOPE_BASE)[0][1]
    assert set(entry.get("member", [])) == members
    box.verify()


class Mortal(threading.Thread):
    """Adds, changes, renames and deletes until the daemon goes; `sure` is what was acknowledged of
    each, None: deleted. `open`: whose last request was not answered."""

    def __init__(self, tenant, name):
        super().__init__(daemon=True)
        self.tenant, self.name, self.sure, self.open = tenant, name, {}, None
        self.surprise = None

    def run(self):
        try:
            connection = self.tenant.bind(self.tenant.admin_dn, self.tenant.admin_pw)
            for n in range(100000):
                self.step(connection, f"{self.name}n{n}")
        except GONE:
            pass
        except ldap.LDAPError as surprise:
            self.surprise = repr(surprise)

    def step(self, connection, name):
        dn = self.tenant.user_dn(name)
        self.say(name, "0", connection.add_s, dn, [
            ("objectClass", [b"inetOrgPerson"]), ("cn", [b"0"]), ("sn", [b"0"]), ("title", [b"0"])])
        self.say(name, "1", connection.modify_s, dn, [(ldap.MOD_REPLACE, "cn", [b"1"]),
                                                      (ldap.MOD_REPLACE, "title", [b"1"])])
        if len(self.sure) % 3 == 0:
            self.say(name, None, connection.delete_s, dn)

    def say(self, name, version, call, *arguments):
        self.open = name
        call(*arguments)
        self.sure[name] = version
        self.open = None


def test_each_acknowledged_write_outlives_a_kill(box):
    written = 0
    for cycle in range(CYCLES):
        writers = [Mortal(box.acme, f"k{cycle}w{n}") for n in range(3)]
        for writer in writers:
            writer.start()
        wait_until(lambda: sum(len(writer.sure) for writer in writers) > 30, 60, "writes")
        box.kill()
        for writer in writers:
            writer.join(120)
        box.start()
        admin = box.acme.bind(box.acme.admin_dn, box.acme.admin_pw)
        for writer in writers:
            assert writer.surprise is None
            written += len(writer.sure)
            check(admin, box.acme, writer)
        box.verify()
    assert written > CYCLES * 30


def check(admin, tenant, writer):
    for name, version in writer.sure.items():
        found = admin.search_s(f"ou=people,{tenant.base_dn}", ldap.SCOPE_ONELEVEL, f"(uid={name})",
                               ["cn", "title"])
        if name != writer.open:
            assert bool(found) == (version is not None), name
        for _, entry in found:
            assert entry["cn"] == entry["title"], f"{name} is there by half"
            assert name == writer.open or entry["title"] == [version.encode()]
