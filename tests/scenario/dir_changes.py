"""What changes in a directory that speaks RFC 4533, and what then holds here.

The tests are OpenLDAP's and 389 Directory Server's alike: each of their files takes them over, with
a fixture `corp`. The oracle is the server itself, asked as its administrator.
"""

from dataclasses import dataclass

import pytest

from directory import Directory
from fault import Fault, Wire
from muster import wait_until

# Below a suffix, so that people can leave and still be somewhere.
PLACE = {"BASE": "ou=corp,dc=acme,dc=example", "SUFFIX": "dc=acme,dc=example"}
# Nothing is held: what is held and when has files of its own.
FREE = ("--limit-count", "1000", "--limit-percent", "100", "--run-limit", "value-percent=100")
KEPT = {"admin"}


@dataclass(frozen=True)
class Found:
    id: str
    active: bool
    title: str


class Followed:
    """A tenant that follows a server."""

    def __init__(self, sandbox, corp, *options, uri=None, follow=True):
        self.tenant, self.corp = sandbox.new_tenant(), corp
        self.directory = Directory(sandbox, tenant=self.tenant.name).create(
            corp, *FREE, *options, uri=uri)
        if follow:
            self.directory.follow()

    def people(self):
        scim = self.tenant.scim()
        found = scim.get("/Users?count=1000&attributes=userName,active,title").body["Resources"]
        scim.close()
        return {user["userName"]: Found(user["id"], user["active"], user.get("title", ""))
                for user in found if user["userName"] not in KEPT}

    def expected(self):
        """What the server says: who is below the base, by name, and may work."""
        return {name: (person.active, person.title)
                for name, person in self.corp.company().items()}

    def is_right(self):
        """Those of the server are as it says; those who left it may not work."""
        expected, found = self.expected(), self.people()
        return set(expected) <= set(found) and all(
            (person.active, person.title) == expected[name] if name in expected
            else not person.active for name, person in found.items())

    def wait_right(self):
        try:
            wait_until(self.is_right, 90)
        except AssertionError:
            expected, found = self.expected(), self.people()
            wrong = {name: (found.get(name), expected.get(name))
                     for name in set(found) | set(expected)
                     if name not in found or (name in expected and
                                              (found[name].active, found[name].title)
                                              != expected[name])
                     or (name not in expected and found[name].active)}
            raise AssertionError(f"{wrong}; {self.directory.try_status()}") from None
        return self.people()

    def wait_active(self, name, active):
        try:
            wait_until(lambda: self.people()[name].active is active, 90)
        except AssertionError:
            raise AssertionError(
                f"{name} active: {active}; {self.directory.try_status()}") from None

    def pause(self):
        self.directory.edit("--active=no")
        self.directory.wait_state("paused")

    def go_on(self):
        self.directory.edit("--active=yes")

    def wait_note(self, *words):
        def said():
            status = self.directory.try_status()
            if not isinstance(status, dict):
                return None
            return any(all(word in note for word in words) for note in status["notes"])
        wait_until(said, 90, lambda: f"{words} in the notes ({self.directory.try_status()})")

    def full(self):
        return self.directory.status()["last_full"]

    def wait_told(self, name, method, *words):
        """A row of the provisioning log on this person, by a rule of these words."""
        def told():
            rows = self.directory.muster("provision", "list", self.tenant.name, "--token",
                                         self.directory.name, "--name", name, "--limit", 20)
            said[:] = [(row["method"], row.get("detail", "")) for row in rows]
            return any(row["method"] == method and all(
                word.lower() in row.get("detail", "").lower() for word in words) for row in rows)
        said = []
        wait_until(told, 60, lambda: f"{method} of {name} with {words} (told: {said})")

    def wait_full_after(self, before):
        def compared():
            status = self.directory.try_status()
            return isinstance(status, dict) and status.get("last_full") != before
        wait_until(compared, 90, lambda: f"a full compare ({self.directory.try_status()})")


@pytest.fixture
def followed(sandbox, corp):
    made = Followed(sandbox, corp)
    yield made
    made.directory.edit("--active=no")


def test_the_whole_company_comes(followed):
    followed.wait_right()
    company = followed.corp.company()
    for group in followed.corp.truth()["groups"]:
        members = followed.directory.group(group["name"])
        assert {name for name in members if name in company} == {
            name for name, person in company.items() if group["name"] in person.groups}


def test_nothing_changed_changes_nothing(followed):
    before, people = followed.directory.status(), followed.wait_right()
    followed.directory.sync()
    wait_until(lambda: followed.directory.status()["last_contact"] > before["last_contact"], 90)
    followed.directory.wait_state("following")
    followed.directory.compare()
    after = followed.directory.status()
    for count in ("created", "updated", "deactivated", "reactivated", "members_removed"):
        assert after["counts"][count] == 0, count
    assert followed.people() == people


def test_a_value_written_again_is_no_change(followed):
    corp = followed.corp
    before = next(iter(corp.company().values()))
    updated = followed.directory.status()["counts"]["updated"]
    corp.modify(f"dn: {before.dn}\nchangetype: modify\nreplace: title\ntitle: {before.title}\n")
    contact = followed.directory.status()["last_contact"]
    wait_until(lambda: followed.directory.status()["last_contact"] > contact, 90)
    assert followed.directory.status()["counts"]["updated"] == updated
    followed.wait_right()


def picked(followed, number):
    """A person of the generator's, who may have been renamed by no other test."""
    return followed.corp.truth()["people"][number]["uid"]


def change(followed, kind, uid):
    followed.corp.modify(followed.corp._generate("change", kind, "--uid", uid))


def test_an_attribute_changes(followed):
    uid = picked(followed, 2)
    change(followed, "title:Boss", uid)
    wait_until(lambda: followed.people()[uid].title == "Boss", 90)
    followed.wait_right()


@pytest.mark.parametrize("plant", ["lyon", "izmir"])
def test_a_renamed_person_is_the_same_person_in_the_same_groups(followed, plant):
    # 389 writes "ızmir" for "İzmir" into the groups.
    uid = next(person["uid"] for person in followed.corp.truth()["people"][23:]
               if person["site"] == plant)
    before = followed.wait_right()[uid]
    groups = followed.corp.company()[uid].groups
    change(followed, "rename:new.name", uid)
    people = wait_until(lambda: "new.name" in followed.people() and followed.people(), 90)
    assert people["new.name"].id == before.id and uid not in people
    change_back = followed.corp.company()["new.name"].dn
    for group in groups:
        wait_until(lambda group=group: "new.name" in followed.directory.group(group), 90)
    followed.corp.modify(f"dn: {change_back}\nchangetype: modrdn\nnewrdn: uid={uid}\n"
                         "deleteoldrdn: 1\n")
    wait_until(lambda: uid in followed.people(), 90)
    followed.directory.compare()
    assert followed.wait_right()[uid].id == before.id
    for group in groups:
        assert uid in followed.directory.group(group)


def move(corp, dn, parent):
    rdn = dn.partition(",")[0]
    corp.modify(f"dn: {dn}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 0\n"
                f"newsuperior: {parent}\n")


def unit_of(dn):
    return dn.partition(",")[2]


def test_a_move_between_two_units_changes_nobody(followed):
    company = followed.corp.company()
    uid = picked(followed, 4)
    home = unit_of(company[uid].dn)
    other = next(unit_of(p.dn) for p in company.values() if unit_of(p.dn) != home)
    before = followed.wait_right()[uid]
    move(followed.corp, company[uid].dn, other)
    contact = followed.directory.status()["last_contact"]
    wait_until(lambda: followed.directory.status()["last_contact"] > contact, 90)
    followed.directory.compare()
    assert followed.people()[uid] == before
    move(followed.corp, followed.corp.company()[uid].dn, home)
    assert followed.wait_right()[uid] == before


def test_who_leaves_the_base_may_not_work_until_he_comes_back(followed):
    uid = picked(followed, 5)
    before = followed.wait_right()[uid]
    change(followed, "move-out", uid)
    followed.wait_active(uid, False)
    followed.wait_told(uid, "deactivate", f"left scope: now at uid={uid},ou=leavers,")
    change(followed, "move-in", uid)
    followed.wait_active(uid, True)
    followed.wait_told(uid, "reactivate", "returned to scope")
    assert followed.wait_right()[uid] == before


def test_a_deleted_person_may_not_work(followed):
    uid = picked(followed, 6)
    change(followed, "delete", uid)
    followed.wait_active(uid, False)
    followed.wait_told(uid, "deactivate", "deleted upstream")
    followed.wait_right()


def test_who_a_referral_may_know_of_is_not_taken_for_gone(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault") as fault:
        followed = Followed(sandbox, corp, uri=fault.uri)
        uid = picked(followed, 16)
        before = followed.wait_right()[uid]
        # Whoever looks where somebody is asks after the root entry, and 389 for its time.
        asked = {"openldap": 2, "ds389": 3}[corp.kind]
        fault.rules(f"searchReq {asked} result 10 elsewhere")

        def failed():
            runs = followed.directory.muster("directory", "history", followed.tenant.name, "corp",
                                             "--limit", 20)
            return any("where they are: result 10" in run.get("reason", "") for run in runs)
        change(followed, "move-out", uid)
        wait_until(failed, 90, "a run that failed")
        assert followed.people()[uid] == before
        fault.rules()
        followed.wait_told(uid, "deactivate", "left scope: now at")
        change(followed, "move-in", uid)
        followed.wait_active(uid, True)
        assert followed.wait_right()[uid] == before
        followed.directory.edit("--active=no")


def test_a_disabled_person_may_not_work_until_enabled(followed):
    uid = picked(followed, 7)
    before = followed.people()[uid]
    change(followed, "disable", uid)
    followed.wait_active(uid, False)
    change(followed, "enable", uid)
    followed.wait_active(uid, True)
    assert followed.people()[uid] == before


def test_a_renamed_unit_leaves_all_as_they_are_and_known_by_their_new_names(followed):
    plant = followed.corp.truth()["people"][8]["site"]
    before = followed.wait_right()
    full = followed.full()
    followed.corp.change(f"unit-rename:{plant}:Renamed {plant}")
    inside = {name for name, person in followed.corp.company().items()
              if f"ou=renamed {plant}," in person.dn.lower()}
    assert inside
    followed.wait_full_after(full)
    assert followed.wait_right() == before
    # A membership is told by DN: it finds its person only if the new one is known.
    someone = followed.corp.company()[sorted(inside)[0]]
    group = next(g for g in followed.corp.truth()["groups"]
                 if g["name"] not in someone.groups and not g["nested"])
    followed.corp.modify(f"dn: {group['dn']}\nchangetype: modify\nadd: member\n"
                         f"member: {someone.dn}\n")
    wait_until(lambda: sorted(inside)[0] in followed.directory.group(group["name"]), 90)


@pytest.mark.parametrize("followed_then", [True, False])
def test_all_of_a_unit_that_is_moved_out_may_not_work(followed, followed_then):
    # A fifth of a small company.
    followed.directory.edit("--run-limit", "small-percent=50")
    followed.directory.compare()
    followed.wait_right()
    unit = max({unit_of(p.dn) for p in followed.corp.company().values()},
               key=lambda u: sum(unit_of(p.dn) == u for p in followed.corp.company().values()))
    inside = {name for name, person in followed.corp.company().items()
              if unit_of(person.dn) == unit}
    if not followed_then:
        followed.pause()
    move(followed.corp, unit, "ou=leavers,dc=acme,dc=example")
    if not followed_then:
        followed.go_on()
    for name in inside:
        followed.wait_active(name, False)
    followed.wait_right()
    rdn = unit.partition(",")[0]
    move(followed.corp, f"{rdn},ou=leavers,dc=acme,dc=example", unit_of(unit))
    for name in inside & {n for n, p in followed.corp.company().items() if p.active}:
        followed.wait_active(name, True)
    followed.wait_right()


def test_who_leaves_the_scope_by_an_attribute_may_not_work(sandbox, corp):
    followed = Followed(sandbox, corp, "--scope-rule", "employeeType!=consultant")
    uid = picked(followed, 10)
    dn, kind = followed.corp.company()[uid].dn, followed.corp.truth()["people"][10]["employeeType"]
    for value, active in (("consultant", False), (kind, True)):
        followed.corp.modify(f"dn: {dn}\nchangetype: modify\nreplace: employeeType\n"
                             f"employeeType: {value}\n")
        followed.wait_active(uid, active)
        rule = "returned to scope" if active else 'left scope by rule "employeeType!=consultant"'
        followed.wait_told(uid, "reactivate" if active else "deactivate", rule)
    followed.wait_right()
    followed.directory.edit("--active=no")


def test_who_is_a_member_before_he_comes_is_one_when_he_comes(followed):
    """52: the group tells of somebody who is not there yet."""
    followed.wait_right()
    group = next(g for g in followed.corp.truth()["groups"] if not g["nested"])
    home = unit_of(followed.corp.company()[picked(followed, 15)].dn)
    dn = f"uid=late.comer,{home}"
    followed.corp.modify(f"dn: {group['dn']}\nchangetype: modify\nadd: member\nmember: {dn}\n")
    change(followed, "title:After the group", picked(followed, 15))
    followed.wait_right()
    assert "late.comer" not in followed.directory.group(group["name"])
    followed.corp.modify(f"dn: {dn}\nchangetype: add\nobjectClass: inetOrgPerson\n"
                         "uid: late.comer\ncn: Late Comer\nsn: Comer\n")
    wait_until(lambda: "late.comer" in followed.directory.group(group["name"]), 90,
               "the membership")
    followed.corp.modify(f"dn: {dn}\nchangetype: delete\n")
    followed.wait_right()


def test_300_changes_in_a_row_are_300_changes(followed):
    followed.wait_right()
    company = followed.corp.company()
    everybody = sorted(company)
    for turn in range(300 // len(everybody) + 1):
        followed.corp.modify("\n".join(
            f"dn: {company[name].dn}\nchangetype: modify\nreplace: title\ntitle: {name} {turn}\n"
            for name in everybody))
    people = followed.wait_right()
    assert {person.title for person in people.values() if person.active} == {
        f"{name} {300 // len(everybody)}" for name in everybody if company[name].active}


def messages(octets):
    """What was sent, message by message."""
    while octets:
        many = octets[1] - 128 if octets[1] > 128 else 0
        size = int.from_bytes(octets[2:2 + many], "big") if many else octets[1]
        yield octets[:2 + many + size]
        octets = octets[2 + many + size:]


def test_no_search_has_both_the_control_of_sync_and_that_of_pages(sandbox, corp):
    wire = Wire(corp.port)
    followed = Followed(sandbox, corp, uri=wire.uri)
    followed.directory.compare()
    followed.directory.sync()
    followed.directory.wait_state("following")
    followed.pause()
    syncs = [one for one in messages(wire.received) if b"1.3.6.1.4.1.4203.1.9.1.1" in one]
    assert syncs and not [one for one in syncs if b"1.2.840.113556.1.4.319" in one]
    wire.close()


@pytest.mark.parametrize("rule, stage, failure", [
    ("entry 20 close", "refresh", "net"),
    ("entry 20 half", "refresh", "net"),
    ("entry 20 rst", "refresh", "net"),
    ("entry 20 result 4 limit", "refresh", "limit"),
    ("entry 20 result 3 time", "refresh", "limit"),
    ("entry 20 result 51 busy", "refresh", "busy"),
    ("entry 20 stall", "refresh", "net"),
    ("intermediate 1 dropmsg", "refresh", "net"),
])
def test_a_refresh_that_breaks_changes_nothing(sandbox, corp, tmp_path, rule, stage, failure):
    with Fault(corp, tmp_path / "fault") as fault:
        followed = Followed(sandbox, corp, uri=fault.uri)
        before = followed.wait_right()
        uid = picked(followed, 11)
        fault.rules(rule)
        followed.directory.sync("--full")
        change(followed, "title:Unseen", uid)
        followed.directory.wait_failed(stage, failure)
        assert followed.people() == before
        fault.rules()
        followed.directory.follow()
        assert followed.wait_right()[uid].title == "Unseen"
        change(followed, "title:Seen", uid)
        followed.wait_right()
        followed.directory.edit("--active=no")


def test_a_full_compare_that_was_asked_for_outlives_other_settings(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault") as fault:
        followed = Followed(sandbox, corp, uri=fault.uri)
        followed.wait_right()
        full = followed.full()
        fault.rules("entry 20 stall")
        followed.directory.sync("--full")
        followed.directory.wait_state("refreshing")
        fault.rules()
        followed.directory.edit("--run-limit", "small-percent=50")
        followed.wait_full_after(full)
        followed.wait_right()
        followed.directory.edit("--active=no")


def test_a_message_that_comes_twice_is_one_change(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault") as fault:
        fault.rules("entry * dup", "intermediate * dup")
        followed = Followed(sandbox, corp, uri=fault.uri)
        people = followed.wait_right()
        assert len(people) == len({person.id for person in people.values()})
        uid = picked(followed, 12)
        change(followed, "title:Once", uid)
        wait_until(lambda: followed.people()[uid].title == "Once", 90)
        followed.directory.edit("--active=no")


def test_a_stream_that_is_closed_is_opened_again_without_a_full_compare(
        sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault") as fault:
        followed = Followed(sandbox, corp, uri=fault.uri)
        followed.wait_right()
        full = followed.full()
        fault.rules("any * close")
        change(followed, "title:While away", picked(followed, 13))
        followed.directory.wait_failed()
        fault.rules()
        followed.directory.wait_state("following")
        followed.wait_note("reconnected after")
        followed.wait_right()
        assert followed.full() == full
        followed.directory.edit("--active=no")


def test_start_tls_that_is_refused_ends_before_any_password(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault") as fault:
        fault.rules("extReq * result 2 no")
        followed = Followed(sandbox, corp, "--start-tls", "--ca-file", corp.ca_file,
                            uri=fault.uri, follow=False)
        failed = followed.directory.wait_failed()
        assert (failed["stage"], failed["class"]) == ("tls", "tls")
        assert "StartTLS" in failed["reason"]
        assert fault.count("bindReq") == 0
        assert followed.people() == {}
        followed.directory.edit("--active=no")


@pytest.mark.parametrize("code, failure, words", [
    (49, "auth", "Invalid credentials"), (8, "config", "TLS"), (51, "busy", "")])
def test_a_refused_bind_says_why(sandbox, corp, tmp_path, code, failure, words):
    with Fault(corp, tmp_path / "fault") as fault:
        fault.rules(f"bindReq * result {code} no")
        followed = Followed(sandbox, corp, uri=fault.uri, follow=False)
        failed = wait_until(lambda: next((s for s in [followed.directory.try_status()]
                                          if isinstance(s, dict)
                                          and s["state"] in ("failed", "paused")), None), 90)
        assert (failed["stage"], failed["class"]) == ("bind", failure)
        assert words in failed["reason"]
        if code == 49:
            followed.directory.wait_state("paused")
            assert fault.count("C->S.* bindReq") == 3
        followed.directory.edit("--active=no")


@pytest.mark.parametrize("kind, words", [
    ("expired", "it has expired"), ("wrong-name", "it is for another name"),
    ("strange", "its issuer is not trusted")])
def test_a_certificate_that_is_not_accepted_is_told_with_its_facts(sandbox, corp, kind, words):
    corp.use_certificate(kind)
    try:
        followed = Followed(sandbox, corp, "--ca-file", corp.ca_file, uri=corp.tls_uri,
                            follow=False)
        failed = followed.directory.wait_failed()
        assert (failed["stage"], failed["class"]) == ("tls", "tls")
        for part in (words, "certificate of", "issued by", "valid 20"):
            assert part in failed["reason"]
        assert followed.people() == {}
    finally:
        corp.use_certificate("good")
    followed.directory.follow()
    followed.wait_right()
    followed.directory.edit("--active=no")


def test_a_certificate_that_ends_soon_is_warned_of(sandbox, corp):
    corp.use_certificate("soon", seconds=20 * 86400)
    try:
        followed = Followed(sandbox, corp, "--ca-file", corp.ca_file, uri=corp.tls_uri)
        followed.wait_note("certificate ends in")
    finally:
        corp.use_certificate("good")
    followed.directory.edit("--active=no")


def test_a_server_that_accepts_and_is_silent_is_given_up(sandbox, corp):
    corp.freeze()
    try:
        followed = Followed(sandbox, corp, "--ca-file", corp.ca_file, uri=corp.tls_uri,
                            follow=False)
        failed = followed.directory.wait_failed()
        assert failed["stage"] == "tls" and failed["class"] in ("tls", "net")
        assert "within" in failed["reason"]
    finally:
        corp.thaw()
    followed.directory.follow()
    followed.wait_right()
    followed.directory.edit("--active=no")


def test_the_next_server_is_taken_when_one_does_not_answer(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault") as fault:
        followed = Followed(sandbox, corp, "--failover-uri", corp.uri, uri=fault.uri)
        before, full = followed.wait_right(), followed.full()
        fault.rules("any * close")
        followed.directory.sync()
        followed.wait_full_after(full)
        followed.wait_note("failover", "->")
        followed.wait_note("full compare", "another server")
        assert followed.wait_right() == before
        # It stays there with its cookie: nothing is compared twice for the same reason.
        full = followed.full()
        followed.directory.sync()
        followed.directory.wait_state("following")
        assert followed.full() == full
        followed.directory.edit("--active=no")


def test_a_server_that_wants_a_refresh_gets_a_full_compare(sandbox, corp, tmp_path):
    with Fault(corp, tmp_path / "fault") as fault:
        followed = Followed(sandbox, corp, uri=fault.uri)
        before, full = followed.wait_right(), followed.full()
        uid = picked(followed, 14)
        followed.pause()
        change(followed, "title:Meanwhile", uid)
        asked = fault.count("C->S.* searchReq")
        fault.rules("once:sync * result 4096 stale")
        followed.go_on()
        followed.wait_full_after(full)
        followed.wait_note("full compare", "the server asks for it")
        assert fault.count("C->S.* searchReq") > asked
        people = followed.wait_right()
        assert {n: p.id for n, p in people.items()} == {n: p.id for n, p in before.items()}
        followed.directory.edit("--active=no")


def test_an_anchor_that_the_server_does_not_go_by_is_refused(sandbox, corp):
    followed = Followed(sandbox, corp, "--anchor-attribute", "uid", follow=False)
    failed = followed.directory.wait_failed()
    assert failed["class"] == "config" and "does not go by uid" in failed["reason"]
    assert followed.people() == {}
    followed.directory.edit("--active=no")
