"""What is not the same at each of the servers that speak RFC 4533: groups of thousands, cookies that
it does not know, whether it tells its time."""

import pytest

from conftest import short_folder
from corp import Ds389, OpenLdap
from dir_changes import PLACE, Followed, change, picked
from directory import Directory
from fault import Fault
from muster import wait_until
from oracle import Oracle

# 389 takes a minute to load as many as OpenLDAP in a second.
THOUSANDS = [(OpenLdap, 5000, {}), (Ds389, 2000, {"MEMBER_OF": "0"})]


@pytest.mark.parametrize("kind, people, settings", THOUSANDS, ids=["openldap", "389"])
def test_a_group_of_thousands_is_whole_and_two_changes_of_it_are_two(
        sandbox, kind, people, settings):
    with short_folder() as folder, kind(folder + "/corp", people=people,
                                        options="--huge --scheme none", **settings) as corp:
        directory = Directory(sandbox, tenant=sandbox.new_tenant().name).create(corp)
        directory.follow(300)
        company = corp.company()
        group = max(corp.truth()["groups"], key=lambda g: len(g["members"]))
        inside = {name for name, person in company.items() if group["name"] in person.groups}
        assert len(inside) == people
        assert directory.group(group["name"]) == inside
        left, other = sorted(inside)[:2]
        corp.modify(f"dn: {group['dn']}\nchangetype: modify\ndelete: member\n"
                    f"member: {company[left].dn}\n")
        wait_until(lambda: directory.group(group["name"]) == inside - {left}, 90, "one less")
        with Oracle(corp, sandbox, directory).listen() as pushes:
            corp.modify(f"dn: {group['dn']}\nchangetype: modify\nadd: member\n"
                        f"member: {company[left].dn}\n-\ndelete: member\n"
                        f"member: {company[other].dn}\n")
            wait_until(lambda: directory.group(group["name"]) == inside - {other}, 90, "both")
        assert len(pushes.messages) == 2, pushes.messages
        directory.edit("--active=no")


@pytest.fixture(scope="module", params=[OpenLdap, Ds389], ids=["openldap", "389"])
def corp(request):
    with short_folder() as folder, request.param(folder + "/corp", people=60, **PLACE) as made:
        yield made


def test_half_a_cookie_is_none_and_the_deletions_are_found(sandbox, corp, tmp_path):
    """83: OpenLDAP answers with everything and says nothing of who is gone; 389 refuses it."""
    with Fault(corp, tmp_path / "fault") as wire:
        followed = Followed(sandbox, corp, uri=wire.uri)
        followed.wait_right()
        gone, uid, full = picked(followed, 5), picked(followed, 6), followed.full()
        followed.pause()
        change(followed, "delete", gone)
        change(followed, "title:After", uid)
        wire.rules("once:sync 1 garble")
        followed.go_on()
        followed.wait_active(gone, False)
        assert wire.count("searchReq.* garble ") == 1
        assert followed.full() != full
        assert followed.wait_right()[uid].title == "After"
        followed.directory.edit("--active=no")


@pytest.mark.parametrize("corp", [Ds389], ids=["389"], indirect=True)
@pytest.mark.parametrize("seconds, word", [(3600, "ahead"), (-300, "behind")])
def test_a_server_whose_clock_is_wrong_is_followed_and_that_is_told(
        sandbox, corp, tmp_path, seconds, word):
    """91, 92: the one of the two that tells its time."""
    with Fault(corp, tmp_path / "fault", more=["--clock", str(seconds)]) as wire:
        followed = Followed(sandbox, corp, uri=wire.uri)
        followed.wait_right()
        followed.wait_note("clock skew", "seconds " + word)
        assert abs(followed.directory.status()["clock_skew_ms"] / 1000 - seconds) < 60
        change(followed, f"title:At {seconds}", picked(followed, 7))
        followed.wait_right()
        followed.directory.edit("--active=no")
