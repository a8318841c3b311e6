"""389 Directory Server with its habits: nsUniqueId, a changelog that is trimmed, deletions unsaid."""

import pytest

from conftest import short_folder
from corp import Ds389
from dir_changes import *  # pylint: disable=wildcard-import,unused-wildcard-import
from dir_changes import PLACE, Followed, change, picked
from directory import Directory
from muster import wait_until


@pytest.fixture(scope="module")
def corp():
    with short_folder() as folder, Ds389(folder + "/corp", people=60, **PLACE) as made:
        yield made


def test_its_anchor_is_the_unique_id(sandbox, corp):
    followed = Followed(sandbox, corp, "--anchor-attribute", "nsUniqueId")
    followed.wait_right()
    followed.directory.edit("--active=no")


def test_a_changelog_that_was_trimmed_past_our_cookie_calls_for_a_full_compare(sandbox, corp):
    followed = Followed(sandbox, corp)
    followed.wait_right()
    uid, full = picked(followed, 20), followed.full()
    followed.pause()
    change(followed, "delete", uid)
    change(followed, "title:After", picked(followed, 21))
    numbers = [dn for dn, _ in corp.read("(changeNumber=*)", ["1.1"], base="cn=changelog")]
    newest = max(numbers, key=lambda dn: int(dn.partition(",")[0].partition("=")[2]))
    corp.modify("\n".join(f"dn: {dn}\nchangetype: delete\n" for dn in numbers if dn != newest))
    followed.go_on()
    followed.wait_full_after(full)
    followed.wait_note("full compare", "changelog was trimmed")
    followed.wait_active(uid, False)
    followed.wait_right()
    followed.directory.edit("--active=no")


def test_what_changed_while_nobody_followed_comes_whole(sandbox):
    """389 leaves out of a delta what is operational, and each 51st deletion."""
    with short_folder() as folder, Ds389(folder + "/corp", people=120, **PLACE) as own:
        followed = Followed(sandbox, own)
        followed.wait_right()
        full, company = followed.full(), own.company()
        followed.pause()
        own.modify("\n".join(f"dn: {company[picked(followed, number)].dn}\nchangetype: delete\n"
                             for number in range(10, 70)))
        change(followed, "disable", picked(followed, 71))
        followed.go_on()
        # Groups lose most of their members by so many.
        plan = followed.directory.wait_state("held")["plan"]
        gone = {row["name"] for row in followed.directory.plan(plan, "deactivate")}
        assert gone >= {picked(followed, number) for number in (*range(10, 70), 71)
                        if company[picked(followed, number)].active}
        followed.directory.approve(plan)
        followed.directory.follow()
        followed.wait_right()
        assert followed.full() == full
        followed.directory.edit("--active=no")


def test_a_changelog_that_may_not_be_read_is_told(sandbox, corp):
    followed = Followed(sandbox, corp)
    followed.wait_right()
    followed.pause()
    acis = [value.decode() for _, entry in corp.read(attributes=["aci"], base="cn=changelog",
                                                     scope=0) for value in entry["aci"]]
    corp.modify("dn: cn=changelog\nchangetype: modify\ndelete: aci\n")
    try:
        followed.go_on()
        followed.wait_note("changelog cannot be read")
        followed.wait_right()
    finally:
        corp.modify("dn: cn=changelog\nchangetype: modify\nadd: aci\n"
                    + "".join(f"aci: {value}\n" for value in acis))
    followed.directory.edit("--active=no")


def test_a_restored_backup_stops_the_source(sandbox, corp):
    followed = Followed(sandbox, corp)
    followed.wait_right()
    corp.backup()
    followed.directory.wait_state("following")
    change(followed, "title:After the backup", picked(followed, 22))
    before = followed.wait_right()
    followed.pause()
    corp.restore()
    try:
        followed.go_on()
        failed = wait_until(lambda: next((s for s in [followed.directory.try_status()]
                                          if isinstance(s, dict)
                                          and s.get("class") == "rollback"), None), 90)
        assert failed["state"] == "paused"
        assert followed.people() == before
        followed.directory.sync("--full")
        plan = followed.directory.wait_state("held")["plan"]
        assert followed.people() == before
        followed.directory.approve(plan)
        followed.directory.follow()
        followed.wait_right()
    finally:
        followed.directory.edit("--active=no")


def test_names_by_entry_uuid_are_followed_where_the_server_has_them(sandbox):
    with short_folder() as folder, Ds389(folder + "/corp", people=20, ENTRYUUID_SYNC="1") as other:
        followed = Followed(sandbox, other, "--anchor-attribute", "entryUUID")
        followed.wait_right()
        followed.directory.edit("--active=no")


def test_a_look_through_limit_is_told_as_what_it_is(sandbox):
    """389 says nothing to a stream whose search it has ended."""
    with short_folder() as folder, Ds389(folder + "/corp", people=60, **PLACE) as own:
        own.modify("dn: cn=config,cn=ldbm database,cn=plugins,cn=config\nchangetype: modify\n"
                   "replace: nsslapd-lookthroughlimit\nnsslapd-lookthroughlimit: 20\n")
        directory = Directory(sandbox, tenant=sandbox.new_tenant().name).create(own)
        failed = directory.wait_failed(failure="limit")
        assert "dministrative limit" in str(failed)
        directory.edit("--active=no")
