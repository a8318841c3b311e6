"""Hostile and clumsy LDAP clients: group A of the abuse cases, as far as this door goes."""

import os
import resource
import select
import selectors
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest

from conftest import short_folder
from muster import TOP, Sandbox, wait_until

sys.path.insert(0, str(TOP / "tests/ldap"))
from ldapraw import (ANY, And, Conn, Not, Or, PAGED, Reply, WHOAMI, abandon, add, b_, bind, compare, ctl,  # noqa: E402
                     delete, e_, eq, ext, extop, i_, kids, modify, modrdn, msg, o_, pr, rd, sasl,
                     search, seq, sub, tlv, unbind)

PEOPLE = 3000
NOTICE = "1.3.6.1.4.1.1466.20036"
SUCCESS = b"\x65\x07\x0a\x01\x00\x04\x00\x04\x00"
EVERYBODY = "ou=people,o=acme,dc=muster,dc=internal"


def person(n):
    dn = f"uid=p{n},ou=people,o=acme,dc=muster,dc=internal"
    return f"dn: {dn}\nobjectClass: inetOrgPerson\nuid: p{n}\ncn: Person {n}\nsn: P{n}\n" \
        f"mail: p{n}@acme.test\n\n"


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder:
        with open(folder + "/people.ldif", "w", encoding="utf-8") as f:
            f.writelines(person(n) for n in range(PEOPLE))
            f.write(person("alice"))
        sandbox = Sandbox(folder + "/box").start("--load", folder + "/people.ldif")
        yield sandbox
        sandbox.stop()


class Client(Conn):
    """A raw connection to the plain port; bound as the tenant's service account on request."""

    def __init__(self, box, tenant=None, **more):
        super().__init__("127.0.0.1", int(box.values["LDAP_URI"].rpartition(":")[2]), **more)
        if tenant:
            self.bind(tenant.bind_dn, tenant.bind_pw)

    def bind(self, dn, password):
        answer = self.rpc(bind(dn, password))
        assert answer[-1].code == 0, answer[-1]

    def whoami(self):
        return self.rpc(extop(WHOAMI))[-1].val or b""

    def ask(self, operation, controls=None):
        """Entries and the final answer."""
        answers = self.rpc(operation, controls)
        assert not isinstance(answers[-1], str), answers
        return answers[:-1], answers[-1]

    def code(self, operation, controls=None):
        return self.ask(operation, controls)[1].code


@pytest.fixture
def client(box):
    connection = Client(box, box.acme)
    yield connection
    connection.close()


def assert_disconnected(connection, code=2):
    notice = connection.recv()
    assert notice.mid == 0 and notice.code == code and notice.oid == NOTICE, notice
    assert connection.recv() in ("EOF", "RST")


@pytest.mark.parametrize("octets", [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",                      # A1
    b"\x30\x84\xff\xff\xff\xff", b"\x30\x84\x7f\xff\xff\xff",  # A2
    b"\x30\x85", b"\x30\x89", b"\x30\x80",                     # A3, A4
    msg(0, unbind()), msg(-1, search("", 0)), msg(1 << 31, search("", 0)),
    seq(o_("", 2), unbind()), seq(o_(b"\0" * 8 + b"\1", 2), unbind()),   # A6, A7
    msg(1, tlv(0x7e, i_(1))), msg(1, tlv(0x61, b"")), msg(1, tlv(0x64, b"")),
    msg(1, tlv(0x65, b"")), msg(1, tlv(0x78, b"")),            # A8
    b"\x30\x05\x02\x01\x01\x42\x01", b"\x30\x06\x02\x01\x01\x42\x00\x00",  # A9
    msg(1, search("", 0, eq("cn", "x" * 300000))),             # A10
    msg(1, search("", 0), [ctl(f"1.2.{n}") for n in range(33)]),  # A31
], ids=lambda octets: octets[:8].hex())
def test_what_is_no_message_ends_the_connection(box, octets):
    connection = Client(box)
    connection.send(octets)
    assert_disconnected(connection)


def test_long_form_lengths_of_a_good_message_are_accepted(box):
    tag, body, _ = rd(msg(1, bind()))
    connection = Client(box)
    connection.send(bytes([tag, 0x84]) + len(body).to_bytes(4, "big") + body)
    assert connection.recv().code == 0


@pytest.mark.parametrize("request_, code", [
    (bind("uid=palice,ou=people,o=acme,dc=muster,dc=internal", "x", ver=2), 2),
    (bind("uid=palice,ou=people,o=acme,dc=muster,dc=internal", "x", ver=4), 2),
    (bind("", auth=sasl("GSSAPI")), 7), (bind("", auth=sasl("", b"x" * 65536)), 7),
    (bind("uid=palice,ou=people,o=acme,dc=muster,dc=internal", ""), 53),
    (bind(b"uid=a\0b,ou=people,o=acme,dc=muster,dc=internal", "x"), 34),
    (bind(b"uid=\xc0\xaf,ou=people,o=acme,dc=muster,dc=internal", "x"), 34),
    (bind(",".join(["cn=x"] * 10000), "x"), 34),
    (bind("uid=a+cn=b,ou=people,o=acme,dc=muster,dc=internal", "x"), 49),
    (bind("uid=a\\2cdc\\3dx,ou=people,o=acme,dc=muster,dc=internal", "x"), 49),
    (bind("o=acme,dc=muster,dc=internal", "x"), 49), (bind("dc=elsewhere", "x"), 49),
])
def test_binds_that_cannot_be(box, request_, code):
    """A11 to A13, A18, A19: the connection stays, anonymous."""
    connection = Client(box, box.acme)
    answer = connection.rpc(request_)[-1]
    assert (answer.code, answer.matched) == (code, "")
    assert connection.whoami() == b""


def test_a_wrong_password_an_unknown_name_and_a_foreign_one_get_the_same_octets(box):
    answers = set()
    for dn in (box.acme.admin_dn, box.acme.user_dn("nobody"), box.acme.user_dn("palice"),
               box.globex.admin_dn, "uid=x,ou=people,o=nosuch,dc=muster,dc=internal"):
        connection = Client(box)
        answers.add(connection.rpc(bind(dn, "wrong"))[-1].raw)
    assert len(answers) == 1


def test_anonymous_sees_the_root_and_the_subschema_only(box):
    connection = Client(box)
    assert connection.code(bind()) == 0
    assert connection.code(search("", 0)) == 0
    assert connection.code(search("cn=Subschema", 0)) == 0
    for base in ("dc=muster,dc=internal", box.acme.base_dn, box.acme.admin_dn):
        assert connection.code(search(base, 2)) == 50
    assert connection.code(compare(box.acme.admin_dn, "cn", "x")) == 50


def nested(depth):
    f = eq("uid", "p1")
    for _ in range(depth - 1):
        f = Not(f)
    return f


@pytest.mark.parametrize("filter_, code", [
    (nested(32), 0), (nested(33), 53), (nested(200), 53), (nested(20000), 53),     # A20
    (Or(*[eq("uid", f"p{n}") for n in range(255)]), 0),
    (Or(*[eq("uid", f"p{n}") for n in range(10000)]), 11),                          # A21
    (sub("cn", (0x81, "")), 2), (sub("cn", (0x80, "a"), (0x80, "b")), 2),           # A22
    (sub("cn", (0x82, "a"), (0x81, "b")), 2), (tlv(0xa4, o_("cn"), seq()), 2),
    (ext("nosuchrule", "cn", "x"), 18), (ext(None, None, "x"), 2),                  # A24
    (tlv(0xa3, o_("cn")), 2), (b"\xa3\x20\x04", 2),
])
def test_filters_beyond_the_limits(client, filter_, code):
    assert client.code(search(EVERYBODY, 2, filter_, ("1.1",))) == code


@pytest.mark.parametrize("filter_, found", [
    (And(eq("uid", "p1"), And()), 1), (Or(), 0),                                    # A23
    (eq("nosuch", "x"), 0), (Not(eq("nosuch", "x")), 0), (Or(eq("nosuch", "x"), eq("uid", "p1")), 1),
    (pr("userPassword"), 0), (sub("userPassword", (0x80, "{ARGON2}")), 0),          # A25
    (Or(eq("uid", "p1"), pr("userPassword")), 1), (Not(pr("userPassword")), 0),
    (eq("member", "not-a-dn"), 0), (eq("uid", b"p\0001"), 0),
])
def test_undefined_is_neither_true_nor_false(client, filter_, found):
    entries, done = client.ask(search(EVERYBODY, 2, filter_, ("uid",)))
    assert (len(entries), done.code) == (found, 0)


def test_secrets_are_never_returned(box, client):
    entries, _ = client.ask(search(box.acme.admin_dn, 0, ANY, ("*", "+", "userPassword")))
    assert not any("password" in name.lower() for name in entries[0].attrs)
    assert client.code(search(box.acme.admin_dn, 0, ANY, ["userPassword"] * 1001)) == 11
    assert client.code(search(box.acme.admin_dn, 0, ANY, ["cn"] * 1000)) == 0


@pytest.mark.parametrize("request_", [
    search("", 9), search("", 0, deref=7), search("", 0, size=-1), search("", 0, tm=-1),
    tlv(0x63, o_(""), e_(0), e_(0), i_(0), i_(0), tlv(1, b"\x02"), ANY, seq()),     # A27
])
def test_values_outside_their_range_are_protocol_errors(client, request_):
    assert client.code(request_) == 2


def test_a_size_limit_gives_exactly_that_many(client):
    entries, done = client.ask(search(EVERYBODY, 2, ANY, ("1.1",), size=7))
    assert (len(entries), done.code) == (7, 4)


# ---- paging ----

def page(size, cookie=b"", critical=True):
    return ctl(PAGED, critical, seq(i_(size), o_(cookie)))


def cookie_of(done):
    return kids(rd(dict(done.ctrls)[PAGED])[1])[1][1]


def test_bad_cookies_are_refused(box, client):
    request = search(EVERYBODY, 2, ANY, ("1.1",))
    cookie = cookie_of(client.ask(request, [page(2)])[1])
    forged = bytes([cookie[0] ^ 1]) + cookie[1:]
    for bad in (b"x", b"x" * 22, forged, cookie + b"x"):
        assert client.code(request, [page(2, bad)]) == 53
    other = search(EVERYBODY, 2, pr("cn"), ("1.1",))
    assert client.code(other, [page(2, cookie)]) == 53
    stranger = Client(box, box.globex)
    assert stranger.code(search(box.globex.base_dn, 2, ANY, ("1.1",)), [page(2, cookie)]) == 53
    assert client.code(request, [page(-1)]) == 2
    assert client.code(request, [page(0, cookie)]) == 0


def test_a_walk_goes_on_over_another_connection(box):
    request = search(EVERYBODY, 2, ANY, ("1.1",))
    seen, cookie = [], b""
    while True:
        connection = Client(box, box.acme)
        entries, done = connection.ask(request, [page(500, cookie)])
        connection.close()
        seen += [entry.dn for entry in entries]
        cookie = cookie_of(done)
        if not cookie:
            break
    assert len(seen) == len(set(seen)) == PEOPLE + 3  # alice, the Admin and the container


def test_a_walk_is_complete_while_people_are_deleted(own_sandbox):
    """Those who were there all the time are seen exactly once."""
    scim = own_sandbox.acme.scim()
    ids = {n: scim.create_user(f"w{n}").body["id"] for n in range(120)}
    gone = {n for n in ids if n % 3 == 0}

    def remove():
        other = own_sandbox.acme.scim()
        for n in sorted(gone):
            assert other.ask("DELETE", f"/Users/{ids[n]}").status == 204

    remover = threading.Thread(target=remove)
    connection = Client(own_sandbox, own_sandbox.acme)
    request = search(f"ou=people,{own_sandbox.acme.base_dn}", 2, sub("uid", (0x80, "w")), ("uid",))
    seen, cookie = [], b""
    remover.start()
    while True:
        entries, done = connection.ask(request, [page(5, cookie)])
        seen += [int(entry.attrs["uid"][0][1:]) for entry in entries]
        cookie = cookie_of(done)
        if not cookie:
            break
        time.sleep(0.01)
    remover.join()
    assert len(seen) == len(set(seen))
    assert set(ids) - gone <= set(seen)


# ---- controls, order, volume ----

def test_controls_are_understood_or_refused(client):
    base = EVERYBODY
    assert client.code(search(base, 0), [ctl("1.2.3", True)]) == 12
    assert client.code(search(base, 0), [ctl("1.2.3")]) == 0
    assert client.code(search(base, 0), [ctl("1.2.3"), ctl("1.2.3")]) == 2
    assert client.code(compare(base, "ou", "people"), [page(2)]) == 12
    assert client.code(search(base, 0), [ctl("2.16.840.1.113730.3.4.2", True)]) == 0


def test_abandon_is_never_answered(client):
    client.send(b"".join(msg(1000 + n, abandon(n)) for n in range(10000)))
    assert client.whoami().startswith(b"dn:cn=")


def test_ten_thousand_pipelined_searches_are_all_answered(box, client):
    sender = threading.Thread(target=lambda: client.send(b"".join(
        msg(100 + n, search(box.acme.admin_dn, 0, ANY, ("uid",))) for n in range(10000))))
    sender.start()
    done = {answer.mid for answer in client.drain(10000) if getattr(answer, "tag", 0) == 0x65}
    sender.join()
    assert len(done) == 10000


def test_searches_that_wait_are_bounded_and_all_answered(box):
    """Forty searches of everybody, unread for a while: 32 may run, the others wait unread."""
    connection = Client(box, box.acme)
    connection.send(b"".join(
        msg(100 + n, search(box.acme.base_dn, 2, ANY, ("1.1",))) for n in range(40)))
    time.sleep(0.5)
    answers = connection.drain(40)
    done = [answer for answer in answers if getattr(answer, "tag", 0) == 0x65]
    assert sorted(answer.mid for answer in done) == list(range(100, 140))
    assert all(answer.code == 0 for answer in done)
    entries = [answer for answer in answers if getattr(answer, "tag", 0) == 0x64]
    assert len(entries) % 40 == 0 and len(entries) // 40 > PEOPLE


def test_a_message_id_in_use_ends_the_connection(box):
    connection = Client(box, box.acme)
    everybody = msg(9, search(box.acme.base_dn, 2, ANY, ("1.1",)))
    connection.send(everybody + everybody)
    answers = connection.drain()
    assert answers[-1].oid == NOTICE


def test_an_abandoned_search_ends_early_and_silently(box):
    connection = Client(box, box.acme)
    connection.send(msg(9, search(box.acme.base_dn, 2, ANY, ("1.1",))) + msg(10, abandon(9)) +
                    msg(11, extop(WHOAMI)))
    answers = connection.drain()
    assert answers[-1].mid == 11
    assert len(answers) < PEOPLE
    assert [answer.mid for answer in connection.rpc(extop(WHOAMI), mid=12)] == [12]


def test_binds_are_serial_and_each_answer_is_its_own_identity_s(box):
    """A34: who am I between binds of three accounts, all in one write."""
    accounts = [(box.acme.bind_dn, box.acme.bind_pw), (box.globex.bind_dn, box.globex.bind_pw),
                (box.acme.admin_dn, box.acme.admin_pw), (box.acme.bind_dn, "wrong")]
    requests, expected = b"", {}
    for n in range(40):
        dn, password = accounts[n % len(accounts)]
        requests += msg(2 * n + 1, bind(dn, password)) + msg(2 * n + 2, extop(WHOAMI))
        expected[2 * n + 2] = b"" if password == "wrong" else b"dn:" + dn.encode()
    connection = Client(box)
    connection.send(requests)
    answers = [connection.recv() for _ in range(80)]
    assert [answer.mid for answer in answers] == list(range(1, 81))
    for answer in answers:
        if answer.mid in expected:
            assert (answer.val or b"") == expected[answer.mid]


# ---- isolation, read-only, identity ----

def test_another_tenant_is_no_such_object(box, client):
    absent = client.ask(search("uid=x,ou=people,o=nosuch,dc=muster,dc=internal", 0))[1]
    for dn in (box.globex.base_dn, f"ou=people,{box.globex.base_dn}", box.globex.admin_dn):
        for scope in (0, 1, 2):
            done = client.ask(search(dn, scope))[1]
            assert (done.code, done.matched) == (32, absent.matched)
        assert client.code(compare(dn, "objectClass", "top")) == 32
    assert client.code(compare(box.acme.admin_dn, "userPassword", "x")) == 50


@pytest.mark.parametrize("request_, code", [
    (add("uid=x,ou=people,o=acme,dc=muster,dc=internal", [("cn", ["x"])]), 50),
    (modify("uid=p1,ou=people,o=acme,dc=muster,dc=internal", [(2, "cn", ["x"])]), 50),
    (delete("uid=p1,ou=people,o=acme,dc=muster,dc=internal"), 50),
    (modrdn("uid=p1,ou=people,o=acme,dc=muster,dc=internal", "uid=p2"), 50),
    (extop("1.3.6.1.4.1.4203.1.11.1"), 53),
])
def test_a_service_account_writes_nothing(client, request_, code):
    assert client.code(request_) == code


def test_a_person_sees_the_own_entry_only(box):
    person_ = box.new_tenant()
    scim = person_.scim()
    for name in ("anna", "bert"):
        assert scim.create_user(name, password="Sommer-2026-x").status == 201
    connection = Client(box)
    connection.bind(person_.user_dn("anna"), "Sommer-2026-x")
    entries, done = connection.ask(search(person_.base_dn, 2, pr("uid"), ("uid",)))
    assert ([entry.attrs["uid"] for entry in entries], done.code) == ([[b"anna"]], 0)
    assert connection.code(search(person_.user_dn("bert"), 0)) == 32
    assert connection.code(search(person_.user_dn("anna"), 0)) == 0


def test_who_is_deactivated_loses_the_open_connection(box):
    tenant = box.new_tenant()
    scim = tenant.scim()
    id_ = scim.create_user("anna", password="Sommer-2026-x").body["id"]
    connection = Client(box)
    connection.bind(tenant.user_dn("anna"), "Sommer-2026-x")
    assert connection.code(search(tenant.user_dn("anna"), 0)) == 0
    assert scim.patch(f"/Users/{id_}", {"op": "replace", "path": "active", "value": False}).status < 300
    assert connection.code(search(tenant.user_dn("anna"), 0)) == 50
    assert connection.whoami() == b""
    assert Client(box).code(bind(tenant.user_dn("anna"), "Sommer-2026-x")) == 49


# ---- connections ----

def test_bytes_behind_unbind_are_dropped(client):
    client.send(msg(5, unbind()) + msg(6, extop(WHOAMI)))
    assert client.recv() in ("EOF", "RST")


def test_a_reader_that_never_reads_stops_nobody_else(box):
    """A41: four such, each with 400 big answers; memory stays, others are served."""
    def resident():
        with open(f"/proc/{box.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))

    before, readers = resident(), []
    for _ in range(4):
        connection = Client(box, box.acme)
        connection.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        requests = b"".join(
            msg(10 + n, search(box.acme.base_dn, 2, ANY, ("*", "+"))) for n in range(400))
        connection.s.setblocking(False)
        try:
            connection.s.send(requests)
        except BlockingIOError:
            pass
        readers.append(connection)
    time.sleep(0.5)
    other = Client(box, box.acme)
    assert other.code(search(box.acme.admin_dn, 0)) == 0
    assert resident() - before < 32 * 1024
    for connection in readers:
        connection.close()


def read_together(connections):
    """What each gets up to the result, in turns: nobody pauses for so long as to be cut off."""
    octets = {connection.s: bytearray() for connection in connections}
    with selectors.DefaultSelector() as selector:
        for s in octets:
            s.settimeout(0)
            selector.register(s, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(120)
            assert ready, "nobody got anything any more"
            for key, _ in ready:
                piece = key.fileobj.recv(1 << 18)
                octets[key.fileobj] += piece
                if not piece or octets[key.fileobj].endswith(SUCCESS):
                    selector.unregister(key.fileobj)
    return [bytes(answer) for answer in octets.values()]


def test_readers_of_big_groups_wait_for_one_another(tmp_path):
    """Forty ask for 3 MB of members and do not read; some hold an answer, in the end all have it."""
    names = [str(10 ** 170 + n) for n in range(5000)]
    people = [f"uid={name},{EVERYBODY}" for name in names]
    with open(tmp_path / "crowd.ldif", "w", encoding="utf-8") as f:
        f.writelines(f"dn: {dn}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: P\nsn: P\n"
                     f"mail: {name[-5:]}@acme.test\n\n" for dn, name in zip(people, names))
        for crowd in ("one", "two", "three"):
            f.write(f"dn: cn={crowd},ou=groups,o=acme,dc=muster,dc=internal\n"
                    f"objectClass: groupOfNames\ncn: {crowd}\n")
            f.writelines(f"member: {dn}\n" for dn in people)
            f.write("\n")
    with short_folder() as folder:
        sandbox = Sandbox(folder + "/box").start("--load", tmp_path / "crowd.ldif")
        readers = [Client(sandbox, sandbox.acme) for _ in range(40)]
        for connection in readers:
            connection.send(msg(7, search(f"ou=groups,{sandbox.acme.base_dn}", 1, ANY, ("member",))))
        assert select.select([readers[0].s], [], [], 120)[0]
        answer, = set(read_together(readers))
        found = []
        while answer:
            end = rd(answer)[2]
            found.append(Reply(answer[:end]))
            answer = answer[end:]
        *groups, done = found
        assert [len(group.attrs["member"]) for group in groups] == [len(people)] * 3
        assert done.code == 0
        for connection in readers[1:]:
            connection.close()
        for _ in range(20):  # what gives room amid its own last turn is released once
            again = readers[0].rpc(search(f"cn=one,ou=groups,{sandbox.acme.base_dn}", 0, ANY,
                                          ("member",)))
            assert again[-1].code == 0
        sandbox.stop()


def test_a_thousand_idle_connections_leave_room(box):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < 2000:
        resource.setrlimit(resource.RLIMIT_NOFILE, (2000 if hard < 0 else min(hard, 2000), hard))
    crowd = [Client(box) for _ in range(1000)]
    other = Client(box, box.acme)
    assert other.code(search(box.acme.admin_dn, 0)) == 0
    for connection in crowd:
        connection.close()


def tls_client(box, **limits):
    context = ssl.create_default_context(cafile=box.values["CA_FILE"])
    context.check_hostname = False
    for name, value in limits.items():
        setattr(context, name, value)
    port = int(box.values["LDAPS_URI"].rpartition(":")[2])
    return Conn("127.0.0.1", port, context)


def test_tls_is_1_2_or_newer(box):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        connection = tls_client(box, minimum_version=version, maximum_version=version)
        assert connection.rpc(search("", 0))[-1].code == 0
    with pytest.raises(OSError):
        tls_client(box, minimum_version=ssl.TLSVersion.TLSv1,
                   maximum_version=ssl.TLSVersion.TLSv1_1)


def test_renegotiation_is_refused(box):
    host = box.values["LDAPS_URI"].rpartition("/")[2]
    done = subprocess.run(["openssl", "s_client", "-tls1_2", "-connect", host], input=b"R\n",
                          capture_output=True, timeout=60, check=False)
    assert b"no renegotiation" in done.stderr or done.returncode != 0


def test_big_answers_pass_through_tls(box):
    connection = tls_client(box)
    assert connection.rpc(bind(box.acme.bind_dn, box.acme.bind_pw))[-1].code == 0
    answers = connection.rpc(search(box.acme.base_dn, 2, ANY, ("*", "+")))
    assert answers[-1].code == 0 and len(answers) > PEOPLE


def test_a_stopping_server_says_so(own_sandbox):
    connection = Client(own_sandbox, own_sandbox.acme)
    stopper = threading.Thread(target=own_sandbox.stop)
    stopper.start()
    assert_disconnected(connection, code=52)
    stopper.join()


def test_clients_that_come_and_go_leave_no_descriptors(box):
    def descriptors():
        return len(os.listdir(f"/proc/{box.pid}/fd"))

    before = descriptors()
    for n in range(300):
        connection = Client(box)
        if n % 3 == 0:
            connection.send(msg(1, search(box.acme.base_dn, 2))[:n % 20])
        connection.close()
    wait_until(lambda: descriptors() <= before + 2, 60, "the end of their descriptors")
