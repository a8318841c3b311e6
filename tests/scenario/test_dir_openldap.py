"""OpenLDAP: session log, present phase, restored backups, cookies that nobody knows."""

import socket
import time

import pytest

from conftest import short_folder
from corp import OpenLdap
from dir_changes import *  # pylint: disable=wildcard-import,unused-wildcard-import
from dir_changes import PLACE, Followed, change, picked
from directory import Directory
from fault import Fault
from muster import Sandbox, wait_until


@pytest.fixture(scope="module")
def corp():
    with short_folder() as folder, OpenLdap(folder + "/corp", people=60, **PLACE) as made:
        yield made


def server(folder, **settings):
    return OpenLdap(folder + "/corp", people=60, **PLACE, **settings)


def rolled_back(followed):
    return wait_until(lambda: next((s for s in [followed.directory.try_status()]
                                    if isinstance(s, dict) and s.get("class") == "rollback"),
                                   None), 90,
                      lambda: f"a rollback ({followed.directory.try_status()})")


@pytest.mark.parametrize("writes_after", [False, True])
def test_a_restored_backup_stops_the_source_even_after_new_writes(sandbox, writes_after):
    with short_folder() as folder, server(folder) as own:
        followed = Followed(sandbox, own)
        followed.wait_right()
        own.backup()
        change(followed, "title:After the backup", picked(followed, 2))
        change(followed, "title:Later", picked(followed, 3))
        before = followed.wait_right()
        followed.pause()
        own.restore()
        if writes_after:
            change(followed, "title:Invisible", picked(followed, 4))
        followed.go_on()
        assert rolled_back(followed)["state"] == "paused"
        assert followed.people() == before
        followed.directory.sync("--full")
        plan = followed.directory.wait_state("held")["plan"]
        assert followed.people() == before
        followed.directory.approve(plan)
        followed.directory.follow()
        followed.wait_right()
        followed.directory.edit("--active=no")


def gone_meanwhile(followed, numbers):
    """These are deleted while nobody follows; what is to be seen afterwards."""
    followed.wait_right()
    followed.pause()
    for number in numbers:
        change(followed, "delete", picked(followed, number))
    change(followed, "title:Meanwhile", picked(followed, 30))
    followed.go_on()


def test_what_the_session_log_forgot_is_found_by_the_present_phase(sandbox):
    with short_folder() as folder, server(folder, SESSION_LOG="0") as own:
        followed = Followed(sandbox, own)
        full = followed.full()
        gone_meanwhile(followed, [5, 6, 7])
        people = followed.wait_right()
        assert sum(not person.active for person in people.values()) >= 3
        assert followed.full() != full
        followed.directory.edit("--active=no")


def test_a_stale_cookie_with_a_reload_hint_calls_for_a_full_compare(sandbox):
    with short_folder() as folder, server(folder, SESSION_LOG="0", RELOAD_HINT="1") as own:
        followed = Followed(sandbox, own)
        followed.wait_right()
        followed.pause()
        change(followed, "delete", picked(followed, 5))
        # The server looks for an entry as old as our cookie, and finds none; its index of them
        # tells whole seconds apart.
        newest = own.read(attributes=["contextCSN"], base=own.suffix, scope=0)[0][1]["contextcsn"]
        wait_until(lambda: time.strftime("%Y%m%d%H%M%S", time.gmtime()).encode() > newest[0][:14])
        own.modify("\n".join(
            f"dn: {dn}\nchangetype: modify\nreplace: description\ndescription: touched\n"
            for dn, _ in own.read(attributes=["1.1"], base=own.suffix)))
        followed.go_on()
        followed.wait_note("full compare", "the server asks for it")
        followed.wait_right()
        followed.directory.edit("--active=no")


def test_deletions_that_nobody_reports_are_found_by_a_full_compare(sandbox):
    with short_folder() as folder, server(folder, SESSION_LOG="0", NO_PRESENT="1") as own:
        followed = Followed(sandbox, own)
        gone_meanwhile(followed, [5])
        wait_until(lambda: followed.people()[picked(followed, 30)].title == "Meanwhile", 90)
        followed.directory.compare()
        followed.wait_note("found by full compare: 1")
        followed.wait_right()
        followed.directory.edit("--active=no")


def test_a_base_that_is_renamed_takes_nobody_away(followed):
    before, base = followed.wait_right(), followed.corp.base
    # The account of the others is renamed with it.
    followed.pause()
    followed.directory.edit("--bind-dn", followed.corp.admin_dn,
                            secret=followed.corp.admin_password)
    followed.go_on()
    followed.directory.follow()
    followed.corp.modify(f"dn: {base}\nchangetype: modrdn\nnewrdn: ou=elsewhere\n"
                         "deleteoldrdn: 1\n")
    try:
        followed.directory.sync("--full")
        failed = followed.directory.wait_failed()
        assert failed["class"] == "config" and "base not found" in failed["reason"]
        assert followed.people() == before
    finally:
        followed.corp.modify(f"dn: ou=elsewhere,{base.partition(',')[2]}\nchangetype: modrdn\n"
                             f"newrdn: {base.partition(',')[0]}\ndeleteoldrdn: 1\n")
    followed.directory.sync()
    followed.directory.follow()
    assert followed.wait_right() == before


def test_a_search_that_the_server_limits_changes_nothing(sandbox):
    with short_folder() as folder, server(folder) as own:
        own.people = 150
        own.change("hire:90")
        tenant = sandbox.new_tenant()
        directory = Directory(sandbox, tenant=tenant.name)
        directory.muster("directory", "create", tenant.name, "corp", "--uri", own.uri,
                         "--base-dn", own.base, "--bind-dn", own.limited_dn, "--secret-file", "-",
                         secret=own.sync_password + "\n")
        failed = directory.wait_failed()
        assert failed["class"] == "limit" and "100 entries" in failed["reason"]
        directory.edit("--active=no")


def test_half_a_hello_and_then_silence_is_given_up(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault", uri=corp.uri) as fault:
        fault.rules("extReq * halfstall")
        followed = Followed(sandbox, corp, "--start-tls", "--ca-file", corp.ca_file,
                            uri=fault.uri, follow=False)
        failed = followed.directory.wait_failed()
        assert failed["stage"] == "tls"
        assert "within" in failed["reason"]
        followed.directory.edit("--active=no")


def names_of_this_machine():
    """Names that lead here without looking like it."""
    with open("/etc/hosts", encoding="utf-8") as hosts:
        rows = [line.split("#")[0].split() for line in hosts]
    return [name for row in rows if row and row[0] in ("127.0.0.1", "127.0.1.1", "::1")
            for name in row[1:] if name != "localhost"] + [socket.gethostname()]


def test_a_name_that_leads_to_this_machine_is_refused_when_it_is_used():
    with short_folder() as folder, Sandbox(folder + "/box") as box:
        box.stop()
        config = box.folder / "musterd.yaml"
        config.write_text(config.read_text().replace("allow_loopback: true",
                                                     "allow_loopback: false"))
        box.start()
        directory = Directory(box)
        directory.muster("directory", "create", "acme", "corp", "--uri",
                         f"ldaps://{names_of_this_machine()[0]}", "--base-dn", "dc=a",
                         "--bind-dn", "cn=b", "--secret-file", "-", secret="Correct-horse-9\n")
        failed = directory.wait_failed()
        assert (failed["stage"], failed["class"]) == ("connect", "config")
        assert "not allowed" in failed["reason"]
