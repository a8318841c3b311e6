"""Half an answer, no answer, a wrong certificate, a kill: nobody is deactivated by any of them."""

import socket
import threading
import time

import pytest

from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from fault import Wire
from muster import Sandbox, wait_until


@pytest.fixture(scope="module")
def corp():
    with short_folder() as folder, OpenLdap(folder + "/corp", people=400) as made:
        yield made


def names(box, query=""):
    scim = box.acme.scim()
    found = scim.get(f"/Users?count=1000&attributes=userName,active{query}").body["Resources"]
    scim.close()
    return {user["userName"]: user["active"] for user in found}


def test_a_refresh_that_breaks_in_the_middle_applies_nothing(corp, own_sandbox):
    wire = Wire(corp.port)
    wire.cut_after = 60_000
    directory = Directory(own_sandbox).create(corp, uri=wire.uri)
    failed = directory.wait_failed()
    assert (failed["stage"], failed["class"]) == ("refresh", "net")
    assert set(names(own_sandbox)) == {"admin"}
    wire.cut_after = None
    directory.follow()
    assert len(names(own_sandbox)) == 401
    wire.cut_after = 60_000
    before = names(own_sandbox)
    directory.sync("--full")
    directory.wait_failed()
    assert names(own_sandbox) == before
    wire.close()


def test_a_wrong_authority_is_refused_before_the_password_is_sent(corp, own_sandbox):
    wire = Wire(int(corp.tls_uri.rpartition(":")[2]))
    directory = Directory(own_sandbox).create(
        corp, "--ca-file", corp.strange_ca_file, uri=f"ldaps://127.0.0.1:{wire.port}")
    failed = directory.wait_failed()
    assert (failed["stage"], failed["class"]) == ("tls", "tls")
    assert "issuer" in failed["reason"]
    assert corp.sync_password.encode() not in wire.received
    assert set(names(own_sandbox)) == {"admin"}
    wire.close()


@pytest.mark.parametrize("start_tls", [False, True])
def test_a_right_authority_is_followed(corp, own_sandbox, start_tls):
    options = ["--ca-file", corp.ca_file] + (["--start-tls"] if start_tls else [])
    wire = Wire(corp.port) if start_tls else None
    uri = f"ldap://127.0.0.1:{wire.port}" if start_tls else corp.tls_uri
    directory = Directory(own_sandbox).create(corp, *options, uri=uri)
    directory.follow()
    assert len(names(own_sandbox)) == 401
    if wire:
        assert corp.sync_password.encode() not in wire.received
        wire.close()


def test_a_silent_server_is_given_up(corp, own_sandbox):
    listener = socket.create_server(("127.0.0.1", 0))
    heard = []
    threading.Thread(target=lambda: heard.append(listener.accept()), daemon=True).start()
    directory = Directory(own_sandbox).create(
        corp, "--ca-file", corp.ca_file, uri=f"ldaps://127.0.0.1:{listener.getsockname()[1]}")
    failed = directory.wait_failed()
    assert failed["stage"] == "tls"
    listener.close()


def test_a_wrong_password_pauses_before_the_account_is_locked(corp, own_sandbox):
    directory = Directory(own_sandbox).create(corp, password="not-this-one")
    paused = directory.wait_state("paused")
    assert paused["class"] == "auth"
    directory.muster("directory", "update-secret", "acme", "corp", "--secret-file", "-",
                     secret=corp.sync_password + "\n")
    directory.follow()


def test_a_restarted_server_is_followed_from_where_it_stood(own_sandbox):
    with short_folder() as folder, OpenLdap(folder + "/corp", people=100) as corp:
        directory = Directory(own_sandbox).create(corp)
        first = directory.follow()
        corp.kill()
        directory.wait_failed()
        before = names(own_sandbox)
        assert sum(before.values()) > 90
        corp.start()
        name = corp.person(3)["uid"]
        corp.change("disable", "--uid", name)
        directory.sync()
        wait_until(lambda: names(own_sandbox)[name] is False, 120, what="the deactivation")
        after = directory.status()
        assert after["last_full"] == first["last_full"], "it went on from the cookie"
        assert {n: a for n, a in names(own_sandbox).items() if n != name} == {
            n: a for n, a in before.items() if n != name}


def test_a_server_that_hangs_while_followed_is_told_from_a_quiet_one(own_sandbox):
    with short_folder() as folder, OpenLdap(folder + "/corp", people=30) as corp:
        directory = Directory(own_sandbox).create(corp)
        first = directory.follow()["last_contact"]
        wait_until(lambda: directory.status()["last_contact"] > first, 120, "a sign of life")
        corp.freeze()
        try:
            failed = directory.wait_failed()
            assert failed["class"] == "net"
            assert failed["counts"]["deactivated"] == 0
        finally:
            corp.thaw()
        assert "next_try" not in directory.follow(300)


def test_a_kill_during_the_first_sync_converges(own_sandbox):
    with short_folder() as folder, OpenLdap(folder + "/corp", people=3000) as corp:
        directory = Directory(own_sandbox).create(corp)
        for delay in (0.05, 0.2, 0.4, 0.6):
            time.sleep(delay)
            own_sandbox.kill()
            own_sandbox.start()
        directory.follow(300)
        truth = {p["uid"]: not p["disabled"] for p in corp.truth()["people"]}
        scim = own_sandbox.acme.scim()
        found, start = {}, 1
        while True:
            page = scim.get(f"/Users?count=1000&startIndex={start}&attributes=userName,active").body
            found.update({u["userName"]: u["active"] for u in page["Resources"]})
            start += len(page["Resources"])
            if start > page["totalResults"] or not page["Resources"]:
                break
        scim.close()
        found.pop("admin")
        assert found == truth
        for group in corp.truth()["groups"]:
            assert directory.group(group["name"]) == set(group["members"]) | set(group["nested"])


def test_an_upstream_on_this_machine_is_refused_unless_the_operator_allows_it(corp):
    with short_folder() as folder, Sandbox(folder + "/box") as box:
        box.stop()
        config = box.folder / "musterd.yaml"
        config.write_text(config.read_text().replace("allow_loopback: true", "allow_loopback: false"))
        box.start()
        directory = Directory(box)
        for uri in (corp.uri, "ldap://169.254.169.254", "ldap://[::1]:389", "ldap://localhost",
                    "ldapi://%2fslapd", "ldap://127.1"):
            refused = directory.muster("directory", "create", "acme", "x", "--uri", uri,
                                       "--base-dn", corp.base, check=False)
            assert not isinstance(refused, dict) and refused.returncode != 0, uri
