"""RFC 4533 over LDAP: a stock slapd follows a tenant, and what a consumer may do besides."""

import json
import os
import random
import signal
import sys
import uuid

import pytest

from conftest import short_folder
from muster import TOP, Sandbox, run, wait_until
from replica import OWN, Replica

sys.path.insert(0, str(TOP / "tests/ldap"))
import ldapraw as raw  # noqa: E402

CHANGES = int(os.environ.get("MUSTER_SYNC_CHANGES", "400"))
SEED = int(os.environ.get("MUSTER_SYNC_SEED", "4533"))


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
    company = Company(tenant, SEED)
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


def test_a_slapd_that_polls_is_equal(own_sandbox, folder):
    company = Company(own_sandbox.acme, 9090)
    company.begin()
    with Replica(folder + "/replica", own_sandbox.acme, mode="refreshOnly") as replica:
        for _ in range(4):
            for _ in range(30):
                company.change()
            replica.wait_equal()


# ---- consumers of our own ----

REQUEST, STATE, DONE = (f"1.3.6.1.4.1.4203.1.9.1.{n}" for n in (1, 2, 3))
PRESENT, ADD, MODIFY, DELETE = range(4)
REFRESH_REQUIRED = 4096
NEW_COOKIE, REFRESH_DELETE, REFRESH_PRESENT, ID_SET = 0x80, 0xa1, 0xa2, 0xa3


class Consumer:
    """Keeps a copy by the rules of RFC 4533 and remembers what it was told."""

    def __init__(self, tenant, filter=raw.ANY, base=None, scope=2, attributes=("*", "+")):
        self.tenant, self.filter, self.scope = tenant, filter, scope
        self.base, self.attributes = base or tenant.base_dn, attributes
        self.copy, self.cookie, self.told, self.seen = {}, None, [], set()
        self.references = {}
        self.code = self.refreshed = None
        self.connection = self.asker = self.number = None

    def connect(self, dn=None, password=None):
        host, port = self.tenant.sandbox.values["LDAP_URI"][len("ldap://"):].split(":")
        self.connection = raw.Conn(host, int(port))
        self.connection.send(raw.msg(1, raw.bind(dn or self.tenant.bind_dn,
                                                 password or self.tenant.bind_pw)))
        assert self.connection.recv().code == 0
        self.number = 1
        return self

    def close(self):
        self.connection.s.close()

    def request(self, mode, cookie=None, controls=(), size=0):
        if not self.connection:
            self.connect()
        self.number += 1
        self.code, self.refreshed, self.seen = None, False, set()
        cookie = self.cookie if cookie is None else cookie
        value = raw.seq(raw.e_(mode), raw.o_(cookie) if cookie else b"")
        self.connection.send(raw.msg(
            self.number, raw.search(self.base, self.scope, self.filter, self.attributes, size=size),
            [raw.ctl(REQUEST, True, value), *controls]))
        return self.number

    def poll(self, cookie=None, **more):
        self.told = []
        self.request(1, cookie, **more)
        self.read(lambda: self.code is not None)
        return self

    def persist(self, cookie=None, **more):
        self.told = []
        self.request(3, cookie, **more)
        self.read(lambda: self.refreshed or self.code is not None)
        return self

    def read(self, until, timeout=60):
        while not until():
            reply = self.connection.recv(timeout)
            assert isinstance(reply, raw.Reply), reply
            if reply.mid == self.number:
                self.take(reply)

    def take(self, reply):
        controls = dict(reply.ctrls)
        if reply.op == "Entry":
            self.take_entry(reply, raw.kids(raw.rd(controls[STATE])[1]))
        elif reply.op == "Ref":
            state = raw.kids(raw.rd(controls[STATE])[1])
            self.references[uuid.UUID(bytes=state[1][1])] = reply.refs
        elif reply.op == "Intermediate":
            self.take_info(*raw.rd(reply.val)[:2])
        else:
            self.code = reply.code
            if DONE in controls:
                parts = raw.kids(raw.rd(controls[DONE])[1])
                self.end_refresh(parts, any(v == b"\xff" for t, v in parts if t == 1))

    def take_entry(self, reply, state):
        kind, who = state[0][1][0], uuid.UUID(bytes=state[1][1])
        self.told.append((kind, reply.dn))
        self.seen.add(who)
        if kind in (ADD, MODIFY):
            # Names are free before others take them.
            assert all(dn != reply.dn.lower() or other == who
                       for other, (dn, _) in self.copy.items()) or not self.refreshed
            self.copy[who] = (reply.dn.lower(), {name.lower(): sorted(values)
                                                 for name, values in reply.attrs.items()})
        elif kind == DELETE:
            assert not reply.attrs
            self.copy.pop(who, None)
        if len(state) > 2:
            self.take_cookie(state[2][1])

    def take_cookie(self, cookie):
        self.cookie = cookie.decode()

    def take_info(self, tag, value):
        self.told.append((tag, None))
        if tag == NEW_COOKIE:
            self.take_cookie(value)
            return
        parts = raw.kids(value)
        if tag == ID_SET:
            self.seen |= {uuid.UUID(bytes=who) for _, who in raw.kids(parts[-1][1])}
        else:
            self.end_refresh(parts, tag == REFRESH_DELETE)
            self.refreshed = True

    def end_refresh(self, parts, deletes):
        cookies = [value for tag, value in parts if tag == 4]
        if cookies:
            self.take_cookie(cookies[0])
        if not deletes and self.code in (None, 0) and not self.refreshed:
            self.copy = {who: self.copy[who] for who in self.copy if who in self.seen}

    def entries(self):
        return {dn: {name: values for name, values in entry.items() if name not in OWN}
                for dn, entry in self.copy.values()}

    def ask(self, operation):
        """On another connection, which is kept as long as it is good for it."""
        for fresh in (not self.asker, True):
            if fresh:
                self.asker = raw.Conn(*self.connection.s.getpeername()[:2])
                self.asker.rpc(raw.bind(self.tenant.bind_dn, self.tenant.bind_pw))
            answers = self.asker.rpc(operation)
            if not isinstance(answers[-1], str) and answers[-1].code == 0:
                return [reply for reply in answers if reply.op == "Entry"]
        raise AssertionError(answers[-1])

    def search(self):
        """What a search answers to the same question."""
        return {reply.dn.lower(): {name.lower(): sorted(values) for name, values
                                   in reply.attrs.items() if name.lower() not in OWN}
                for reply in self.ask(raw.search(self.base, self.scope, self.filter,
                                                 self.attributes))}

    def is_equal(self):
        return self.entries() == self.search()

    def catch_up(self):
        """Until it has been told of what was committed before."""
        entry, = self.ask(raw.search(self.tenant.base_dn, 0, raw.ANY, ("contextCSN",)))
        newest = entry.attrs["contextCSN"][0].decode()
        self.read(lambda: self.cookie.rpartition("=")[2] >= newest)
        return self

    def kinds(self):
        return [kind for kind, dn in self.told if dn is not None]


@pytest.fixture
def company(own_sandbox):
    made = Company(own_sandbox.acme, 77)
    made.begin()
    return made


def test_polls_at_any_moment_equal_a_search(company):
    tenant = company.tenant
    crew = company.groups[company.group()]
    member_of = raw.eq("memberOf", f"cn={crew},ou=groups,{tenant.base_dn}".replace(", ", r"\, "))
    consumers = [Consumer(tenant), Consumer(tenant, raw.eq("musterActive", "TRUE")),
                 Consumer(tenant, raw.sub("title", (0x80, "No"))), Consumer(tenant, member_of),
                 Consumer(tenant, base="ou=groups," + tenant.base_dn),
                 Consumer(tenant, raw.Not(raw.pr("memberOf")), scope=1,
                          base="ou=people," + tenant.base_dn)]
    for _ in range(25):
        for _ in range(company.dice.randrange(1, 12)):
            company.change()
        for consumer in company.dice.sample(consumers, 3):
            assert consumer.poll().code == 0
            assert consumer.is_equal(), consumer.told
            consumer.close()
            consumer.connection = None


def test_persistent_searches_follow_and_equal_a_search(company):
    tenant = company.tenant
    consumers = [Consumer(tenant).persist(), Consumer(tenant, raw.eq("musterActive", "FALSE")).persist(),
                 Consumer(tenant, base="ou=groups," + tenant.base_dn).persist()]
    idle = company.done(company.scim.create_user("idle", active=False), 201)["id"]
    team = company.done(company.scim.create_group("team"), 201)["id"]
    told = [company.edit, lambda: company.replace("/Users/" + idle, "title", f"T{company.made}"),
            lambda: company.replace("/Groups/" + team, "displayName", f"team {company.made}")]
    for n in range(8):
        for _ in range(15):
            company.change()
        for consumer, tell in zip(consumers, told):
            # Who is told of nothing gets a cookie after a second or two: that is for the last time.
            if n < 7:
                tell()
            assert consumer.catch_up().is_equal()
    assert company.tenant.sandbox.metric("muster_ldap_persistent_searches") == 3
    for consumer in consumers:
        consumer.close()
    wait_until(lambda: tenant.sandbox.metric("muster_ldap_persistent_searches") == 0)


def test_a_poll_sends_what_changed_and_nothing_else(company):
    consumer = Consumer(company.tenant).poll()
    assert set(consumer.kinds()) == {ADD}
    assert consumer.told[0] == (ADD, company.tenant.base_dn), "parents come first"
    assert consumer.poll().told == []
    company.edit()
    assert consumer.poll().kinds() == [ADD]
    cookie = consumer.cookie
    name = company.fire()
    assert (DELETE, company.tenant.user_dn(name)) in consumer.poll().told
    assert Consumer(company.tenant).poll(cookie).told == consumer.told, "a cookie is good again"


def test_cookies_that_lead_nowhere_bring_the_whole_content(company):
    tenant = company.tenant
    consumer = Consumer(tenant).poll()
    known, whole = consumer.cookie, len(consumer.copy)
    other = Consumer(tenant.sandbox.globex).poll().cookie
    head, csn = known.split("csn=")
    for cookie in ("rid=001", "garbage", "\0\xff", "rid=1000,csn=" + csn, head + "csn=x",
                   head + "csn=2" + csn[1:4].replace("0", "1") + csn[4:],
                   head + "csn=" + csn.replace("#000#", "#001#"), other,
                   head + "csn=19700101000000.000001Z#000000#000#000000",
                   head + "csn=99991231235959.999999Z#000000#000#000000", "rid=1," * 500):
        again = Consumer(tenant).poll(cookie)
        assert (again.code, len(again.copy)) == (0, whole), cookie
        assert again.cookie.endswith(csn)
    assert Consumer(tenant).poll(known).told == []
    # Others' CSNs beside ours do no harm.
    several = f"rid=009,sid=004,csn={csn.replace('#000#', '#003#')};{csn}"
    assert Consumer(tenant).poll(several).told == []


def test_a_cookie_from_before_a_restored_backup_brings_the_whole_content(company, tmp_path):
    sandbox = company.tenant.sandbox
    consumer = Consumer(company.tenant).poll()
    sandbox.muster("backup", tmp_path / "copy")
    early = consumer.cookie
    for _ in range(10):
        company.change()
    consumer.poll()
    sandbox.stop()
    run("rm", "-rf", sandbox.folder / "data")
    (tmp_path / "copy").rename(sandbox.folder / "data")
    sandbox.start()
    consumer.connect().poll()
    assert consumer.code == 0 and consumer.is_equal()
    assert set(consumer.kinds()) == {ADD}
    again = Consumer(company.tenant)
    assert again.poll(early).told == []


def test_what_leaves_and_enters_a_filter_is_deleted_and_added(company):
    who, other = list(company.people)[:2]
    consumer = Consumer(company.tenant, raw.eq("title", "chief")).persist()
    assert consumer.copy == {}
    dn = company.tenant.user_dn(company.people[who])
    for path, value, kind in (("title", "chief", ADD), ("nickName", "Chiefy", MODIFY),
                              ("title", "indian", DELETE)):
        consumer.told = []
        company.replace("/Users/" + who, path, value)
        consumer.read(lambda: consumer.kinds())
        assert consumer.told == [(kind, dn)]
    consumer.told = []
    company.replace("/Users/" + other, "nickName", "Nobody")
    company.replace("/Users/" + other, "title", "chief")
    consumer.read(lambda: consumer.kinds())
    assert consumer.kinds() == [ADD], "what was never in the content is not told of"


def test_members_come_and_go_at_both_ends(company):
    who = company.person()
    group = company.done(company.scim.create_group("both ends"), 201)["id"]
    consumer = Consumer(company.tenant).persist()
    for op in ({"op": "add", "path": "members", "value": [{"value": who}]},
               {"op": "remove", "path": f'members[value eq "{who}"]'}):
        consumer.told = []
        company.done(company.scim.patch("/Groups/" + group, op))
        consumer.read(lambda: len(consumer.kinds()) == 2)
        assert {dn for _, dn in consumer.told} >= {company.tenant.user_dn(company.people[who])}
        assert consumer.is_equal()


def test_a_persistent_search_ends_by_cancel_and_by_abandon(company):
    consumer = Consumer(company.tenant).persist()
    number, connection = consumer.number, consumer.connection
    connection.send(raw.msg(90, raw.extop(raw.CANCEL, raw.seq(raw.i_(number)))))
    answers = [connection.recv(), connection.recv()]
    assert sorted((a.mid, a.code) for a in answers) == [(number, 118), (90, 0)]
    for about, code in ((number, 119), (4711, 119), (91, 121)):
        connection.send(raw.msg(91, raw.extop(raw.CANCEL, raw.seq(raw.i_(about)))))
        assert connection.recv().code == code
    for value in (None, b"", raw.seq(), raw.seq(raw.o_("1")), raw.seq(raw.i_(-1)),
                  raw.seq(raw.i_(1)) + b"x"):
        connection.send(raw.msg(92, raw.extop(raw.CANCEL, value)))
        assert connection.recv().code == 2
    consumer.number = 200
    consumer.persist(consumer.cookie)
    connection.send(raw.msg(93, raw.abandon(consumer.number)))
    wait_until(lambda: company.tenant.sandbox.metric("muster_ldap_persistent_searches") == 0)
    company.edit()
    connection.send(raw.msg(94, raw.extop(raw.WHOAMI)))
    assert connection.recv().mid == 94


def test_a_bind_ends_persistent_searches(company):
    consumer = Consumer(company.tenant).persist()
    consumer.connection.send(raw.msg(95, raw.bind(company.tenant.bind_dn, company.tenant.bind_pw)))
    assert (consumer.connection.recv().mid, consumer.connection.recv(0.01)) == (95, None)
    wait_until(lambda: company.tenant.sandbox.metric("muster_ldap_persistent_searches") == 0)


def test_other_operations_go_on_beside_persistent_ones_up_to_the_limit(company):
    consumer = Consumer(company.tenant).connect()
    for _ in range(16):
        consumer.persist()
        assert consumer.refreshed
    assert consumer.persist().code == 11
    consumer.connection.send(raw.msg(96, raw.search(company.tenant.base_dn, 0)))
    assert [consumer.connection.recv().op for _ in range(2)] == ["Entry", "Done"]


def test_who_may_not_see_any_more_is_sent_away(own_sandbox, company):
    made = own_sandbox.muster("service", "create", "acme", "follower", "--permission", "users.view",
                              "--json")
    password = json.loads(made.stdout)["password"]
    dn = "cn=follower,ou=services," + company.tenant.base_dn
    consumer = Consumer(company.tenant).connect(dn, password).persist()
    assert consumer.refreshed and not any("ou=groups" in dn for dn in consumer.entries()
                                          if not dn.startswith("ou="))
    own_sandbox.muster("service", "edit", "acme", "follower", "--permission", "users.view",
                       "--permission", "groups.view")
    consumer.read(lambda: consumer.code is not None)
    assert consumer.code == REFRESH_REQUIRED
    cookie = consumer.cookie
    consumer.persist(cookie)
    assert any(dn.startswith("cn=") and ",ou=groups," in dn for dn in consumer.entries())
    own_sandbox.muster("service", "delete", "acme", "follower")
    consumer.read(lambda: consumer.code is not None)
    assert consumer.code == 50


def test_a_suspended_tenant_ends_its_persistent_searches(own_sandbox, company):
    consumer = Consumer(company.tenant).persist()
    other = Consumer(own_sandbox.globex).persist()
    own_sandbox.muster("tenant", "suspend", "acme")
    consumer.read(lambda: consumer.code is not None)
    assert consumer.code == 50
    assert other.code is None
    own_sandbox.muster("tenant", "resume", "acme")
    assert Consumer(company.tenant).poll(consumer.cookie).code == 0


def test_a_server_that_stops_ends_them(company):
    consumer = Consumer(company.tenant).persist()
    company.tenant.sandbox.stop()
    consumer.read(lambda: consumer.code is not None)
    assert consumer.code == 52


def test_a_consumer_that_does_not_read_lags_and_holds_nobody_up(company):
    slow = Consumer(company.tenant).persist()
    quick = Consumer(company.tenant).persist()
    for _ in range(150):
        company.replace("/Users/" + company.person(), "title", "x" * 4000)
        company.change()
    assert quick.catch_up().is_equal()
    assert slow.catch_up().is_equal()


def test_a_base_that_goes_ends_the_search(company):
    who = company.person()
    consumer = Consumer(company.tenant, base=company.tenant.user_dn(company.people[who]), scope=0)
    consumer.persist()
    company.done(company.scim.ask("DELETE", "/Users/" + who), 204)
    consumer.read(lambda: consumer.code is not None)
    assert consumer.code == 32


def test_what_cannot_be_synchronized_is_refused(company):
    tenant = company.tenant
    paged = raw.ctl(raw.PAGED, False, raw.seq(raw.i_(5), raw.o_("")))
    assert Consumer(tenant).poll(controls=[paged]).code == 53
    assert Consumer(tenant, base="cn=Subschema", scope=0).poll().code == 53
    assert Consumer(tenant, base="ou=nowhere," + tenant.base_dn).poll().code == 32
    assert Consumer(tenant, base=tenant.sandbox.globex.base_dn).poll().code == 32
    assert Consumer(tenant).poll(size=3).code == 4
    consumer = Consumer(tenant).connect()
    for value in (b"", raw.seq(), raw.seq(raw.e_(2)), raw.seq(raw.e_(1)) + b"x", raw.seq(raw.i_(1))):
        consumer.connection.send(raw.msg(70, raw.search(tenant.base_dn),
                                         [raw.ctl(REQUEST, False, value)]))
        assert consumer.connection.recv().code == 2


POINTERS = """dn: cn=other boss,ou=people,o=acme,dc=idp,dc=test
objectClass: alias
objectClass: extensibleObject
cn: other boss
aliasedObjectName: uid=alice,ou=people,o=acme,dc=idp,dc=test

dn: ou=far away,o=acme,dc=idp,dc=test
objectClass: referral
objectClass: extensibleObject
ou: far away
ref: ldap://127.0.0.1:1/ou=far,dc=other
"""


def test_aliases_and_referrals_belong_to_the_content(folder, tmp_path):
    box = Sandbox(folder + "/box")
    box.start("--suffix", "dc=idp,dc=test", "--load", TOP / "tests/ldap/tree.ldif")
    base = box.acme.base_dn
    manage = raw.ctl("2.16.840.1.113730.3.4.2")
    try:
        managing = Consumer(box.acme).persist(controls=[manage])
        plain = Consumer(box.acme).persist()
        assert {"ou=elsewhere," + base, "cn=boss,ou=people," + base} <= set(managing.entries())
        assert managing.entries()["ou=elsewhere," + base]["ref"]
        assert "ou=elsewhere," + base not in plain.entries()
        assert len(plain.references) == 1
        (tmp_path / "pointers.ldif").write_text(POINTERS, encoding="utf-8")
        box.muster("load", tmp_path / "pointers.ldif")
        managing.catch_up()
        plain.catch_up()
        assert {"ou=far away," + base, "cn=other boss,ou=people," + base} <= set(managing.entries())
        assert (len(plain.references), plain.is_equal()) == (2, True)
        again = Consumer(box.acme).poll(plain.cookie)
        assert again.told == []
        with Replica(folder + "/replica", box.acme) as replica:
            assert "cn=other boss,ou=people," + base in replica.wait_equal()
    finally:
        box.stop()


def test_dereferencing_while_searching_is_refused(company):
    consumer = Consumer(company.tenant).connect()
    value = raw.seq(raw.e_(1))
    for deref, code in ((0, 0), (1, 2), (2, 0), (3, 2)):
        consumer.number += 1
        consumer.code = None
        consumer.connection.send(raw.msg(consumer.number, raw.search(
            company.tenant.base_dn, deref=deref), [raw.ctl(REQUEST, True, value)]))
        consumer.read(lambda: consumer.code is not None)
        assert consumer.code == code
