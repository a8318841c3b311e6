"""HTTP as octets, against the real daemon: what a proxy and we could read differently is refused."""

import json
import os
import re
import resource
import socket
import threading
import time
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from muster import wait_until

GET = "GET {path}/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
POST = ("POST {path}/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/scim+json\r\n")


@pytest.fixture(scope="module")
def acme(sandbox):
    return sandbox.new_tenant()


def ask(acme, text):
    """Sends the octets and reads to the end of the connection."""
    parts = urlsplit(acme.scim_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as s:
        s.sendall(text.format(path=parts.path, token=acme.scim_token).encode("latin-1"))
        answer = b""
        while octets := s.recv(65536):
            answer += octets
    return answer.decode()


def status(answer):
    return int(answer.split(" ", 2)[1])


def people(acme):
    return acme.scim().get("/Users?count=0").body["totalResults"]


@pytest.mark.parametrize("framing", [
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\nContent-Length: 5\r\n",
    "Content-Length : 5\r\n",
    "Transfer-Encoding : chunked\r\n",
    "Content-Length: +5\r\n",
    "Content-Length: 5,5\r\n",
    "Transfer-Encoding: xchunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "X-Folded: one\r\n two: three\r\n",
    ": nameless\r\nContent-Length: 5\r\n",
    "X-Nul: a\0b\r\n",
    "X-Bare: a\nContent-Length: 5\r\n",
])
def test_a_smuggled_request_is_not_executed(acme, framing):
    before = people(acme)
    body = json.dumps({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                       "userName": "smuggled"}).replace("{", "{{").replace("}", "}}")
    smuggled = POST + f"Content-Length: {len(body) - 2}\r\n\r\n{body}"
    answer = ask(acme, POST + framing + "\r\n0\r\n\r\n" + smuggled)
    # libmicrohttpd says some of its own refusals twice
    assert set(re.findall(r"HTTP/1.1 (\d+)", answer)) <= {"400", "413", "501"}
    assert people(acme) == before


@pytest.mark.parametrize("path", ["%2e%2e/acme", "Users%2f..", "Users;x", "Users%00", "%5cUsers",
                                  "..", "Users/%c0%ae"])
def test_a_path_that_reads_two_ways_is_refused(acme, path):
    text = GET.replace("/Users", "/" + path) + "Connection: close\r\n\r\n"
    assert status(ask(acme, text)) == 400


def test_an_encoded_letter_meets_the_same_check(acme):
    text = GET.replace("/Users", "/%55sers").replace("Bearer {token}", "Bearer nobody")
    assert status(ask(acme, text + "Connection: close\r\n\r\n")) == 401


def test_a_method_that_we_do_not_have_says_what_we_have(acme):
    answer = ask(acme, GET.replace("GET", "OPTIONS") + "Connection: close\r\n\r\n")
    assert status(answer) == 405 and "Allow: GET, HEAD, POST" in answer
    assert status(ask(acme, GET.replace("GET", "BREW") + "Connection: close\r\n\r\n")) == 501
    override = "X-HTTP-Method-Override: DELETE\r\nConnection: close\r\n\r\n"
    assert status(ask(acme, GET + override)) == 200


def test_too_much_is_refused_before_it_is_read(acme):
    assert status(ask(acme, POST + "Content-Length: 1048577\r\n\r\n")) == 413
    assert status(ask(acme, GET + "X: " + "x" * 40000 + "\r\n\r\n")) == 431
    assert status(ask(acme, GET.replace("/Users", "/" + "x" * 40000) + "\r\n")) == 414


def test_256_that_come_at_once_are_all_answered(acme):
    statuses = []

    def once():
        statuses.append(status(ask(acme, GET + "Connection: close\r\n\r\n")))

    threads = [threading.Thread(target=once) for _ in range(256)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 256


def test_the_status_listener_answers(sandbox):
    url = sandbox.values["STATUS_URL"]
    assert urlopen(url + "/livez").read() == b"alive\n"
    assert urlopen(url + "/readyz").read() == b"ready\n"
    metrics = urlopen(url + "/metrics").read().decode()
    for name in ("muster_http_requests_total", "muster_scim_requests_total",
                 "muster_commits_total", "muster_store_octets"):
        assert f"# TYPE {name} " in metrics and f"\n{name} " in metrics


def descriptors(sandbox):
    return len(os.listdir(f"/proc/{sandbox.pid}/fd"))


def leave_descriptors(sandbox, count):
    most = descriptors(sandbox) + count
    resource.prlimit(sandbox.pid, resource.RLIMIT_NOFILE, (most, most))
    return most


def connect_to_all_doors(sandbox, times):
    """Also past the last descriptor: the kernel accepts for a daemon that does not."""
    doors = [urlsplit(sandbox.values[name]) for name in ("LDAP_URI", "HTTP_URL")]
    peers = [socket.create_connection((door.hostname, door.port), timeout=60)
             for _ in range(times) for door in doors]
    for _ in range(3):
        peers.append(socket.socket(socket.AF_UNIX))
        peers[-1].connect(sandbox.values["MUSTER_SOCKET"])
    return peers


def test_without_a_descriptor_left_nobody_spins(own_sandbox):
    def processor_seconds():
        with open(f"/proc/{own_sandbox.pid}/stat", encoding="ascii") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    most = leave_descriptors(own_sandbox, 20)
    peers = connect_to_all_doors(own_sandbox, 60)
    wait_until(lambda: descriptors(own_sandbox) >= most, what="the last descriptor's use")
    before = processor_seconds()
    time.sleep(4)
    # Doors that spin take all that they are given, idle ones next to nothing.
    assert processor_seconds() - before < 1
    for peer in peers:
        peer.close()


def test_who_comes_without_a_descriptor_left_is_answered_when_there_is_one(own_sandbox):
    most = leave_descriptors(own_sandbox, 20)
    peers = connect_to_all_doors(own_sandbox, 60)
    wait_until(lambda: descriptors(own_sandbox) >= most, what="the last descriptor's use")
    waiting = []
    for _ in range(5):
        scim = own_sandbox.acme.scim()
        scim.send("GET", "/Users")
        waiting.append(scim)
    for peer in peers:
        peer.close()
    assert [scim.answer().status for scim in waiting] == [200] * 5
    own_sandbox.acme.bind().unbind_s()
    own_sandbox.muster("status")
