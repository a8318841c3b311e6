"""How a directory is set up, changed and forgotten by those who run it."""

import re
import urllib.request

import pytest

from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from muster import Sandbox, wait_until

# Every setting with a value that it takes, as the command line and as the result call it.
SETTINGS = {
    "failover-uri": ("failover_uris", ["ldap://127.0.0.1:2", "ldaps://127.0.0.1:3"]),
    "connector": ("connector", "rfc4533"),
    "poll-seconds": ("poll_seconds", 30),
    "full-seconds": ("full_seconds", 3600),
    "precedence": ("precedence", 7),
    "group-depth": ("group_depth", 3),
    "group-gone": ("group_gone", "keep"),
    "no-email": ("no_email", "hold"),
    "limit-count": ("limit_count", 5),
    "limit-percent": ("limit_percent", 20),
    "grace-hours": ("grace_hours", 8),
    "contact": ("contacts", ["it@example.com", "boss@example.com"]),
}
REFUSED = [("poll-seconds", "0"), ("poll-seconds", "86401"), ("full-seconds", "59"),
           ("precedence", "1001"), ("group-depth", "33"), ("grace-hours", "73"),
           ("limit-percent", "101"), ("connector", "magic"), ("group-gone", "burn"),
           ("no-email", "invent"), ("contact", "nobody"), ("failover-uri", "http://127.0.0.1"),
           ("failover-uri", "ldapi://%2fslapd"), ("uri", "cldap://127.0.0.1"),
           ("base-dn", "no dn"), ("bind-dn", "no dn"), ("user-filter", "(uid=*"),
           ("user-filter", "(uid=*))(|(uid=*"), ("map", "password_hash=x"), ("new-name", "")]


@pytest.fixture
def idle(sandbox):
    """A directory whose server is not there."""
    company = sandbox.new_tenant()
    directory = Directory(sandbox, tenant=company.name)
    directory.company = company
    directory.muster("directory", "create", directory.tenant, "corp", "--uri",
                     "ldap://127.0.0.1:1", "--base-dn", "dc=example,dc=com", "--bind-dn",
                     "cn=sync,dc=example,dc=com", "--secret-file", "-", secret="Correct-horse-9\n")
    return directory


def show(directory):
    return directory.muster("directory", "show", directory.tenant, directory.name)


def said(done):
    assert not isinstance(done, (dict, list)) and done.returncode != 0
    return done.stdout + done.stderr


def options(settings):
    return [word for name, (_, value) in settings.items()
            for one in (value if isinstance(value, list) else [value])
            for word in ("--" + name, str(one))]


def test_every_setting_can_be_changed_and_taken_back(idle):
    before = show(idle)
    secret = "Correct-horse-9"  # failover servers are places that it goes to
    idle.edit(*options(SETTINGS), secret=secret)
    shown = show(idle)
    for member, value in SETTINGS.values():
        assert shown[member] == value, member
    idle.edit(*[word for name in SETTINGS for word in ("--" + name, "")])
    after = show(idle)
    assert {k: v for k, v in after.items() if k not in ("revision", "modified")} == \
        {k: v for k, v in before.items() if k not in ("revision", "modified")}


@pytest.mark.parametrize("name,value", REFUSED)
def test_what_is_out_of_range_is_refused_and_changes_nothing(idle, name, value):
    before = show(idle)
    answer = said(idle.edit("--" + name, value, secret="Correct-horse-9", check=False))
    assert name.replace("-", "_").rstrip("s")[:5] in answer.replace("-", "_") or name == "new-name"
    assert show(idle) == before


LISTS = {"failover-uri": "failover_uris", "scope-rule": "scope_rules", "map": "maps",
         "authority-rule": "authority_rules", "join-rule": "join_rules",
         "disabled-rule": "disabled_rules", "group-map": "group_maps", "run-limit": "run_limits",
         "contact": "contacts"}


@pytest.mark.parametrize("option", LISTS)
def test_a_value_that_none_of_a_list_can_be_is_named_as_it_was_said(idle, option):
    answer = said(idle.edit("--" + option, "x" * 5000, secret="Correct-horse-9", check=False))
    assert LISTS[option] + ":" in answer


@pytest.mark.parametrize("name", ["a/b", "a\\b", ".", "..", "new"])
def test_a_name_that_cannot_stand_in_an_address_is_refused(idle, name):
    before = show(idle)
    assert "name: a directory's name" in said(idle.edit("--new-name", name, check=False))
    assert show(idle) == before
    api = idle.company.api("directories.manage")
    answer = api.ask("POST", "/directories", {
        "name": name, "uri": "ldap://127.0.0.1:1", "base_dn": "dc=example,dc=com"})
    assert answer.status == 422 and answer.body["attribute"] == "name", answer.body


def test_so_many_are_told_and_no_more(idle):
    told = [word for i in range(17) for word in ("--contact", f"person{i}@example.com")]
    idle.edit(*told[:32])
    assert "at most 16 addresses" in said(idle.edit(*told, check=False))
    assert len(show(idle)["contacts"]) == 16


@pytest.mark.parametrize("option,value", [
    ("--uri", "ldap://127.0.0.2:1"), ("--uri", "ldap://127.0.0.1:2"),
    ("--uri", "ldaps://127.0.0.1:1"), ("--start-tls", None), ("--ca-file", "/etc/other.pem"),
    ("--bind-dn", "cn=other,dc=example,dc=com"), ("--failover-uri", "ldap://127.0.0.1:4")])
def test_another_place_needs_the_bind_password_anew(idle, option, value):
    """97, H13: a stored password is not sent to where somebody else said it should go."""
    before = show(idle)
    words = [option] if value is None else [option, value]
    answer = said(idle.edit(*words, check=False))
    assert "secret" in answer and "anew" in answer
    assert show(idle) == before
    idle.edit(*words, secret="Correct-horse-9")
    assert show(idle) != before


def test_the_api_names_the_secret_as_what_is_missing(idle):
    api = idle.company.api("directories.manage")
    answer = api.ask("PATCH", "/directories/corp", {"uri": "ldap://127.0.0.9"})
    assert answer.status == 422 and answer.body["attribute"] == "secret", answer.body
    assert api.ask("PATCH", "/directories/corp", {"limit_count": 3}).status == 204


def test_a_known_server_may_go_or_change_its_place_in_the_line(idle):
    idle.edit("--failover-uri", "ldap://127.0.0.1:4", secret="Correct-horse-9")
    idle.edit("--uri", "ldap://127.0.0.1:4", "--failover-uri", "ldap://127.0.0.1:1")
    idle.edit("--failover-uri", "")
    assert show(idle)["uri"] == "ldap://127.0.0.1:4"


def test_who_binds_as_nobody_keeps_no_password(idle):
    idle.edit("--bind-dn", "")
    idle.edit("--uri", "ldap://127.0.0.1:7")
    assert "bind_dn" not in show(idle)
    idle.edit("--bind-dn", "cn=sync,dc=example,dc=com")
    failed = idle.wait_failed()
    assert failed["class"] in ("net", "config")


def test_no_setting_shows_the_password(idle):
    idle.edit("--bind-dn", "cn=two,dc=example,dc=com", secret="Very-hidden-word-5")
    shown = str(show(idle)) + str(idle.muster("audit", "list", idle.tenant))
    assert "Very-hidden" not in shown and "Correct-horse" not in shown


def test_an_edit_reaches_the_running_job(own_sandbox):
    with short_folder() as folder, OpenLdap(folder + "/corp", people=12) as corp:
        directory = Directory(own_sandbox).create(corp)
        directory.follow()
        directory.edit("--active=no")
        assert directory.wait_state("paused")["reason"] == "the directory is switched off"
        directory.edit("--active=yes")
        directory.follow()
        directory.edit("--bind-dn", corp.admin_dn, secret=corp.admin_password)
        directory.follow()


@pytest.mark.parametrize("people", ["keep", "disable"])
def test_who_forgets_a_directory_says_what_becomes_of_how_many(people):
    """102: by explicit choice, with the count typed in."""
    with short_folder() as folder, OpenLdap(folder + "/corp", people=20) as corp, \
            Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp)
        linked = directory.follow()["people"]
        words = ("directory", "delete", "acme", "corp")
        assert "people" in said(directory.muster(*words, check=False))
        assert "people" in said(directory.muster(*words, "--people", "burn", "--count", linked,
                                                 check=False))
        wrong = said(directory.muster(*words, "--people", people, "--count", linked + 1,
                                      check=False))
        assert f"it has {linked} people" in wrong
        assert directory.status()["people"] == linked
        done = directory.delete(people)
        assert done["people"] == linked and ("job" in done) == (people == "disable")
        name = next(p["uid"] for p in corp.truth()["people"] if not p["disabled"])
        wait_until(lambda: directory.muster("user", "show", "acme", name)["active"]
                   is (people == "keep"), 120, "the choice")
        if people == "disable":
            directory.muster("user", "activate", "acme", name)
        directory.muster("user", "edit", "acme", name, "--title", "Ours now")


def history(directory):
    return directory.muster("directory", "history", directory.tenant, directory.name)


def pause(directory):
    """To the last row that it writes."""
    directory.edit("--active=no")
    wait_until(lambda: history(directory)[0]["result"] == "paused", 60, "the pause")


def test_the_history_tells_what_became_of_each_run(own_sandbox):
    with short_folder() as folder:
        with OpenLdap(folder + "/corp", people=12) as corp:
            directory = Directory(own_sandbox).create(corp)
            directory.follow()
            first = history(directory)[-1]
            assert (first["kind"], first["result"], first["server"]) == ("full", "ok", corp.uri)
            assert first["counts"]["created"] > 0 and first["began"] <= first["ended"]
            before = len(history(directory))
            corp.change("title:Boss")
            wait_until(lambda: len(history(directory)) > before, 120, "the run of a change")
            newest = history(directory)[0]
            assert (newest["kind"], newest["result"]) == ("delta", "ok")
            assert newest["counts"]["updated"] == 1
            assert directory.status()["connector"] == "rfc4533"
        failed = wait_until(lambda: next((row for row in history(directory)
                                          if row["result"] == "failed"), None), 120, "a failure")
        assert failed["class"] == "net" and failed["reason"]
        limited = directory.muster("directory", "history", "acme", "corp", "--limit", 1)
        assert len(limited) == 1
    pause(directory)
    api = own_sandbox.acme.api("directories.manage")
    path = "/directories/corp/history?limit=1"
    assert [row["run"] for row in api.pages(path)] == [row["run"] for row in history(directory)]
    assert api.get(path + "&cursor=none").status == 422
    after = [row["run"] for row in history(directory)]
    own_sandbox.stop()
    own_sandbox.start()
    wait_until(lambda: set(after) <= {row["run"] for row in history(directory)} or None, 120,
               "the history after a restart")


def steps_of(directory, person, *options):
    rows = directory.muster("directory", "person", directory.tenant, directory.name, person,
                            *options)
    return {row["step"]: row for row in rows}, rows


def test_one_person_on_demand_step_by_step(own_sandbox):
    """19: that person only; the job's cookie is not touched."""
    with short_folder() as folder, OpenLdap(folder + "/corp", people=12) as corp:
        directory = Directory(own_sandbox).create(corp)
        directory.follow()
        person = corp.person(5)
        steps, _ = steps_of(directory, person["uid"])
        assert steps["found"]["text"].startswith("uid=" + person["uid"])
        assert steps["would-change"]["text"] == "nothing" and "applied" not in steps
        assert steps["joined"]["text"].startswith(person["uid"])
        pause(directory)
        runs = len(history(directory))
        corp.change("title:Captain", "--uid", person["uid"])
        steps, rows = steps_of(directory, person["uid"])
        assert any("Captain" in row["text"] for row in rows if row["step"] == "would-change")
        assert not any("{" in row["text"] and "password" in row["text"].lower() for row in rows)
        title = directory.muster("user", "show", "acme", person["uid"]).get("title")
        assert title != "Captain"
        steps, _ = steps_of(directory, steps["found"]["text"], "--apply")
        assert steps["applied"]["good"] and steps["applied"]["text"] == "changed"
        assert directory.muster("user", "show", "acme", person["uid"])["title"] == "Captain"
        assert len(history(directory)) == runs
        told = wait_until(lambda: [row for row in directory.muster(
            "provision", "list", "acme", "--token", "corp", "--name", person["uid"])
            if row["detail"] == "on demand"], 60, "the row of the provisioning log")
        assert told[0]["outcome"] == "succeeded" and told[0]["method"] == "update"
        steps, _ = steps_of(directory, "nobody-is-called-so")
        assert not steps["found"]["good"]
        steps, _ = steps_of(directory, "*)(uid=*")
        assert not steps["found"]["good"]


def test_every_changed_person_has_a_row_in_the_provisioning_log(own_sandbox):
    """Oracle 6: the run, the anchor, the DN, old and new."""
    with short_folder() as folder, OpenLdap(folder + "/corp", people=12) as corp:
        directory = Directory(own_sandbox).create(corp)
        people = directory.follow()["people"]

        def told(*options):
            return directory.muster("provision", "list", "acme", "--token", "corp", "--limit", 500,
                                    *options)
        created = wait_until(lambda: (rows := [row for row in told() if row["method"] == "create"
                                               and row["type"] == "User"])
                             and len(rows) >= people and rows, 60, "a row for each person")
        run = created[0]["request"]
        assert run in {row["run"] for row in history(directory)}
        names = {person["uid"] for person in corp.truth()["people"]}
        assert {row["subject"] for row in created} == names
        assert all(row["path"].lower().startswith("uid=") and row["external_id"]
                   for row in created)
        person = corp.person(5)
        corp.change("title:Captain", "--uid", person["uid"])
        row = wait_until(lambda: next(iter(told("--name", person["uid"])), {}).get("method")
                         == "update" and told("--name", person["uid"])[0], 120, "the update's row")
        shown = directory.muster("provision", "show", "acme", row["row"])
        changes = [change for entry in shown["changes"] for change in entry["changes"]]
        assert {"path": "title", "old": person["title"], "new": "Captain"} in changes, changes
        everything = str(told()) + str(shown) + (own_sandbox.folder / "log").read_text()
        assert not [secret for secret in corp.secrets() if secret in everything]


def test_the_metrics_tell_of_each_directory_by_number(own_sandbox):
    with short_folder() as folder, OpenLdap(folder + "/corp", people=12) as corp:
        directory = Directory(own_sandbox).create(corp)
        people = directory.follow()["people"]

        def figure(name):
            with urllib.request.urlopen(own_sandbox.values["STATUS_URL"] + "/metrics",
                                        timeout=60) as answer:
                text = answer.read().decode()
            assert "corp" not in text
            found = re.search(rf'^muster_sync_directory_{name}\{{tenant="\d+",directory="\d+"\}} '
                              r"(-?\d+)$", text, re.MULTILINE)
            return found and int(found[1])
        wait_until(lambda: figure("following") == 1, 60, "the state")
        assert figure("people") == people
        assert figure("contact_seconds") >= 0 and figure("certificate_days") == -1
