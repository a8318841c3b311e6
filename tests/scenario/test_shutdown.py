"""SIGTERM: what was accepted is answered, then the process ends; nothing acknowledged is lost."""

import signal
import socket
import threading
from urllib.parse import urlsplit

import json
import pytest

from muster import USER, is_running, wait_until


class Asking(threading.Thread):
    """One request on a connection of its own, sent before anything is read."""

    def __init__(self, tenant, name):
        super().__init__(daemon=True)
        parts = urlsplit(tenant.scim_url)
        body = json.dumps({"schemas": [USER], "userName": name, "password": "Correct-horse-77"})
        self.name = name
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=60)
        self.socket.sendall(
            (f"POST {parts.path}/Users HTTP/1.1\r\nHost: {parts.netloc}\r\n"
             f"Authorization: Bearer {tenant.scim_token}\r\n"
             f"Content-Type: application/scim+json\r\nContent-Length: {len(body)}\r\n\r\n"
             f"{body}").encode())
        self.answer = b""

    def run(self):
        try:
            while b"\r\n\r\n" not in self.answer:
                octets = self.socket.recv(65536)
                if not octets:
                    return
                self.answer += octets
        except OSError:
            pass

    def status(self):
        return int(self.answer.split(b" ")[1]) if self.answer else None


def test_requests_under_way_are_answered_before_the_end(own_sandbox):
    """Each needs a password hashed, so that they are still under way when the signal comes."""
    def hashes():
        return sum(own_sandbox.metric("muster_password_hash" + name)
                   for name in ("es_total", "_queue"))

    tenant, before = own_sandbox.acme, hashes()
    asking = [Asking(tenant, f"drain-{i}") for i in range(12)]
    for one in asking:
        one.start()
    wait_until(lambda: hashes() >= before + len(asking), what="the last request's hashing")
    own_sandbox.signal(signal.SIGTERM)
    own_sandbox.wait_end()
    for one in asking:
        one.join(30)
    assert [one.status() for one in asking] == [201] * len(asking)
    own_sandbox.start()
    scim = own_sandbox.acme.scim()
    for one in asking:
        assert scim.find("Users", f'userName eq "{one.name}"').body["totalResults"] == 1
    own_sandbox.verify()


def test_after_the_signal_no_new_connection_is_taken(own_sandbox):
    parts = urlsplit(own_sandbox.acme.scim_url)
    own_sandbox.signal(signal.SIGTERM)
    own_sandbox.wait_end()
    with pytest.raises(OSError):
        socket.create_connection((parts.hostname, parts.port), timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle_connections_do_not_hold_up_the_end(own_sandbox, number):
    parts = urlsplit(own_sandbox.acme.scim_url)
    http = [socket.create_connection((parts.hostname, parts.port)) for _ in range(5)]
    directory = own_sandbox.acme.bind()
    own_sandbox.signal(number)
    own_sandbox.wait_end()
    assert not is_running(own_sandbox.pid)
    for one in http:
        one.close()
    del directory


def test_hangup_keeps_serving(own_sandbox):
    scim = own_sandbox.acme.scim()
    assert scim.create_user("before").status == 201
    own_sandbox.signal(signal.SIGHUP)
    for i in range(20):
        assert scim.create_user(f"after-{i}").status == 201
    assert is_running(own_sandbox.pid)


def test_a_peer_that_takes_no_answer_does_not_hold_up_the_end(own_sandbox):
    line = json.dumps({"verb": "role show", "args": {"tenant": "acme", "role": "Admin"}})
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(own_sandbox.values["MUSTER_SOCKET"])
        s.settimeout(1)
        with pytest.raises((TimeoutError, ConnectionError)):  # the second: given up already
            while True:
                s.sendall((line + "\n").encode() * 100)
        own_sandbox.signal(signal.SIGTERM)
        own_sandbox.wait_end()
