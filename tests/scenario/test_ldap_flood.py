"""LDAP clients that hurt others if they can: who never reads, who binds in a loop, who sends what a
client never would; and what one company learns of another. Groups A, D and E of the abuse cases as
far as they meet this door; what times it takes is for tests/bench."""

import random
import socket
import ssl
import sys
import threading

import pytest

from conftest import short_folder
from muster import TOP, Sandbox, is_running, wait_until

sys.path.insert(0, str(TOP / "tests/ldap"))
from ldapraw import (ANY, And, Conn, PAGED, STARTTLS, WHOAMI, abandon, add, bind, compare,  # noqa: E402
                     ctl, delete, eq, ext, extop, i_, modify, modrdn, msg, o_, pr, rd, sasl,
                     search, seq, sub, tlv, unbind)

PASSWORD = "Correct-horse-92"
SEED = 20261122


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder:
        with open(folder + "/people.ldif", "w", encoding="utf-8") as f:
            for n in range(2000):
                f.write(f"dn: uid=p{n},ou=people,o=acme,dc=muster,dc=internal\n"
                        f"objectClass: inetOrgPerson\nuid: p{n}\ncn: Person {n}\nsn: P{n}\n"
                        f"mail: p{n}@acme.test\n\n")
        sandbox = Sandbox(folder + "/box").start("--load", folder + "/people.ldif")
        yield sandbox
        sandbox.stop()


def port(box, uri="LDAP_URI"):
    return int(box.values[uri].rpartition(":")[2])


def connect(box, tenant=None):
    connection = Conn("127.0.0.1", port(box))
    if tenant:
        assert connection.rpc(bind(tenant.bind_dn, tenant.bind_pw))[-1].code == 0
    return connection


def peak(box):
    """The most memory that it ever had, in KiB."""
    with open(f"/proc/{box.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def assert_served(box):
    """Somebody of another company binds and finds."""
    client = connect(box, box.globex)
    answers = client.rpc(search(box.globex.admin_dn, 0))
    assert [answer.tag for answer in answers] == [0x64, 0x65] and answers[-1].code == 0
    client.close()


# ---- floods ----

@pytest.mark.parametrize("readers", [2, 16, 64])
def test_many_who_never_read_stop_nobody_else(box, readers):
    flood = b"".join(msg(100 + n, search(box.acme.base_dn, 2, ANY, ("*", "+"))) for n in range(400))
    slow = []
    for _ in range(readers):
        connection = connect(box, box.acme)
        connection.s.setblocking(False)
        try:
            connection.s.send(flood)
        except BlockingIOError:
            pass
        slow.append(connection)
    for _ in range(5):
        assert_served(box)
    for connection in slow:
        connection.close()
    assert_served(box)


def test_many_who_bind_in_a_loop_stop_nobody_else(box):
    end = threading.Event()
    codes = [set() for _ in range(64)]

    def storm(n):
        connection = Conn("127.0.0.1", port(box))
        while not end.is_set():
            answer = connection.rpc(bind(box.acme.bind_dn, box.acme.bind_pw))[-1]
            codes[n].add("gone" if isinstance(answer, str) else answer.code)
        connection.close()

    threads = [threading.Thread(target=storm, args=(n,)) for n in range(64)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: all(codes), 120, "an answer for each of them")
        for _ in range(5):
            assert_served(box)
    finally:
        end.set()
        for thread in threads:
            thread.join()
    assert set().union(*codes) <= {0, 51}


def test_a_flood_of_wrong_passwords_is_answered_and_bounded(box):
    """A43: each gets an answer, wrong or busy, and another company binds."""
    connections = [Conn("127.0.0.1", port(box)) for _ in range(200)]
    for n, connection in enumerate(connections):
        connection.send(msg(1, bind(f"uid=p{n},ou=people,{box.acme.base_dn}", "wrong")))
    assert_served(box)
    codes = [connection.recv().code for connection in connections]
    assert set(codes) <= {49, 51}
    for connection in connections:
        connection.close()


def test_matched_values_of_a_big_group_take_little_memory(box):
    """Each of a group's members is compared with each of what the client names."""
    group = f"cn=everybody,ou=groups,{box.acme.base_dn}"
    admin = Conn("127.0.0.1", port(box))
    assert admin.rpc(bind(box.acme.admin_dn, box.acme.admin_pw))[-1].code == 0
    assert admin.rpc(add(group, [
        ("objectClass", ["groupOfNames"]), ("cn", ["everybody"]),
        ("member", [box.acme.user_dn(f"p{n}") for n in range(2000)])]))[-1].code == 0
    before = peak(box)
    named = [box.acme.user_dn("P0"), box.acme.user_dn("p1999")]
    items = [eq("member", f"uid=nobody{n}, ou=people, {box.acme.base_dn}") for n in range(248)]
    matched = ctl("1.2.826.0.1.3344810.2.3", True,
                  seq(*items, *[eq("member", name) for name in named]))
    answers = connect(box, box.acme).rpc(search(group, 0, attrs=("member",)), [matched])
    assert sorted(answers[0].attrs["member"]) == \
        [box.acme.user_dn(name).encode() for name in ("p0", "p1999")]
    assert peak(box) - before < 64 << 10


def test_a_rule_for_every_attribute_many_times_over_is_refused(box):
    client = connect(box, box.acme)
    few, many = ([ext("caseIgnoreMatch", None, f"nothing {n}", True) for n in range(count)]
                 for count in (8, 250))
    assert client.rpc(search(box.acme.base_dn, 2, tlv(0xa1, *few)))[-1].code == 0
    answer = client.rpc(search(box.acme.base_dn, 2, tlv(0xa1, *many)))[-1]
    assert (answer.code, answer.diag) == (11, "the filter compares too much")
    assert_served(box)


def test_who_sends_everything_at_once_is_answered_in_full(box):
    """A connection gives way to others amid what it has sent, and goes on by itself."""
    client = connect(box, box.acme)
    found = search(box.acme.base_dn, 2, eq("uid", "p7"), ("1.1",))
    threading.Thread(target=client.send, daemon=True, args=(
        b"".join(msg(n, found) for n in range(10, 20010)),)).start()
    assert_served(box)
    answers = client.drain(20000)
    done = sorted(answer.mid for answer in answers if answer.tag == 0x65)
    assert done == list(range(10, 20010))
    assert len(answers) == 40000


def test_a_thousand_connections_at_once_are_all_served(box):
    connections = [connect(box) for _ in range(1000)]
    for connection in connections:
        connection.send(msg(1, search("", 0, ANY, ("1.1",))))
    for connection in connections:
        assert [connection.recv().tag, connection.recv().tag] == [0x64, 0x65]
        connection.close()


def test_ten_thousand_abandoned_pages_leave_nothing(box):
    """A30, A32"""
    client = connect(box, box.acme)
    page = ctl(PAGED, True, seq(i_(1), o_(b"")))
    for first in range(0, 10000, 500):
        client.send(b"".join(
            msg(2 * n + 10, search(box.acme.base_dn, 2, pr("uid"), ("1.1",)), [page]) +
            msg(2 * n + 11, abandon(2 * n + 10)) for n in range(first, first + 500)))
        client.send(msg(9, extop(WHOAMI)))
        while client.recv().mid != 9:
            pass
    wait_until(lambda: box.metric("muster_ldap_searches_parked") == 0, 60, "no search left")
    assert_served(box)


# ---- nonsense ----

def recorded(box):
    base, dn = box.acme.base_dn, box.acme.admin_dn
    return [
        bind(dn, "x"), bind(), bind("", auth=sasl("PLAIN", b"\0a\0b")), unbind(), abandon(3),
        bind("", auth=sasl("EXTERNAL", b"")), search("", 0), search(base, 2, And(eq("uid", "p1"),
                                                                                 pr("cn"))),
        search(base, 2, sub("cn", (0x80, "P"), (0x81, "r"), (0x82, "1")), ("cn", "mail")),
        search(base, 1, ext("caseIgnoreMatch", "cn", "x", True), ("1.1",), size=5, tm=5),
        compare(dn, "uid", "x"), add(f"uid=new,ou=people,{base}", [("uid", ["new"])]),
        modify(dn, [(2, "title", ["x"])]), delete(f"uid=nobody,ou=people,{base}"),
        modrdn(f"uid=nobody,ou=people,{base}", "uid=other"), extop(WHOAMI), extop("1.2.3", b"x")]


def mutants(octets, dice, count):
    """Bits flipped, lengths off by one, tags swapped, pieces lost or doubled."""
    for _ in range(count):
        mutant = bytearray(octets)
        at = dice.randrange(len(mutant))
        way = dice.randrange(5)
        if way == 0:
            mutant[at] ^= 1 << dice.randrange(8)
        elif way == 1:
            mutant[at] = (mutant[at] + dice.choice((1, 255))) % 256
        elif way == 2:
            mutant[at] = dice.choice((0x30, 0x60, 0x63, 0xa0, 0x04, 0x80, 0xff, 0x00))
        elif way == 3:
            del mutant[at:at + dice.randrange(1, 4)]
        else:
            mutant[at:at] = mutant[at:at + dice.randrange(1, 4)]
        yield bytes(mutant)


def test_a_damaged_message_gets_an_answer_or_the_end(box):
    """A44: nobody crashes, nobody else notices."""
    dice, pid = random.Random(SEED), box.pid
    for operation in recorded(box):
        for mutant in mutants(msg(7, operation, [ctl("1.2.3")]), dice, 60):
            with socket.create_connection(("127.0.0.1", port(box)), timeout=60) as raw:
                raw.sendall(mutant)
                raw.shutdown(socket.SHUT_WR)
                octets = b""
                while piece := raw.recv(65536):
                    octets += piece
            while octets:
                tag, _, end = rd(octets)
                assert tag == 0x30, (SEED, mutant.hex())
                octets = octets[end:]
    assert is_running(pid) and box.pid == pid
    assert_served(box)


# ---- TLS ----

def secured(box):
    context = ssl.create_default_context(cafile=box.values["CA_FILE"])
    return Conn("127.0.0.1", port(box, "LDAPS_URI"), tls=context)


def test_start_tls_where_it_cannot_be_is_an_operations_error(box):
    """A16"""
    assert secured(box).rpc(extop(STARTTLS))[-1].code == 1
    client = connect(box)
    assert client.rpc(extop(STARTTLS))[-1].code == 0
    context = ssl.create_default_context(cafile=box.values["CA_FILE"])
    client.s = context.wrap_socket(client.s, server_hostname="127.0.0.1")
    assert client.rpc(extop(STARTTLS))[-1].code == 1
    assert client.rpc(bind(box.acme.bind_dn, box.acme.bind_pw))[-1].code == 0


def test_what_comes_in_clear_behind_start_tls_is_never_taken(box):
    """A17"""
    client = connect(box)
    client.send(msg(1, extop(STARTTLS)) + msg(2, bind(box.acme.bind_dn, box.acme.bind_pw)))
    answers = client.drain(2)
    assert all(isinstance(answer, str) or answer.mid != 2 for answer in answers)
    assert answers[-1] in ("EOF", "RST") or client.recv() in ("EOF", "RST")


def test_a_client_hello_in_single_octets_is_a_handshake(box):
    """A42"""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cafile=box.values["CA_FILE"])
    session = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with socket.create_connection(("127.0.0.1", port(box, "LDAPS_URI")), timeout=60) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                session.do_handshake()
                break
            except ssl.SSLWantReadError:
                for octet in outgoing.read():
                    raw.sendall(bytes([octet]))
                incoming.write(raw.recv(65536))
        assert session.version() in ("TLSv1.2", "TLSv1.3")


# ---- one company and another ----

def test_another_company_is_nowhere_in_the_tree(box):
    """D5: not by any name or scope, and nothing of it in an answer of the own company's."""
    client = connect(box, box.acme)
    absent = {scope: client.rpc(search("o=nosuch,dc=muster,dc=internal", scope), mid=5)[-1].raw
              for scope in (0, 1, 2)}
    for dn in (box.globex.base_dn, f"ou=people,{box.globex.base_dn}", box.globex.admin_dn,
               f"uid=nobody,ou=people,{box.globex.base_dn}"):
        for scope in (0, 1, 2):
            assert client.rpc(search(dn, scope), mid=5)[-1].raw == absent[scope]
    answers = client.rpc(search("dc=muster,dc=internal", 2, ANY, ("*", "+")))
    assert len(answers) > 2000 and not any(b"globex" in answer.raw for answer in answers)
    root = client.rpc(search("", 0, ANY, ("*", "+")))[0]
    assert root.attrs["namingContexts"] == [box.acme.base_dn.encode()]


def test_the_same_name_and_password_in_two_companies_are_two_people(box):
    """D6: who is wrong in one waits in that one alone."""
    first, second = box.new_tenant(), box.new_tenant()
    for company in (first, second):
        scim = company.scim()
        assert scim.create_user("erin", password=PASSWORD).status == 201
        scim.close()
    client = connect(box)
    for company in (first, second):
        assert client.rpc(bind(company.user_dn("erin"), PASSWORD))[-1].code == 0
        assert client.rpc(extop(WHOAMI))[-1].val == b"dn:" + company.user_dn("erin").encode()
    for _ in range(15):
        assert client.rpc(bind(first.user_dn("erin"), "wrong"))[-1].code in (49, 51)
    assert client.rpc(bind(second.user_dn("erin"), PASSWORD))[-1].code == 0


def test_a_suspended_company_loses_its_open_connections(box):
    """D10: the connection is anonymous from the next operation on, so that searching is
    insufficientAccessRights; the case asks for 53, which would tell a stranger of the company."""
    company = box.new_tenant()
    client, secure = connect(box, company), secured(box)
    assert secure.rpc(bind(company.bind_dn, company.bind_pw))[-1].code == 0
    box.muster("tenant", "suspend", company.name)
    for connection in (client, secure):
        assert connection.rpc(search(company.base_dn, 2))[-1].code == 50
        assert connection.rpc(extop(WHOAMI))[-1].val in (None, b"")
        assert connection.rpc(bind(company.bind_dn, company.bind_pw))[-1].code == 49


def test_the_last_admin_is_slowed_down_and_never_locked_out(box):
    """E9"""
    client = connect(box)
    for _ in range(30):
        assert client.rpc(bind(box.globex.admin_dn, "wrong"))[-1].code in (49, 51)

    def signs_in():
        return client.rpc(bind(box.globex.admin_dn, box.globex.admin_pw))[-1].code == 0

    wait_until(signs_in, 120, "the Admin to be let in again")
