"""An administrator of a company who writes what no directory needs: it is refused with the name of
what is wrong, at once, and costs nobody anything."""

import os
import socket
from pathlib import Path

import pytest

from conftest import short_folder
from directory import Directory
from harm import Moody, children
from muster import Sandbox, wait_until

BASE = {"uri": "ldap://dc.example.com", "base_dn": "dc=example,dc=com", "start_tls": True}
BOMBS = [
    ("maps", [f"title=t{n}" for n in range(10_000)]),
    ("maps", [f"title=t{n}" for n in range(200)]),
    ("maps", ["title=" + "first(" * 10_000 + "x" + ")" * 10_000]),
    ("maps", ["title=" + "first(" * 500 + "x" + ")" * 500]),
    ("maps", ["title=" + "x" * 1_000_000]),
    ("maps", ["title=template('" + "{x}" * 1000 + "')"]),
    ("maps", ["title=userPassword"]),
    ("user_filter", "(&" * 10_000 + "(a=b)" + ")" * 10_000),
    ("user_filter", "(&" * 1000 + "(a=b)" + ")" * 1000),
    ("user_filter", "(a=" + "x" * 900_000 + ")"),
    ("group_filter", "(!" * 1200),
    ("scope_rules", ["a=b"] * 1000),
    ("scope_rules", ["a=" + "*a" * 1000 + "*"]),
    ("disabled_rules", ["a=b"] * 1000),
    ("disabled_rules", ["a=" + "*a" * 1000 + "*"]),
    ("group_maps", [f"g{n}=role:Viewer" for n in range(10_000)]),
    ("failover_uris", [f"ldap://h{n}" for n in range(10_000)]),
    ("failover_uris", [f"ldap://h{n}" for n in range(8)]),
    ("base_dn", "dc=a\\00b"), ("base_dn", ",".join(["dc=a"] * 100_000)),
    ("bind_dn", "cn=" + "x" * 10_000), ("bind_dn", "cn=a\\00b"),
    ("ca_file", "../ca.pem"), ("ca_file", "/" + "a" * 10_000),
    ("name", "n" * 10_000), ("name", "a\nb"),
    ("anchor_attribute", "x" * 10_000), ("anchor_attribute", "a)(uid=*"),
    ("contacts", ["a@example.com\r\nBcc: all@example.com"]),
    ("secret", "s" * 900_000),
    ("poll_seconds", -1),
]
URIS = ["ldap://me@dc", "ldap://me:pw@dc", "ldap://dc:0", "ldap://dc:65536", "ldap://dc:-1",
        "ldap://dc: 389", "ldap://dc:389x", "ldap://dc:18446744073709551617",
        "ldap://[fe80::1%25eth0]", "ldap://[fe80::1%eth0]", "ldap://[::1", "ldap://::1",
        "ldap://", "ldap://:389", "ldap://dc/dc=example", "ldap://dc?x", "ldap://dc#x",
        "ldap://dc\r\nX: y", "ldap://d\u00f6main", "ldap://" + "h" * 3000, "ldapi:///tmp/s"]
LOOPBACK = ["127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1",
            "017700000001", "127.255.255.254", "[::1]", "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "0", "0.0.0.0", "[::]",
            "localhost", "LOCALHOST", "169.254.169.254", "[fe80::1]", "[ff02::1]", "224.0.0.1",
            "255.255.255.255"]


@pytest.fixture(scope="module")
def company(sandbox):
    return sandbox.new_tenant()


@pytest.fixture
def api(sandbox, company):
    client = company.api()
    yield client
    client.close()


def create(api, company, **settings):
    return api.post(f"/tenants/{company.name}/directories", {"name": "corp", **BASE, **settings})


def resident(box):
    """KiB."""
    status = Path("/proc", str(box.pid), "status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


@pytest.mark.parametrize("name, value", BOMBS, ids=[f"{n}-{i}" for i, (n, _) in enumerate(BOMBS)])
def test_a_bomb_is_refused_by_its_name(sandbox, company, api, name, value):
    before = resident(sandbox)
    more = {"bind_dn": "cn=sync,dc=example,dc=com"} if name == "secret" else {}
    answer = create(api, company, **more, **{name: value})
    assert 400 <= answer.status < 500, answer.body
    # Of a list by its row, or by the attribute of the entry.
    assert answer.body["attribute"].rstrip("s") in (
        name.rstrip("s"), {"maps": "mapping", "authority_rules": "authority"}.get(name)), \
        answer.body
    assert len(answer.octets) < 2000
    assert resident(sandbox) - before < 64 * 1024
    assert api.get(f"/tenants/{company.name}/directories").body["items"] == []


@pytest.mark.parametrize("uri", URIS, ids=range(len(URIS)))
def test_an_address_that_is_none_is_refused(company, api, uri):
    for name, value in (("uri", uri), ("failover_uris", [uri])):
        answer = create(api, company, **{name: value})
        assert answer.status == 422 and answer.body["attribute"] == name, answer.body


def test_no_spelling_of_this_machine_is_reached():
    with short_folder() as folder:
        box = Sandbox(folder + "/box").start()
        box.stop()
        config = box.folder / "musterd.yaml"
        text = config.read_text(encoding="utf-8")
        assert "allow_loopback: true" in text
        config.write_text(text.replace("allow_loopback: true", "allow_loopback: false"),
                          encoding="utf-8")
        box.start()
        server, company = Moody(), box.new_tenant()
        api = company.api()
        try:
            for host in LOOPBACK:
                uri = f"ldap://{host}:{server.uri.rpartition(':')[2]}"
                for name, value in (("uri", uri), ("failover_uris", [uri])):
                    answer = create(api, company, **{name: value})
                    assert answer.status == 422 and answer.body["attribute"] == name, host
            # A name says where it leads to when it is looked up, each time.
            for number, host in enumerate(("localhost.", "ip6-localhost", socket.gethostname())):
                uri = f"ldap://{host}:{server.uri.rpartition(':')[2]}"
                assert create(api, company, name=f"name{number}", uri=uri).status == 201
                directory = Directory(box, tenant=company.name, name=f"name{number}")
                failed = directory.wait_state("failed")
                assert failed["stage"] == "connect" and failed["class"] in ("net", "config")
            assert server.asked == []
        finally:
            api.close()
            server.close()
            box.stop()


def test_what_is_no_file_vouches_for_nobody(sandbox, company, api):
    with short_folder() as folder:
        server, pipe = Moody(), folder + "/pipe"
        os.mkfifo(pipe)
        for number, path in enumerate((pipe, "/dev/zero", "/proc/self/fd/3", "/", "/dev/null")):
            name = f"ca{number}"
            assert create(api, company, name=name, uri=server.uri, ca_file=path).status == 201
            directory = Directory(sandbox, tenant=company.name, name=name)
            failed = directory.wait_state("failed", 45)
            assert failed["class"] == "config" and "CA file" in failed["reason"]
            directory.edit("--active=no")
        wait_until(lambda: not children(sandbox.pid), 60, "the end of the children")
        server.close()
