"""What a run would do is a plan that can be read, approved and rejected; what it did can be read."""

import os

import pytest

from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from muster import Sandbox, wait_until
from test_full_disk import fill, refused, small_disk  # noqa: F401 (a fixture)

MAPPED = ("--group-map", "app-technicians=role:Technician")


@pytest.fixture
def box():
    with short_folder() as folder, Sandbox(folder + "/box") as made:
        yield made


@pytest.fixture
def corp():
    with short_folder() as folder, OpenLdap(folder + "/corp") as made:
        yield made


def people(box):
    scim = box.acme.scim()
    found = scim.get("/Users?count=1000").body["Resources"]
    scim.close()
    return {user["userName"]: user for user in found}


def test_a_first_run_waits_and_its_approval_applies_exactly_the_plan(box, corp):
    directory = Directory(box).create(corp, *MAPPED, confirmed=False)
    held = directory.wait_state("held")
    assert "first run" in held["reason"]
    assert set(people(box)) == {"admin"}
    assert directory.muster("group", "list", "acme") == []
    creates = directory.plan(held["plan"], "create")
    truth = {person["uid"]: person for person in corp.truth()["people"]}
    assert {row["name"] for row in creates} == set(truth)
    assert len(directory.plan(held["plan"], "create-group")) == len(corp.truth()["groups"])
    roles = directory.plan(held["plan"], "role")
    assert [row["name"] for row in roles] == ["Technician"]
    for row in creates:
        new = {change["attribute"]: change.get("new") for change in row["changes"]}
        assert new["name.familyName"] == truth[row["name"]]["sn"]
        assert not any("argon" in (value or "").lower() for value in new.values())
    directory.approve(held["plan"])
    directory.wait_state("following")
    after = people(box)
    assert set(after) == set(truth) | {"admin"}
    person = next(iter(truth.values()))
    api = box.acme.api("users.view")
    source, = api.get(f"/users?contains={person['uid']}").body["items"][0]["sources"]
    told, = api.get(f"/users/{after[person['uid']]['id']}/sources").body["items"]
    assert (source, told["type"], told["name"]) == ("corp", "directory", "corp")
    assert told["dn"].startswith("uid=") and "anchor" in told
    api.close()
    plan, = directory.plans()
    assert (plan["state"], plan["cause"], plan["id"]) == ("applied", "first", held["plan"])
    assert plan["counts"]["create"] == len(truth)
    technicians = {name for name, user in after.items()
                   if any(role["display"] == "Technician" for role in user.get("roles", []))}
    assert len(technicians) == roles[0]["added"]


def test_a_first_run_that_names_nobody_waits_like_any_other(box, corp):
    directory = Directory(box).create(corp, "--scope-rule", "uid=nobody", confirmed=False)
    held = directory.wait_state("held")
    assert "first run" in held["reason"] and "names nobody" in held["reason"]
    assert held["because"] == [{"code": "first-nobody", "values": {}}]
    plan, = directory.plans()
    assert (plan["reason"], plan["because"]) == (held["reason"], held["because"])
    run = directory.history()[0]
    assert (run["reason"], run["because"]) == (held["reason"], held["because"])
    assert (plan["state"], plan["cause"]) == ("held", "first")
    directory.approve(held["plan"])
    directory.wait_state("following")
    assert set(people(box)) == {"admin"}
    assert [plan["state"] for plan in directory.plans()] == ["applied"]


def test_pages_hold_every_row_once(box, corp):
    directory = Directory(box).create(corp, confirmed=False)
    held = directory.wait_state("held")
    api = box.acme.api("directories.manage")
    seen, cursor = [], ""
    while True:
        page = api.get(f"/plans/{held['plan']}?limit=37" + (f"&cursor={cursor}" if cursor else ""))
        assert page.status == 200
        seen += [row["row"] for row in page.body["items"]]
        cursor = page.body.get("next_cursor")
        if not cursor:
            break
    assert seen == list(range(1, directory.plans()[0]["rows"] + 1))
    summary = api.get(f"/plans/{held['plan']}/summary").body
    assert (summary["state"], summary["directory"], summary["rows"]) == (
        "held", directory.name, len(seen))
    assert "first run" in summary["reason"]
    assert api.get("/plans?state=held").body["items"] == [summary]
    assert api.get("/overview").body["plans"] == [summary]
    assert api.get("/plans?state=applied").body["items"] == []
    refused = api.get(f"/plans/{held['plan']}?action=destroy")
    assert refused.status == 422


def test_a_rejected_plan_leaves_all_as_it_is_until_the_company_says_something_else(box, corp):
    directory = Directory(box).create(corp, confirmed=False)
    held = directory.wait_state("held")
    directory.reject(held["plan"])

    def rejected():
        status = directory.status()
        return "rejected" in status.get("reason", "") and status
    wait_until(rejected, 60, "the rejection")
    directory.sync()
    again = wait_until(rejected, 60, "the same plan")
    assert again["plan"] == held["plan"]
    assert set(people(box)) == {"admin"}
    corp.change("delete", "--uid", corp.person(70)["uid"])
    directory.sync()

    def another():
        status = directory.status()
        return status["state"] == "held" and status["plan"] != held["plan"] and status
    directory.approve(wait_until(another, 60, "another plan")["plan"])
    directory.wait_state("following")
    assert [plan["state"] for plan in directory.plans()] == ["superseded", "applied"]


def test_a_plan_that_cannot_be_stored_leaves_the_one_before_as_it_was(small_disk, corp):  # noqa: F811
    box, filler = Sandbox(small_disk + "/box").start(), small_disk + "/filler"
    try:
        directory = Directory(box).create(corp, confirmed=False)
        old = directory.wait_state("held")["plan"]
        fill(filler)
        scim = box.acme.scim()
        refused(scim)
        scim.close()
        corp.change("delete", "--uid", corp.person(70)["uid"])
        directory.sync()
        directory.wait_state("failed")
        assert [(plan["id"], plan["state"]) for plan in directory.plans()] == [(old, "held")]
        os.unlink(filler)

        def another():
            status = directory.status()
            return status["state"] == "held" and status["plan"] != old and status
        new = wait_until(another, 120, "the plan as it is now")["plan"]
        assert [(plan["id"], plan["state"]) for plan in directory.plans()] == [
            (old, "superseded"), (new, "held")]
        directory.approve(new)
        directory.wait_state("following")
    finally:
        box.stop()


def test_other_settings_that_change_everybody_wait_and_are_applied_as_they_were_shown(box, corp):
    directory = Directory(box).create(corp)
    directory.wait_state("following")
    before = people(box)
    directory.edit("--map", "title=employeeType")
    held = directory.wait_state("held")
    assert "title of" in held["reason"]
    assert people(box) == before
    plan = directory.plans()[-1]
    assert (plan["cause"], plan["state"]) == ("settings", "held")
    rows = directory.plan(held["plan"], "update")
    new = {row["name"]: next(change.get("new") for change in row["changes"]
                             if change["attribute"] == "title") for row in rows}
    directory.approve(held["plan"])
    directory.wait_state("following")
    after = people(box)
    assert {name: after[name].get("title") for name in new} == new


def other_plan(directory, old):
    def another():
        status = directory.status()
        return status["state"] == "held" and status["plan"] != old and status
    return wait_until(another, 120, "another plan")


def test_a_preview_is_applied_by_nobody_but_its_approval(box, corp):
    directory = Directory(box).create(corp)
    directory.wait_state("following")
    before = people(box)
    directory.sync("--preview")
    held = directory.wait_state("held")
    assert "preview" in held["reason"]
    assert (directory.plans()[-1]["cause"], directory.plans()[-1]["rows"]) == ("preview", 0)
    # Other settings are no answer.
    directory.edit("--group-depth", "5")
    held = other_plan(directory, held["plan"])
    assert "preview" in held["reason"]
    name = corp.person(20)["uid"]
    corp.change("title:Later", "--uid", name)
    # What nobody was shown is not applied by an approval.
    directory.approve(held["plan"])
    held = other_plan(directory, held["plan"])
    assert "since the plan was approved" in held["reason"]
    assert people(box) == before
    assert [row["name"] for row in directory.plan(held["plan"], "update")] == [name]
    directory.approve(held["plan"])
    wait_until(lambda: people(box)[name]["title"] == "Later", 60, "the change")
    assert set(people(box)) == set(before)
    assert directory.plans()[-1]["state"] == "applied"


def test_a_preview_that_is_rejected_leaves_all_as_it_is(box, corp):
    directory = Directory(box).create(corp)
    directory.wait_state("following")
    before = people(box)
    directory.sync("--preview")
    empty = directory.wait_state("held")
    name = corp.person(20)["uid"]
    corp.change("title:Never", "--uid", name)
    directory.sync("--preview")
    held = other_plan(directory, empty["plan"])
    assert [row["name"] for row in directory.plan(held["plan"], "update")] == [name]
    directory.reject(held["plan"])
    wait_until(lambda: "rejected" in directory.status().get("reason", ""), 60, "the rejection")
    seen = directory.history()[0]
    directory.sync()
    wait_until(lambda: directory.history()[0] != seen, 60, "another look")
    assert directory.wait_state("held")["plan"] == held["plan"]
    assert people(box) == before
    corp.change("title:Then", "--uid", name)
    directory.sync()
    wait_until(lambda: people(box)[name]["title"] == "Then", 60, "what it says since")


def test_a_run_that_finds_nothing_writes_no_plan(box, corp):
    directory = Directory(box).create(corp)
    directory.wait_state("following")
    before = directory.plans()
    api = box.acme.api("audit.view")
    written = api.get("/audit?limit=1").body["items"]
    directory.compare()
    assert directory.plans() == before
    assert api.get("/audit?limit=1").body["items"] == written


def test_two_who_swap_their_addresses_are_both_right_after_one_run(box, corp):
    directory = Directory(box).create(corp)
    directory.wait_state("following")

    def mails():
        return {values["uid"][0].decode(): [mail.decode() for mail in values.get("mail", [])]
                for _, values in corp.read("(objectClass=inetOrgPerson)")}
    before = mails()
    box.stop()
    corp.change("mail-swap", "--pick", 2)
    box.start()
    truth = mails()
    assert sum(truth[name] != before[name] for name in truth) == 2

    def swapped():
        ours = people(box)
        return all([email["value"] for email in ours[name].get("emails", [])] == truth[name]
                   for name in truth)
    wait_until(swapped, 60, "the addresses of the company")
    assert directory.status()["counts"]["held"] == 0


def conflicts(directory, kind):
    return directory.muster("conflict", "list", directory.tenant, "--kind", kind)


def leave_while_nobody_looks(box, corp, numbers):
    box.stop()
    for number in numbers:
        corp.change("disable", "--uid", corp.person(number)["uid"])
    box.start()


def test_a_run_that_changes_too_much_is_a_conflict_until_its_approval(box, corp):
    directory = Directory(box).create(corp, "--limit-count", "2", "--limit-percent", "1")
    directory.wait_state("following")
    leavers = [corp.person(number)["uid"] for number in (20, 21, 22, 23)]
    leave_while_nobody_looks(box, corp, (20, 21, 22, 23))
    held = directory.wait_state("held")
    row, = conflicts(directory, "mass_change")
    assert row["state"] == "open"
    assert all(people(box)[name]["active"] for name in leavers)
    assert {told["name"] for told in directory.plan(held["plan"], "deactivate")} == set(leavers)
    directory.muster("conflict", "settle", directory.tenant, row["id"], "--as", "approve-once")
    directory.wait_state("following")
    assert not any(people(box)[name]["active"] for name in leavers)
    assert not [row for row in conflicts(directory, "mass_change") if row["state"] == "open"]


def test_an_approval_of_what_is_not_so_any_more_is_refused_by_another_plan(box, corp):
    directory = Directory(box).create(corp, "--limit-count", "2", "--limit-percent", "1")
    directory.wait_state("following")
    leave_while_nobody_looks(box, corp, (20, 21, 22, 23))
    first = directory.wait_state("held")
    corp.change("title:Later", "--uid", corp.person(30)["uid"])
    directory.approve(first["plan"])

    def another():
        status = directory.status()
        return status["state"] == "held" and status["plan"] != first["plan"] and status
    second = wait_until(another, 120, "another plan")
    assert "since the plan was approved" in second["reason"]
    assert people(box)[corp.person(20)["uid"]]["active"]
    assert people(box)[corp.person(30)["uid"]].get("title") != "Later"
    assert len([row for row in conflicts(directory, "mass_change") if row["state"] == "open"]) == 1
    directory.reject(second["plan"])
    wait_until(lambda: not [row for row in conflicts(directory, "mass_change")
                            if row["state"] == "open"], 60, "the end of the conflict")


def test_an_approval_is_of_the_values_too_that_a_row_has_no_room_to_show(box, corp):
    """Of ten addresses the last one changes while a plan with all of them waits."""
    name = corp.person(30)["uid"]
    dn = corp.company()[name].dn

    def put(last):
        mails = [f"a.longer.name.of.{number}@mail.acme.example" for number in range(9)]
        rows = "".join(f"mail: {mail}\n" for mail in (*mails, last))
        corp.modify(f"dn: {dn}\nchangetype: modify\nreplace: mail\n{rows}")
    directory = Directory(box).create(corp, "--limit-count", "2", "--limit-percent", "1")
    directory.wait_state("following")
    box.stop()
    put("the.last@mail.acme.example")
    for number in (20, 21, 22, 23):
        corp.change("disable", "--uid", corp.person(number)["uid"])
    box.start()
    first = directory.wait_state("held")
    put("somebody.else@mail.acme.example")
    directory.approve(first["plan"])

    def another():
        status = directory.status()
        return status["state"] == "held" and status["plan"] != first["plan"] and status
    wait_until(another, 120, "another plan")
    assert len(people(box)[name]["emails"]) == 1


MANY = 4500  # more than one transaction takes


def test_settings_that_change_in_the_middle_of_a_large_run_hold_after_a_kill(box):
    with short_folder() as folder, OpenLdap(folder + "/many", people=MANY) as corp:
        directory = Directory(box).create(corp, confirmed=False)
        held = directory.wait_state("held", 300)
        directory.approve(held["plan"])
        scim = box.acme.scim()

        def is_under_way():
            return scim.get("/Users?count=0").body["totalResults"] > 100
        wait_until(is_under_way, 120, "the first people")
        directory.edit(*MAPPED)
        box.kill()
        scim.close()
        box.start()
        directory.follow(300)
        expected = {name for name, person in corp.company().items()
                    if "app-technicians" in person.all_groups}
        shown = directory.muster("role", "show", directory.tenant, "Technician", "--limit", "10000")
        assert {member["name"] for member in shown["members"]} == expected
        assert directory.status()["people"] == sum(
            person.active for person in corp.company().values())
        # What was read under other settings is not ended; what was done of it is compared anew.
        states = [plan["state"] for plan in directory.plans()]
        assert states[0] in ("applied", "failed") and states[-1] == "applied"
        # However many nobody names any more: each is looked for elsewhere.
        directory.edit("--base-dn", f"ou=groups,{corp.base}")
        held = directory.wait_state("held")
        rows = directory.plan(held["plan"], "deactivate")
        assert {row["rule"].split(":")[0] for row in rows} == {"left scope"}
        assert directory.plans()[-1]["counts"]["deactivate"] > 4096
