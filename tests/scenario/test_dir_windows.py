"""Active Directory as Windows answers: members in pieces, small pages, DirSync in parts.

Samba behind a proxy that dresses it so, and that breaks what passes. Every test has a tenant of its
own that follows the one domain.
"""

import contextlib

import ldap
import pytest

from conftest import short_folder
from corp import SambaAd
from domain import Domain, administrator, change
from fault import Fault


@pytest.fixture(scope="module")
def corp():
    with short_folder() as folder, SambaAd(folder + "/corp", people=60) as made:
        yield made


def test_a_big_group_that_comes_in_pieces_is_whole(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault", most_values=3, most_entries=7, dirsync_page=2) as windows:
        domain = Domain(sandbox, corp, uri=windows.uri).follow()
        domain.wait_right()
        assert windows.count("range=") > 0
        name = change(corp, "title:In pieces", 12)
        domain.wait("the title", lambda: domain.people()[name].get("title") == "In pieces")
        domain.wait_right()
        domain.end()


def test_many_changes_come_in_parts_and_only_the_last_cookie_is_kept(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault", dirsync_page=2) as windows:
        domain = Domain(sandbox, corp, uri=windows.uri).follow()
        domain.wait_right()
        domain.end()
        domain.directory.wait_state("paused")
        full = domain.fulls()
        names = [change(corp, "title:Of many", number) for number in range(13, 20)]
        domain.directory.edit("--active=yes")
        domain.wait("all of them", lambda: all(
            domain.people()[name].get("title") == "Of many" for name in names))
        domain.end()
        domain.directory.wait_state("paused")
        change(corp, "title:After", 13)
        domain.directory.edit("--active=yes")
        domain.wait("one more", lambda: domain.people()[names[0]].get("title") == "After")
        assert domain.fulls() == full
        domain.end()


def test_a_piece_that_is_missing_fails_the_read_and_changes_no_group(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault", most_values=3) as windows:
        domain = Domain(sandbox, corp, uri=windows.uri).follow()
        domain.wait_right()
        group = max(corp.truth()["groups"], key=lambda g: len(g["members"]))["name"]
        before = domain.directory.group(group)
        windows.rules("range 3+ result 51 busy")
        domain.directory.sync("--full")
        domain.wait_failed("busy")
        assert domain.directory.group(group) == before
        windows.rules()
        domain.directory.follow()
        domain.wait_right()
        domain.end()


@pytest.mark.parametrize("rule, failure", [
    ("result 51 busy", "busy"), ("result 52 gone", "busy"), ("result 3 slow", "limit"),
    ("close", "net")])
def test_a_page_that_fails_changes_nothing(sandbox, corp, tmp_path, rule, failure):
    with Fault(corp, tmp_path / "fault", most_entries=20) as windows:
        domain = Domain(sandbox, corp, uri=windows.uri).follow()
        before = domain.wait_right()
        windows.rules(f"page 2+ {rule}")
        domain.directory.sync("--full")
        failed = domain.wait_failed(failure)
        if "result" in rule:
            assert "page 2" in failed["reason"], failed
        assert domain.people() == before
        windows.rules()
        domain.directory.follow()
        assert domain.wait_right() == before
        domain.end()


def test_a_page_that_is_too_large_is_halved(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault") as wire:
        domain = Domain(sandbox, corp, uri=wire.uri).follow()
        domain.wait_right()
        wire.rules("once:page 1 result 11 too large", "once:page 1 result 4 still too large")
        domain.directory.compare()
        assert wire.count("searchReq.* result ") == 2
        domain.wait_right()
        domain.end()


def test_a_garbled_cookie_leads_to_a_full_compare(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault") as wire:
        domain = Domain(sandbox, corp, uri=wire.uri).follow()
        before, full = domain.wait_right(), domain.fulls()
        domain.end()
        domain.directory.wait_state("paused")
        wire.rules("once:dirsync 1 garble")
        domain.directory.edit("--active=yes")
        domain.wait_full_after(full)
        assert domain.wait_right() == before
        domain.end()


def test_a_refusal_by_a_response_of_another_kind_ends_the_read(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault") as wire:
        domain = Domain(sandbox, corp, uri=wire.uri).follow()
        before = domain.wait_right()
        wire.rules("page 1+ extended 12 not this control")
        domain.directory.sync("--full")
        assert "not this control" in domain.wait_failed("protocol")["reason"]
        assert domain.people() == before
        wire.rules()
        domain.directory.follow()
        domain.end()


def other_controller(corp):
    """The proxy's option that makes one of this."""
    admin = administrator(corp)
    service = admin.read_rootdse_s(attrlist=["dsServiceName"])["dsServiceName"][0].decode()
    own = admin.search_s(service, ldap.SCOPE_BASE)[0][1]["invocationId"][0]
    admin.unbind_s()
    return ["--invocation", f"{own.hex()}:{bytes(reversed(own)).hex()}"]


@contextlib.contextmanager
def two_controllers(sandbox, corp, folder, *more):
    """A domain that is followed at the first of two, and the wire to it."""
    option = other_controller(corp) + list(more)
    with Fault(corp, folder / "first") as first, Fault(
            corp, folder / "second", more=option) as second:
        domain = Domain(sandbox, corp, "--failover-uri", second.uri, uri=first.uri).follow()
        yield domain, first
        domain.end()


def test_another_controller_that_heard_of_the_first_is_compared_with(sandbox, corp, tmp_path):
    with two_controllers(sandbox, corp, tmp_path) as (domain, first):
        before, full = domain.wait_right(), domain.fulls()
        first.rules("any * close")
        domain.wait_full_after(full)
        domain.wait_note("failover")
        assert domain.wait_right() == before
        name = change(corp, "title:At the second", 26)
        domain.wait("the title", lambda: domain.people()[name].get("title") == "At the second")


def test_a_controller_that_lags_behind_takes_nobody_away(sandbox, corp, tmp_path):
    with two_controllers(sandbox, corp, tmp_path, "--invocation-only") as (domain, first):
        before, full = domain.wait_right(), domain.fulls()
        first.rules("any * close")
        failed = domain.wait_failed("busy")
        assert "not yet got all" in failed["reason"]
        assert domain.people() == before and domain.fulls() == full
        first.rules()
        domain.directory.follow()
        domain.wait_right()
