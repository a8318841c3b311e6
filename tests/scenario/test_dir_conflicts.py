"""Whom a directory may not decide about: held with the facts, settled by an admin, closed with their cause."""

import base64
import itertools
import unicodedata
from contextlib import contextmanager
from types import SimpleNamespace

import ldap
import pytest

from company import Company, done, refused
from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from muster import USER, Sandbox, wait_until

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

SECRET = "old-secret-word-77"
PEOPLE = 30
numbers = itertools.count(1)


class Upstream:
    """People that a test adds to the company's server, changes and takes away."""

    def __init__(self, corp):
        self.corp = corp
        self.parent = next(iter(corp.company().values())).dn.partition(",")[2]

    def dn(self, uid):
        return f"uid={uid},{self.parent}"

    def record(self, uid, **said):
        """LDIF of an entry; a list says several values, octets none that is text."""
        rows = {"objectClass": "inetOrgPerson", "uid": uid, "cn": uid.title(), "sn": uid.title(),
                "mail": f"{uid}@corp.test", **said}
        lines = [f"dn: {self.dn(uid)}", "changetype: add"]
        for name, value in rows.items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, bytes):
                    lines.append(f"{name}:: {base64.b64encode(one).decode()}")
                elif one is not None:
                    lines.append(f"{name}: {one}")
        return "\n".join(lines) + "\n\n"

    def add(self, uid, **said):
        self.corp.modify(self.record(uid, **said))

    def add_all(self, *records):
        self.corp.modify("".join(records))

    def put(self, uid, name, *values):
        lines = [f"dn: {self.dn(uid)}", "changetype: modify", f"replace: {name}"]
        for value in values:
            lines.append(f"{name}:: {base64.b64encode(value).decode()}"
                         if isinstance(value, bytes) else f"{name}: {value}")
        self.corp.modify("\n".join(lines) + "\n\n")

    def remove(self, uid):
        self.corp.modify(f"dn: {self.dn(uid)}\nchangetype: delete\n\n")

    def anchor(self, uid):
        return self.corp.company()[uid].anchor


class World:
    def __init__(self, box, corp):
        self.box, self.corp, self.upstream = box, corp, Upstream(corp)
        self.company = Company(box, "pegotec")
        made = self.company.told("token", "create", self.company.name, "entra", "--type", "scim")
        self.scim = self.company.scim(made["token"])
        self.directory = Directory(box, self.company.name)

    def user(self, name):
        found = self.scim.find("Users", f'userName eq "{name}"').body["Resources"]
        return found[0] if found else None

    def user_of(self, name):
        return wait_until(lambda: self.user(name), 60, f"{name} is here")

    def local(self, name, **said):
        return self.company.made(name, "Technician", **said)

    def conflicts(self, uid, *words):
        anchor = self.upstream.anchor(uid) if uid in self.corp.company() else uid
        return [row for row in self.company.told("conflict", "list", self.company.name, *words)
                if row.get("anchor") == anchor]

    def conflict(self, uid, state="open"):
        """The one of the upstream entry, with all that is known of it."""
        rows = wait_until(lambda: self.conflicts(uid, "--state", state), 60,
                          lambda: f"a conflict of {uid} that is {state} "
                                  f"(now: {self.directory.try_status()})")
        assert len(rows) == 1, rows
        return self.show(rows[0])

    def show(self, row):
        return self.company.told("conflict", "show", self.company.name, row["id"])

    def settle(self, row, answer, *words):
        return self.company.told("conflict", "settle", self.company.name, row["id"], "--as",
                                 answer, *words)

    def name(self, stem="p"):
        return f"{stem}{next(numbers)}x"


@pytest.fixture(scope="module")
def world():
    with short_folder() as folder, OpenLdap(folder + "/corp", people=PEOPLE) as corp, \
            Sandbox(folder + "/box") as box:
        made = World(box, corp)
        made.directory.create(corp, "--run-limit", "email-percent=100", "--join-rule",
                              "employeeNumber", "--no-email", "hold",
                              "--map", "title=title", "--map", "nick_name=audio")
        made.directory.follow()
        yield made
        made.scim.close()
        made.company.close()


@pytest.fixture(autouse=True)
def fresh(world):
    """The daemon ends connections that rest; a test begins with new ones."""
    world.company.api.close()
    world.scim.close()


def unit_record(dn):
    return (f"dn: {dn}\nchangetype: add\nobjectClass: organizationalUnit\n"
            f"ou: {dn.partition(',')[0].partition('=')[2]}\n\n")


def below(world, unit, record):
    return record.replace(f",{world.upstream.parent}\n", f",{unit}\n", 1)


@contextmanager
def branch(world, *records, options=(), company=None):
    """A unit with a directory of its own: the company, it, the unit's DN."""
    unit = f"ou={world.name('branch')},{world.corp.suffix}"
    world.corp.modify(unit_record(unit) + "".join(below(world, unit, one) for one in records))
    corp = SimpleNamespace(base=unit, connect_options=world.corp.connect_options,
                           sync_dn=world.corp.sync_dn, sync_password=world.corp.sync_password)
    mine = company or Company(world.box, "pegotec")
    directory = Directory(world.box, mine.name, world.name("corp"))
    directory.create(corp, *options)
    directory.follow()
    yield mine, directory, unit
    directory.edit("--active=no")
    if not company:
        mine.close()


def one_of(company, *words):
    rows = company.told("conflict", "list", company.name, *words)
    assert len(rows) == 1, rows
    return rows[0]


def matched(conflict):
    return {row["user"]["name"]: row["matched"] for row in conflict["candidates"]}


# ---- what is held, and what is not ----

def test_an_address_of_a_local_person_holds_the_newcomer_alone(world):
    """29, 37: neither overwritten nor merged; an admin links, and the id stays."""
    local, uid, other = world.name("local"), world.name(), world.name()
    id = world.local(local, emails=[f"{local}@corp.test"], title="Dr")
    world.upstream.add_all(world.upstream.record(uid, mail=f"{local}@corp.test", title="Prof"),
                           world.upstream.record(other))
    assert world.user_of(other)
    row = world.conflict(uid)
    assert (row["type"], row["attribute"], row["theirs"]) == (
        "email_local", "emails.value", f"{local}@corp.test")
    assert row["subject"]["id"] == id and row["source"]["kind"] == "directory"
    assert row["dn"].lower() == world.upstream.dn(uid).lower()
    assert matched(row) == {local: ["emails.value"]}
    assert f"userName={uid}" in row["facts"] and "title=Prof" in row["facts"]
    assert row["sentence"] and row["closes"]
    assert {"link", "create", "take-upstream", "keep-local", "ignore"} <= set(row["answers"])
    assert not world.user(uid) and world.company.show(local)["title"] == "Dr"
    world.settle(row, "link", "--reason", "she told me")
    wait_until(lambda: world.user(uid), 60, "the directory's name")
    linked = world.company.show(uid)
    assert linked["id"] == id and linked["title"] == "Prof" and linked["emails"] == [f"{local}@corp.test"]
    assert world.conflict(uid, "link")["closed"]
    assert "user.linked" in world.company.actions(id)
    counts = world.directory.compare()["counts"]
    assert (counts["created"], counts["updated"]) == (0, 0)
    assert world.conflicts(uid, "--state", "open") == []


def test_an_address_of_a_person_of_scim_holds_the_newcomer(world):
    """30."""
    uid, theirs = world.name(), world.name("scim")
    made = done(world.scim.ask("POST", "/Users", {
        "schemas": [USER], "userName": theirs,
        "emails": [{"value": f"{theirs}@corp.test", "primary": True}]}), 201)
    world.upstream.add(uid, mail=f"{theirs}@corp.test")
    row = world.conflict(uid)
    assert (row["type"], row["subject"]["id"]) == ("email_scim", made["id"])
    assert not world.user(uid)


def test_a_name_of_somebody_here_holds_the_newcomer(world):
    """H10: no takeover of an account by its name."""
    uid = world.name("boss")
    id = world.company.made(uid, "Admin")
    world.upstream.add(uid)
    row = world.conflict(uid)
    assert (row["type"], row["attribute"], row["subject"]["id"]) == ("uniqueness", "userName", id)
    assert world.company.show(uid)["emails"] == [f"{uid}@example.com"]
    world.settle(row, "create")
    made = wait_until(lambda: [user for user in world.scim.find(
        "Users", f'userName sw "{uid}."').body["Resources"]], 60, "another person")[0]
    assert made["id"] != id and made["emails"][0]["value"] == f"{uid}@corp.test"
    world.directory.compare()
    assert world.conflicts(uid, "--state", "open") == []


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_with_one_address_the_rule_decides_whatever_their_order(world, first):
    """32: who is enabled comes before who is not; the others go on."""
    active, idle, other = world.name(), world.name(), world.name()
    mail = f"{active}@corp.test"
    records = [world.upstream.record(active, mail=mail),
               world.upstream.record(idle, mail=mail.upper(), employeeType="x",
                                     description="second")]
    records = records[::-1] if first else records
    world.upstream.add_all(*records, world.upstream.record(other))
    assert world.user_of(other)
    here = [uid for uid in (active, idle) if wait_until(
        lambda: world.user(active) or world.user(idle), 60, "one of them") and world.user(uid)]
    assert len(here) == 1
    held = next(uid for uid in (active, idle) if uid not in here)
    row = world.conflict(held)
    assert row["type"] == "email_same_source"
    for _ in range(2):
        world.directory.compare()
        assert world.user(here[0]) and not world.user(held)
        assert world.conflict(held)["id"] == row["id"]
    # The one lets go of it upstream, and the other comes.
    world.upstream.put(here[0], "mail", f"{here[0]}.new@corp.test")
    assert world.user_of(held)["emails"][0]["value"].lower() == mail
    assert world.conflicts(held, "--state", "open") == []


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_who_come_together_the_enabled_one_is_here(world, first):
    """32: an account that has ended does not take the address from one that works."""
    works, ended = world.name(), world.name()
    mail = f"{works}@corp.test"
    records = [world.upstream.record(works, mail=mail),
               world.upstream.record(ended, mail=mail, shadowExpire="1",
                                     objectClass=["inetOrgPerson", "shadowAccount"])]
    with branch(world, *(records[::-1] if first else records)) as (company, directory, _):
        for _ in range(2):
            assert company.show(works)["active"] is True
            row = one_of(company, "--state", "open")
            assert row["type"] == "email_same_source"
            shown = company.told("conflict", "show", company.name, row["id"])
            assert f"userName={ended}" in shown["facts"]
            directory.compare()


def test_a_leavers_address_is_free_for_a_newcomer(world):
    """33: the ghost keeps nothing."""
    leaver, newcomer = world.name(), world.name()
    world.upstream.add(leaver)
    assert world.user_of(leaver)
    world.upstream.remove(leaver)
    wait_until(lambda: not world.user(leaver)["active"], 60, "the leaver")
    world.upstream.add(newcomer, mail=f"{leaver}@corp.test")
    assert world.user_of(newcomer)["emails"][0]["value"] == f"{leaver}@corp.test"
    assert "emails" not in world.user(leaver)
    assert world.conflicts(newcomer) == []


def test_who_has_no_address_waits_for_one(world):
    """34."""
    uid = world.name()
    world.upstream.add(uid, mail=None)
    assert world.conflict(uid)["type"] == "no_email"
    assert not world.user(uid)
    world.upstream.put(uid, "mail", f"{uid}@corp.test")
    assert world.user_of(uid)
    closed = world.conflict(uid, "closed")
    assert closed["cause"] and closed["closed"] and closed["facts"] == []


def test_a_rule_proposes_and_nobody_is_linked_by_it(world):
    """35, 36: one match is a claim, two are ambiguous; an admin says who it is."""
    one, two, uid = world.name("one"), world.name("two"), world.name()
    ids = {}
    for local in (one, two):
        ids[local] = world.local(local)
        done(world.scim.patch(f"/Users/{ids[local]}", {
            "op": "replace", "path": ENTERPRISE + ":employeeNumber", "value": "E-77"}))
        world.upstream.add(f"{uid}{local}", employeeNumber="E-77")
        row = world.conflict(f"{uid}{local}")
        assert row["type"] == ("claim" if local == one else "ambiguous")
    assert matched(row) == {one: ["employeeNumber"], two: ["employeeNumber"]} or all(
        "employeeNumber" in why[0] for why in matched(row).values())
    answer = world.company.api.post(f"/conflicts/{row['id']}/settle", {"as": "link"})
    assert (answer.status, answer.body["attribute"]) == (422, "to") or answer.status == 400
    world.settle(row, "link", "--to", two, "--end-password")
    linked = wait_until(lambda: world.user(f"{uid}{two}"), 60, "the linked person")
    assert linked["id"] == ids[two]
    assert world.company.show(one)["id"] == ids[one]


@pytest.mark.parametrize("ends", [False, True])
def test_who_is_linked_keeps_the_id_and_the_password_if_it_is_not_ended(world, ends):
    """37: from then on the directory's attributes are its own."""
    local, uid = world.name("local"), world.name()
    id = world.local(local, emails=[f"{local}@corp.test"], title="Dr", password=SECRET)
    world.upstream.add(uid, mail=f"{local}@corp.test", title="Prof")
    world.company.bind(local, SECRET).unbind_s()
    row = world.conflict(uid)
    world.settle(row, "link", *(["--end-password"] if ends else []))
    wait_until(lambda: world.user(uid), 60, "the directory's name")
    linked = world.company.show(uid)
    assert (linked["id"], linked["title"]) == (id, "Prof")
    if ends:
        with pytest.raises(ldap.INVALID_CREDENTIALS):
            world.company.bind(uid, SECRET)
    else:
        world.company.bind(uid, SECRET).unbind_s()
    world.upstream.put(uid, "title", "Dean")
    wait_until(lambda: world.user(uid).get("title") == "Dean", 60, "what the directory says next")
    assert world.company.show(uid)["id"] == id


def test_an_address_that_somebody_else_has_shows_what_both_sides_had(world):
    """Base, here and source: the person keeps the address of before."""
    local, uid = world.name("local"), world.name()
    world.local(local, emails=[f"{local}@corp.test"])
    world.upstream.add(uid)
    assert world.user_of(uid)
    world.upstream.put(uid, "mail", f"{local}@corp.test")
    row = world.conflict(uid)
    assert (row["type"], row["base"], row["ours"], row["theirs"]) == (
        "email_local", f"{uid}@corp.test", f"{local}@corp.test", f"{local}@corp.test")
    assert world.user(uid)["emails"][0]["value"] == f"{uid}@corp.test"


# ---- what is no conflict ----

def test_another_unicode_form_of_ones_own_address_is_none(world):
    """18: composed or decomposed, it is the same address."""
    uid = world.name()
    mails = [unicodedata.normalize(form, f"jos\u00e9.{uid}@corp.test") for form in ("NFC", "NFD")]
    with branch(world, world.upstream.record(uid, description=mails[0].encode()),
                options=("--map", "email=description")) as (company, _, unit):
        assert company.show(uid)["emails"] == [mails[0]]
        world.corp.modify(f"dn: uid={uid},{unit}\nchangetype: modify\nreplace: description\n"
                          f"description:: {base64.b64encode(mails[1].encode()).decode()}\n-\n"
                          "replace: title\ntitle: Dr\n\n")
        wait_until(lambda: company.show(uid).get("title") == "Dr", 60, "the title")
        assert [unicodedata.normalize("NFC", one) for one in company.show(uid)["emails"]] == mails[:1]
        assert company.told("conflict", "list", company.name, "--state", "open") == []
        assert company.told("conflict", "list", company.name, "--state", "closed") == []


def test_a_base_that_is_gone_opens_and_closes_none(world):
    """24."""
    here, held = world.name(), world.name()
    with branch(world, world.upstream.record(here), world.upstream.record(held, mail=None),
                options=("--no-email", "hold")) as (company, directory, unit):
        row = one_of(company, "--state", "open")
        world.corp.modify(f"dn: {unit}\nchangetype: modrdn\nnewrdn: ou={world.name('gone')}\n"
                          "deleteoldrdn: 1\n\n")
        directory.sync("--full")
        wait_until(lambda: directory.status().get("class") == "config", 120, "a failure")
        assert company.show(here)["active"] is True
        assert one_of(company)["id"] == row["id"] and one_of(company)["state"] == "open"


def test_a_swap_of_addresses_is_none(world):
    """17."""
    a, b = world.name(), world.name()
    world.upstream.add_all(world.upstream.record(a), world.upstream.record(b))
    assert world.user_of(a) and world.user_of(b)
    world.corp.modify("".join(
        f"dn: {world.upstream.dn(uid)}\nchangetype: modify\nreplace: mail\nmail: {mail}@corp.test\n\n"
        for uid, mail in ((a, "elsewhere" + a), (b, a), (a, b))))
    for uid, mail in ((a, b), (b, a)):
        wait_until(lambda: world.user(uid)["emails"][0]["value"] == f"{mail}@corp.test", 60,
                   f"the address of {uid}")
        assert world.conflicts(uid) == [] and world.conflicts(uid, "--state", "closed") == []


def test_another_case_of_ones_own_address_is_none(world):
    """18."""
    uid = world.name()
    world.upstream.add(uid)
    assert world.user_of(uid)
    world.upstream.put(uid, "mail", f"{uid.upper()}@Corp.Test")
    wait_until(lambda: world.user(uid)["emails"][0]["value"].startswith(uid.upper()), 60, "it")
    assert world.conflicts(uid) == []


# ---- who is born again ----

@pytest.mark.parametrize("answer", ["link", "create", "ignore"])
def test_who_is_born_again_gets_nothing_silently(world, answer):
    """15, 38: the old one stays inactive with what they had, until an admin says who the new one is."""
    uid = world.name()
    world.upstream.add(uid)
    id = world.user_of(uid)["id"]
    done(world.company.assign("role", "Technician", uid), 204)
    world.corp.modify(f"dn: {world.upstream.dn(uid)}\nchangetype: delete\n\n"
                      + world.upstream.record(uid, title="again"))
    row = world.conflict(uid)
    assert (row["type"], row["subject"]["id"]) == ("reborn", id)
    old = world.company.show(uid)
    assert (old["id"], old["active"]) == (id, False)
    if answer == "ignore":
        world.company.told("conflict", "ignore", world.company.name, row["id"])
        before = world.directory.status()["conflicts"]["ignored"]
        world.upstream.put(uid, "title", "once more")
        world.directory.compare()
        assert world.conflict(uid, "ignored")["id"] == row["id"]
        assert world.directory.status()["conflicts"]["ignored"] == before >= 1
        world.company.told("conflict", "reopen", world.company.name, row["id"])
        assert world.conflict(uid)["id"] == row["id"]
        return
    world.settle(row, answer)
    if answer == "link":
        wait_until(lambda: world.user(uid)["active"], 60, "the old person again")
        assert world.company.show(uid)["title"] == "again"
    else:
        found = wait_until(lambda: world.scim.find(
            "Users", f'userName sw "{uid}."').body["Resources"], 60, "a new person")
        assert found[0]["id"] != id and not world.user(uid)["active"]
        roles = [group["display"] for group in found[0].get("groups", [])]
        assert "Technician" not in roles


# ---- the life of a conflict ----

def test_a_conflict_closes_when_its_cause_goes_upstream(world):
    """39."""
    local, uid = world.name("local"), world.name()
    world.local(local, emails=[f"{local}@corp.test"])
    world.upstream.add(uid, mail=f"{local}@corp.test")
    row = world.conflict(uid)
    world.upstream.put(uid, "mail", f"{uid}@corp.test")
    assert world.user_of(uid)
    closed = world.show(row)
    assert (closed["state"], closed["facts"], closed["candidates"]) == ("closed", [], [])
    assert closed["cause"] and closed["closed"]
    assert row["id"] not in [one["id"] for one in world.conflicts(uid)]


def test_a_conflict_closes_when_the_address_is_free_here(world):
    local, uid = world.name("local"), world.name()
    world.local(local, emails=[f"{local}@corp.test"])
    world.upstream.add(uid, mail=f"{local}@corp.test")
    row = world.conflict(uid)
    done(world.company.operator.ask("PATCH", "/users/" + local,
                                    {"emails": [f"{local}.other@corp.test"],
                                     "reason": "another one"}), 204)
    assert world.user_of(uid)["emails"][0]["value"] == f"{local}@corp.test"
    assert world.show(row)["state"] == "closed"


def test_a_conflict_closes_when_the_entry_is_gone(world):
    local, uid = world.name("local"), world.name()
    world.local(local, emails=[f"{local}@corp.test"])
    world.upstream.add(uid, mail=f"{local}@corp.test")
    row = world.conflict(uid)
    world.upstream.remove(uid)
    wait_until(lambda: world.show(row)["state"] == "closed", 60, "the conflict is closed")


def test_an_answer_stands_until_the_source_says_something_else(world):
    local, other, uid = world.name("local"), world.name("local"), world.name()
    for name in (local, other):
        world.local(name, emails=[f"{name}@corp.test"])
    world.upstream.add(uid, mail=f"{local}@corp.test")
    row = world.conflict(uid)
    world.settle(row, "keep-local")
    world.directory.compare()
    assert world.show(row)["state"] == "keep-local"
    world.upstream.put(uid, "mail", f"{other}@corp.test")
    wait_until(lambda: world.show(row)["state"] == "open", 60, "it is open again")
    assert world.show(row)["subject"]["name"] == other


def finished(company, answer):
    """The job that a settle-all is, once it is over."""
    job = done(answer, 202)["job"]
    return wait_until(lambda: next((one for one in [done(company.api.get(f"/jobs/{job}"))]
                                    if one["state"] not in ("planned", "running")), None),
                      300, "the end of a job")


def job_rows(company, job):
    return list(company.api.pages(f"/jobs/{job['job']}/rows?limit=1000"))


def test_many_are_answered_at_once(world):
    """A filter with the count typed in, or ids; each has a result."""
    uids = [world.name() for _ in range(3)]
    world.upstream.add_all(*(world.upstream.record(uid, mail=None) for uid in uids))
    ids = [world.conflict(uid)["id"] for uid in uids]
    found = world.company.told("conflict", "list", world.company.name, "--kind", "no_email",
                               "--state", "open", "--source", "corp")
    assert set(ids) <= {row["id"] for row in found}
    post, path = world.company.api.post, "/conflicts/settle-all"
    body = {"as": "ignore", "kind": "no_email", "state": "open"}
    refused(post(path, {**body, "expected_count": len(found) + 1}), 409, "conflict",
            "expected_count")
    refused(post(path, body), 422, "missing", "expected_count")
    refused(post(path, {"as": "approve-once", "conflicts": ids}), 403, "unwilling", "as")
    job = finished(world.company, post(path, {"as": "ignore", "conflicts": ids[:1]}))
    assert (job["action"], job["as"], job["state"], job["done"], job["failed"]) == (
        "settle", "ignore", "done", 1, 0)
    job = world.company.told("conflict", "settle-all", world.company.name, "--as", "create",
                             "--kind", "no_email", "--state", "open", "--expected-count",
                             str(len(found) - 1), "--reason", "they have none")
    for uid in uids[1:]:
        assert world.user_of(uid)
    assert not world.user(uids[0])
    rows = job_rows(world.company, job)
    assert {row["id"] for row in rows if row["outcome"] == "changed"} >= set(ids[1:])
    told = next(row for row in rows if row["id"] == ids[1])
    assert told["name"].lower() == world.upstream.dn(uids[1]).lower()
    job = finished(world.company, post(path, {"as": "link", "conflicts": ids[:1]}))
    assert [(row["outcome"], row["code"]) for row in job_rows(world.company, job)] == [
        ("refused", "unwilling")]
    key = world.company.key("integrations.manage")
    assert [row["id"] for row in done(key.get(f"/jobs/{job['job']}/rows"))["items"]] == ids[:1]
    other = done(world.company.api.post("/users/bulk", {
        "action": "deactivate", "users": [uids[1]], "preview": True}), 202)["job"]
    for what in ("", "/rows", "/summary"):
        refused(key.get(f"/jobs/{other}{what}"), 403, "forbidden")
    refused(key.get(f"/jobs/{other}/result"), 403, "forbidden")
    viewer = world.company.key("users.view")
    for what in ("", "/rows", "/summary"):
        refused(viewer.get(f"/jobs/{job['job']}{what}"), 403, "forbidden")
    # Each lists what it may see, and counts nothing else.
    both = world.company.key("users.view", "integrations.manage")
    asked = "/jobs?limit=1000&total=true"
    whole = done(both.get(asked))
    settling = [row for row in whole["items"] if row["action"] == "settle"]
    assert {job["job"]} < {row["job"] for row in settling} and whole["total"] == len(whole["items"])
    assert other in {row["job"] for row in whole["items"]}
    for client, rows in ((key, settling), (viewer, [row for row in whole["items"]
                                                    if row not in settling])):
        answer = done(client.get(asked))
        assert (answer["items"], answer["total"]) == (rows, len(rows))
        pages = client.pages("/jobs?limit=1")
        assert [row["job"] for row in pages] == [row["job"] for row in rows]
        client.close()
    both.close()


# ---- values ----

def test_a_value_that_is_no_text_leaves_the_old_one(world):
    """76."""
    uid = world.name()
    world.upstream.add(uid, audio=b"good")
    assert world.user_of(uid)["nickName"] == "good"
    world.upstream.put(uid, "audio", b"\xff\xfe\x00bad")
    row = world.conflict(uid)
    assert (row["type"], row["attribute"]) == ("bad_value", "nickName")
    assert row["theirs"] == b"\xff\xfe\x00bad".hex()
    world.upstream.put(uid, "title", "Dr")
    wait_until(lambda: world.user(uid).get("title") == "Dr", 60, "the title")
    assert world.user(uid)["nickName"] == "good"
    world.upstream.put(uid, "audio", b"better")
    wait_until(lambda: world.user(uid)["nickName"] == "better", 60, "the new value")
    assert world.show(row)["state"] == "closed"


# ---- several directories ----

def test_a_second_directory_takes_nobody_from_the_first(world):
    """31, 35: the first link stays; both together once an admin says so, in whatever order they run."""
    a, b = world.name(), world.name()
    world.upstream.add_all(world.upstream.record(a), world.upstream.record(b, title="old"))
    assert world.user_of(a) and world.user_of(b)
    id = world.user(a)["id"]
    second = Directory(world.box, world.company.name, "branch")
    second.create(world.corp, "--scope-rule", f"uid=({a}, {b})")
    second.follow()
    rows = [row for row in world.company.told("conflict", "list", world.company.name, "--source",
                                              "branch") if row["attribute"] != "displayName"]
    assert {(row["type"], row["state"]) for row in rows} == {("email_sources", "open")}
    assert {row["anchor"] for row in rows} == {world.upstream.anchor(uid) for uid in (a, b)}
    assert world.user(a)["id"] == id
    row = next(row for row in rows if row["anchor"] == world.upstream.anchor(a))
    assert world.show(row)["candidates"][0]["user"]["id"] == id
    world.settle(row, "link")
    states = []
    wait_until(lambda: second.status()["conflicts"]["settled"] == 1, 60, "the answer")
    for directory in (world.directory, second, world.directory):
        directory.wait_state("following")
        directory.compare()
        states.append((world.user(a), world.user(b)))
    assert states[1] == states[2]  # the first one by itself changes nothing
    for state in states:
        for user in state:
            del user["meta"]
    assert states[0] == states[1] and states[0][0]["id"] == id
    assert world.show(row)["state"] == "link"
    second.delete("keep")
    gone = next(row for row in rows if row["anchor"] == world.upstream.anchor(b))
    wait_until(lambda: world.show(gone)["state"] == "closed", 60, "closed with its source")


def test_two_directories_claim_one_person_and_the_first_link_stays(world):
    """35: what the second says is held; nobody is linked by a number."""
    one, two = world.name(), world.name()
    with branch(world, world.upstream.record(one, employeeNumber=f"E-{one}"),
                options=("--join-rule", "employeeNumber")) as (company, first, _):
        id = company.show(one)["id"]
        with branch(world, world.upstream.record(two, employeeNumber=f"E-{one}"), company=company,
                    options=("--join-rule", "employeeNumber")) as (_, second, _):
            row = one_of(company, "--state", "open")
            assert (row["type"], row["subject"]["id"]) == ("claim", id)
            assert row["source"]["name"] == second.name
            for directory in (first, second, first):
                directory.compare()
                assert company.show(one)["id"] == id and one_of(company)["id"] == row["id"]


# ---- what is mapped ----

def test_a_role_that_is_not_there_is_one_conflict_and_the_others_are_given(world):
    """45: once a mapping, not once a person; closed when it is there."""
    company = Company(world.box, "pegotec")
    directory = Directory(world.box, company.name)
    directory.create(world.corp, "--group-map", "app-technicians=role:Technician", "--group-map",
                     "app-viewers=role:Night shift", "--group-map", "all-staff=scope:Moon")
    directory.follow()

    def rows(*words):
        found = company.told("conflict", "list", company.name, *words)
        return {(row["type"], row["attribute"], row["theirs"]) for row in found
                if row["type"].endswith("_missing")}
    missing = {("role_missing", "role:Night shift", "app-viewers"),
               ("site_missing", "scope:Moon", "all-staff")}
    assert wait_until(lambda: rows() == missing and rows(), 60, "both are told of") == missing
    role = company.told("role", "show", company.name, "Technician")
    assert role["member_count"] > 0
    directory.edit("--group-map", "app-technicians=role:Technician")
    wait_until(lambda: rows("--state", "open") == set(), 60, "they are closed")
    company.close()


# ---- the last Admin ----

def test_the_last_admin_stays_whatever_the_directory_says(world):
    """40: every other deletion goes on."""
    company = Company(world.box, "pegotec")
    directory = Directory(world.box, company.name)
    boss, other = world.name("admin"), world.name()
    world.upstream.add_all(world.upstream.record(boss), world.upstream.record(other))
    directory.create(world.corp)
    directory.follow()
    assert company.operator.post("/roles/Admin/members", {"user": boss}).status in (200, 204)
    world.upstream.remove(boss)
    world.upstream.remove(other)
    wait_until(lambda: company.show(other)["active"] is False, 60, "the other one")
    assert company.show(boss)["active"] is True
    row = wait_until(lambda: company.told("conflict", "list", company.name, "--kind",
                                          "last_admin"), 60, "a conflict")[0]
    assert (row["type"], row["subject"]["name"], row["state"]) == ("last_admin", boss, "open")
    company.made("second", "Admin")
    # The directory tries it again by itself; but an Admin is taken away by a person only.
    directory.wait_state("held", 180)
    held, = company.told("conflict", "list", company.name, "--kind", "mass_change")
    assert company.show(boss)["active"] is True
    company.told("conflict", "settle", company.name, held["id"], "--as", "approve-once")
    wait_until(lambda: company.show(boss)["active"] is False, 120, "the first one")
    directory.wait_state("following")
    assert not company.told("conflict", "list", company.name, "--kind", "mass_change", "--state",
                            "open")
    company.close()


# ---- very many: the last here, as the other company's directory has these people too ----

THOUSANDS = 1040


def test_more_than_a_thousand_are_answered_at_once(world):
    """As one job, each by itself: whoever can come comes."""
    uids = [world.name() for _ in range(THOUSANDS)]
    with branch(world, options=("--no-email", "hold")) as (company, _, unit):
        world.corp.modify("".join(below(world, unit, world.upstream.record(uid, mail=None))
                                  for uid in uids))
        count = "/conflicts?state=open&limit=1&total=true"
        wait_until(lambda: company.api.get(count).body["total"] == THOUSANDS, 120, "all of them")
        job = finished(company, company.api.post("/conflicts/settle-all", {
            "as": "create", "state": "open", "expected_count": THOUSANDS}))
        assert (job["state"], job["total"], job["done"]) == ("done", THOUSANDS, THOUSANDS)
        wait_until(lambda: all(company.api.get(f"/users/{uid}").status == 200
                               for uid in (uids[0], uids[-1])), 120, "the people")
        assert company.api.get(count).body["total"] == 0
