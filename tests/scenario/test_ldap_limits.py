"""What one LDAP client may take of the server: the settings of the configuration, also read again."""

import re
import signal
import socket
import sys

import pytest

from conftest import short_folder
from muster import TOP, Sandbox, run, wait_until, BUILD

sys.path.insert(0, str(TOP / "tests/ldap"))
from ldapraw import (ANY, And, Conn, Not, bind, ctl, eq, extop, msg, search, unbind,  # noqa: E402
                     WHOAMI)


class Limited(Sandbox):
    """Started again whenever its settings are other ones."""

    def set(self, **settings):
        """In force when it returns."""
        path = self.folder / "musterd.yaml"
        text = re.sub(r"^  (?!listen|tls_listen)\w+: \d+\n", "", path.read_text(), flags=re.M)
        lines = "".join(f"  {name}: {value}\n" for name, value in settings.items())
        path.write_text(text.replace("\nldap:\n", "\nldap:\n" + lines))
        before = (self.folder / "log").read_text().count("daemon.reload")
        self.signal(signal.SIGHUP)
        wait_until(lambda: (self.folder / "log").read_text().count("daemon.reload") > before, 60,
                   "the configuration to be read again")

    def client(self, bound=True):
        connection = Conn("127.0.0.1", int(self.values["LDAP_URI"].rpartition(":")[2]))
        if bound:
            assert connection.rpc(bind(self.acme.bind_dn, self.acme.bind_pw))[-1].code == 0
        return connection


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder:
        sandbox = Limited(folder + "/box").start()
        yield sandbox
        sandbox.stop()


def ended(connection):
    answer = connection.recv()
    return answer in ("EOF", "RST") or (answer.mid == 0 and answer.code == 2)


def nested(depth):
    filter_ = eq("uid", "x")
    for _ in range(depth - 1):
        filter_ = Not(filter_)
    return filter_


def test_filters_attributes_and_controls_are_as_many_as_the_file_says(box):
    client = box.client()
    base = box.acme.base_dn
    box.set(filter_depth=4, filter_terms=8, attributes=50, controls=4)
    assert client.rpc(search(base, 2, nested(4)))[-1].code == 0
    assert client.rpc(search(base, 2, nested(5)))[-1].code == 53
    assert client.rpc(search(base, 2, And(*[eq("uid", "x")] * 7)))[-1].code == 0
    assert client.rpc(search(base, 2, And(*[eq("uid", "x")] * 8)))[-1].code == 11
    assert client.rpc(search(base, 0, ANY, ["cn"] * 50))[-1].code == 0
    assert client.rpc(search(base, 0, ANY, ["cn"] * 51))[-1].code == 11
    assert client.rpc(search(base, 0), [ctl(f"1.2.{n}") for n in range(4)])[-1].code == 0
    client.send(msg(99, search(base, 0), [ctl(f"1.2.{n}") for n in range(5)]))
    assert ended(client)
    box.set()
    assert box.client().rpc(search(base, 2, nested(32)))[-1].code == 0


def test_messages_are_as_long_as_the_file_says(box):
    box.set(pdu_before_bind_kib=2, pdu_kib=8)
    stranger, known = box.client(bound=False), box.client()
    stranger.send(msg(1, search("", 0, eq("cn", "x" * 3000))))
    assert ended(stranger)
    assert known.rpc(search("", 0, eq("cn", "x" * 3000)))[-1].code == 0
    known.send(msg(9, search("", 0, eq("cn", "x" * 9000))))
    assert ended(known)
    box.set()


def test_a_search_without_pages_ends_at_the_servers_limit(box):
    client, base = box.client(), box.acme.base_dn
    everything = len(client.rpc(search(base, 2, ANY, ("1.1",)))) - 1
    assert everything > 3
    box.set(search_entries=3)
    for asked, found, code in ((0, 3, 4), (2, 2, 4), (3, 3, 4), (4, 0, 11)):
        answers = client.rpc(search(base, 2, ANY, ("1.1",), size=asked))
        assert (len(answers) - 1, answers[-1].code) == (found, code)
    box.set()
    assert len(client.rpc(search(base, 2, ANY, ("1.1",)))) - 1 == everything


def test_a_service_account_has_as_many_connections_as_the_file_says(box):
    box.set(connections_per_service=3)
    clients = [box.client() for _ in range(3)]
    fourth = box.client(bound=False)
    assert fourth.rpc(bind(box.acme.bind_dn, box.acme.bind_pw))[-1].code == 51
    clients.pop().send(msg(7, unbind()))
    wait_until(lambda: fourth.rpc(bind(box.acme.bind_dn, box.acme.bind_pw))[-1].code == 0, 60,
               "a free connection")
    box.set()


def test_beyond_the_connections_of_the_file_who_comes_is_turned_away(box):
    wait_until(lambda: box.metric("muster_ldap_connections") == 0, 60, "all to have left")
    box.set(connections=5)
    clients = [box.client() for _ in range(5)]
    with socket.create_connection(("127.0.0.1", int(box.values["LDAP_URI"].rpartition(":")[2])),
                                  timeout=60) as refused:
        assert refused.recv(1) == b""
    assert all(client.rpc(extop(WHOAMI))[-1].code == 0 for client in clients)
    box.set()
    assert box.client().rpc(extop(WHOAMI))[-1].code == 0


def test_who_does_not_bind_or_is_idle_is_let_go(box):
    known, stranger = box.client(), box.client(bound=False)
    box.set(unbound_seconds=1)
    assert stranger.recv(60) in ("EOF", "RST")
    assert known.rpc(extop(WHOAMI))[-1].code == 0
    box.set(idle_seconds=1)
    assert known.recv(60) in ("EOF", "RST")
    box.set()


def test_half_a_message_is_closed_after_a_while(box):
    """A39, both at once: silence within a message, and an octet now and then."""
    silent, slow = box.client(bound=False), box.client(bound=False)
    box.set(request_seconds=1)
    silent.send(b"\x30")
    slow.send(b"\x30\x82\x04\x00")

    def has_ended():
        slow.send(b"\x02")
        return slow.recv(0.2) in ("EOF", "RST")

    wait_until(has_ended)
    assert silent.recv() in ("EOF", "RST")
    box.set()


@pytest.mark.parametrize("name, value", [
    ("filter_depth", 33), ("pdu_kib", 5000), ("controls", 2), ("attributes", 39),
    ("unbound_seconds", 31), ("request_seconds", 11), ("write_seconds", 60), ("search_seconds", 86401),
    ("connections", 1000001), ("filter_terms", -1), ("filter_term", 5)])
def test_what_is_out_of_its_range_is_refused_by_its_name(box, tmp_path, name, value):
    text = (box.folder / "musterd.yaml").read_text()
    path = tmp_path / "musterd.yaml"
    path.write_text(text.replace("\nldap:\n", f"\nldap:\n  {name}: {value}\n"))
    path.chmod(0o600)
    done = run(BUILD / "musterd", "--config", path, "--check-config", check=False)
    assert done.returncode == 78 and (name in done.stderr or "line" in done.stderr
                                      or str(path) in done.stderr), done.stderr
