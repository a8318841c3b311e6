"""Connections of identity providers: several of a tenant, what each may do and how often, whose
habits it has, and tokens that are people's own."""

import json
import time
from datetime import datetime, timedelta, timezone
from urllib.request import urlopen

import pytest

from muster import Api, Scim, wait_until

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
ENDS = "Muster-Token-Expires"
WORK = 'emails[type eq "work"].value'


class Company:
    """A tenant of its own, whose connections are made by the name that they get."""

    def __init__(self, sandbox, tenant):
        self.sandbox, self.tenant, self.made = sandbox, tenant, []

    def muster(self, *words, check=True):
        return self.sandbox.muster(*words, check=check)

    def told(self, *words):
        return json.loads(self.muster(*words, "--json").stdout)

    def token(self, name, *options):
        return self.told("token", "create", self.tenant.name, name, *options)["token"]

    def scim(self, token):
        self.made.append(Scim(self.tenant.scim_url, token))
        return self.made[-1]

    def connect(self, name, *options):
        return self.scim(self.token(name, *options))

    def show(self, name):
        return self.told("token", "show", self.tenant.name, name)

    def close(self):
        for connection in self.made:
            connection.close()


@pytest.fixture
def company(sandbox):
    made = Company(sandbox, sandbox.new_tenant())
    yield made
    made.close()


def made(answer, status=201):
    assert answer.status == status, answer.body
    return answer.body


def refused(answer, status, scim_type=None):
    assert answer.status == status, answer.body
    assert answer.body["schemas"] == [ERROR] and answer.body["status"] == str(status)
    assert answer.body.get("scimType") == scim_type
    return answer


# ---- several ----

def test_a_connection_says_how_it_is_set_up(company):
    company.token("entra", "--profile", "entra", "--scope", "users", "--scope", "groups",
                  "--adopts", "--approval", "all", "--group-map", "staff=role:Viewer",
                  "--limit-count", "7", "--limit-percent", "12", "--days", "40")
    shown = company.show("entra")
    expires = datetime.fromisoformat(shown["expires"].replace("Z", "+00:00"))
    assert abs(expires - datetime.now(timezone.utc) - timedelta(days=40)) < timedelta(hours=1)
    assert {name: shown[name] for name in ("profile", "no_target", "rate", "adopts", "approval",
                                           "group_maps", "limit_count", "limit_percent",
                                           "scopes")} == {
        "profile": "entra", "no_target": "create", "rate": 500, "adopts": True, "approval": "all",
        "group_maps": ["staff=role:Viewer"], "limit_count": 7, "limit_percent": 12,
        "scopes": ["read", "users", "groups"]}
    company.muster("token", "edit", company.tenant.name, "entra", "--no-target", "refuse",
                   "--rate", "9", "--days", "", "--group-map", "", "--scope", "read")
    shown = company.show("entra")
    assert "expires" not in shown
    assert (shown["no_target"], shown["rate"]) == ("refuse", 9)
    assert (shown["group_maps"], shown["scopes"]) == ([], ["read"])
    assert shown["profile"] == "entra" and shown["adopts"]
    company.token("plain")
    shown = company.show("plain")
    assert {name: shown[name] for name in ("approval", "limit_count", "limit_percent")} == {
        "approval": "privileged", "limit_count": 20, "limit_percent": 10}


@pytest.mark.parametrize("words, named", [
    (("--profile", "Entra"), "profile"), (("--no-target", "perhaps"), "no_target"),
    (("--rate", "100001"), "rate"), (("--approval", "some"), "approval"),
    (("--group-map", "staff"), "group_maps"), (("--limit-percent", "101"), "limit_percent"),
    (("--scope", "everything"), "scopes"), (("--scope", "read", "--permission", "users.view"),
                                            "scopes"),
    (("--days", "36501"), "days"), (("--type", "robot"), "type"),
    (("--type", "api", "--profile", "okta"), "profile"), (("--user", "somebody"), "user"),
    (("--type", "personal"), "user"), (("--type", "personal", "--user", "nobody"), "user")])
def test_what_a_connection_cannot_be_is_refused_by_name(sandbox, words, named):
    done = sandbox.muster("token", "create", "acme", "odd", *words, check=False)
    assert done.returncode != 0 and done.stderr.startswith(f"muster: {named}: "), done.stderr


def test_two_connections_of_a_tenant_keep_apart(company):
    entra = company.connect("entra", "--profile", "entra")
    okta = company.connect("okta", "--profile", "okta")
    assert company.show("entra")["source"] != company.show("okta")["source"]
    made(entra.create_user("ann"))
    made(okta.create_user("bob"))
    company.muster("token", "revoke", company.tenant.name, "entra")
    refused(entra.get("/Users"), 401)
    assert okta.get("/Users").body["totalResults"] == 2


def test_a_token_revoked_in_between_opens_nothing_more(company):
    kept = company.connect("okta")
    made(kept.get("/Users"), 200)
    company.muster("token", "revoke", company.tenant.name, "okta")
    refused(kept.get("/Users"), 401)
    refused(kept.create_user("ann"), 401)


# ---- scopes ----

def test_a_token_that_reads_writes_nothing(company):
    whole = company.connect("whole")
    ann = made(whole.create_user("ann"))["id"]
    group = made(whole.create_group("staff", ann))["id"]
    reads = company.connect("reads", "--scope", "read")
    assert reads.get(f"/Users/{ann}").body["userName"] == "ann"
    assert reads.get(f"/Groups/{group}").body["members"][0]["value"] == ann
    refused(reads.create_user("bob"), 403)
    refused(reads.patch(f"/Users/{ann}", {"op": "replace", "path": "active", "value": False}), 403)
    refused(reads.create_group("more"), 403)
    refused(reads.patch(f"/Groups/{group}", {"op": "remove", "path": "members"}), 403)
    refused(reads.ask("DELETE", f"/Users/{ann}"), 403)
    assert whole.get(f"/Groups/{group}").body["members"][0]["value"] == ann


def test_a_token_for_users_touches_no_group(company):
    whole = company.connect("whole")
    group = made(whole.create_group("staff"))["id"]
    users = company.connect("users", "--scope", "users")
    ann = made(users.create_user("ann"))["id"]
    made(users.patch(f"/Users/{ann}", {"op": "replace", "path": "title", "value": "T"}), 200)
    refused(users.create_group("more"), 403)
    add = {"op": "add", "path": "members", "value": [{"value": ann}]}
    assert users.patch(f"/Groups/{group}", add).status in (403, 404)
    assert users.ask("DELETE", f"/Groups/{group}").status in (403, 404)
    assert not whole.get(f"/Groups/{group}").body.get("members")
    made(users.ask("DELETE", f"/Users/{ann}"), 204)


def test_a_token_for_groups_touches_no_user(company):
    whole = company.connect("whole")
    ann = made(whole.create_user("ann"))["id"]
    groups = company.connect("groups", "--scope", "groups")
    made(groups.create_group("staff", ann))
    refused(groups.create_user("bob"), 403)
    patch = {"op": "replace", "path": "title", "value": "T"}
    assert groups.patch(f"/Users/{ann}", patch).status in (403, 404)
    assert whole.get(f"/Users/{ann}").body["groups"][0]["display"] == "staff"


# ---- rotation, ends ----

def test_both_tokens_open_while_a_connection_is_rotated(company):
    old = company.connect("okta")
    told = company.told("token", "rotate", company.tenant.name, "okta")
    new = company.scim(told["token"])
    for each in (old, new):
        made(each.get("/Users"), 200)
    assert old.get("/Users").headers[ENDS] == told["old_expires"]
    assert new.get("/Users").headers[ENDS] is None
    company.muster("token", "rotate", company.tenant.name, "okta", "--overlap-hours", "0")
    for each in (old, new):
        refused(each.get("/Users"), 401)


def test_a_token_that_ends_within_a_month_says_so_in_every_answer(company):
    soon = company.connect("soon", "--days", "20")
    late = company.connect("late", "--days", "40")
    ends = company.show("soon")["expires"]
    ann = soon.create_user("ann")
    for answer in (ann, soon.get("/Users"), soon.get("/Users/nobody"),
                   soon.get("/ServiceProviderConfig"),
                   soon.ask("DELETE", f"/Users/{made(ann)['id']}")):
        assert answer.headers[ENDS] == ends
    assert late.get("/Users").headers[ENDS] is None


def metrics(sandbox):
    with urlopen(sandbox.values["STATUS_URL"] + "/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return {name: int(value) for name, value in
            (line.split() for line in lines if not line.startswith("#"))}


def test_an_operator_hears_of_a_token_that_ends(own_sandbox):
    assert "muster_token_days_left" not in metrics(own_sandbox)
    company = Company(own_sandbox, own_sandbox.tenant("acme"))
    company.token("okta", "--days", "20")
    company.token("entra", "--days", "5")
    company.token("late", "--days", "40")

    def ending():
        status = company.told("status")
        return status if status["tokens_expiring"] == 2 else None

    status = wait_until(ending, what="the end in the status")
    assert [(row["tenant"], row["token"]) for row in status["expiring"]] == [
        ("acme", "entra"), ("acme", "okta")]
    told = metrics(own_sandbox)
    assert (told["muster_tokens_expiring"], told["muster_token_days_left"]) == (2, 4)

    def said():
        log = (own_sandbox.folder / "log").read_text(encoding="utf-8").splitlines()
        return sorted(line for line in log if "token.expiring" in line)

    lines = wait_until(lambda: said() if len(said()) == 2 else None, what="the log lines")
    assert sum("entra" in line and "warning" in line for line in lines) == 1, lines
    assert sum("okta" in line and "info" in line for line in lines) == 1, lines
    company.muster("token", "edit", "acme", "entra", "--days", "")
    wait_until(lambda: metrics(own_sandbox)["muster_token_days_left"] == 19)
    assert len(said()) == 2


# ---- how often ----

def rate_metric(sandbox):
    return metrics(sandbox)["muster_rate_refused_total"]


def until_refused(ask):
    """One a second is allowed, and two at once."""
    for _ in range(10000):
        answer = ask()
        if answer.status == 429:
            return answer
        assert answer.status == 200
    raise AssertionError("never refused")


def test_who_asks_too_often_hears_when_to_come_back(sandbox, company):
    before = rate_metric(sandbox)
    eager, calm = company.connect("eager", "--rate", "1"), company.connect("calm")
    answer = refused(until_refused(lambda: eager.get("/Users")), 429)
    wait = answer.headers["Retry-After"]
    assert wait == "1"
    refused(until_refused(lambda: eager.get("/ServiceProviderConfig")), 429)
    assert rate_metric(sandbox) >= before + 2
    for _ in range(50):
        made(calm.get("/Users"), 200)
    time.sleep(int(wait))
    made(eager.get("/Users"), 200)
    company.muster("token", "edit", company.tenant.name, "eager", "--rate", "0")
    for _ in range(50):
        made(eager.get("/Users"), 200)


def test_a_refused_write_was_not_done(company):
    eager, whole = company.connect("eager", "--rate", "1"), company.connect("whole")
    names = iter(range(10000))
    answers = []
    while not answers or answers[-1].status != 429:
        answers.append(eager.create_user(f"ann{next(names)}"))
    assert {answer.status for answer in answers} == {201, 429}
    refused(answers[-1], 429)
    assert whole.get("/Users").body["totalResults"] == len(answers) - 1


def test_a_key_of_the_api_has_a_rate_too(sandbox, company):
    key = Api(sandbox.values["API_URL"],
              company.token("eager", "--type", "api", "--rate", "1"))
    answer = until_refused(lambda: key.get("/users"))
    assert answer.body["code"] == "rate" and answer.headers["Retry-After"] == "1"
    key.close()


def test_a_connection_without_a_threshold_deactivates_everybody(company):
    for i in range(6):
        company.muster("user", "create", company.tenant.name, f"p{i}", "--name", f"P {i}",
                       "--role", "Viewer", "--email", f"p{i}@example.com")
    scim = company.connect("all", "--limit-percent", "100")
    for user in scim.get("/Users").body["Resources"]:
        gone = scim.patch(f"/Users/{user['id']}",
                          {"op": "replace", "path": "active", "value": False})
        assert made(gone, 200)["active"] is False


# ---- habits ----

def patch_work(scim, user, op):
    return scim.patch(f"/Users/{user}", {"op": op, "path": WORK, "value": "new@example.com"})


@pytest.mark.parametrize("options, add, replace", [
    ((), 200, 400), (("--profile", "rfc"), 200, 400), (("--profile", "okta"), 200, 400),
    (("--profile", "entra"), 200, 200),
    (("--profile", "rfc", "--no-target", "create"), 200, 200),
    (("--profile", "entra", "--no-target", "add"), 200, 400),
    (("--profile", "entra", "--no-target", "refuse"), 400, 400)])
def test_a_profile_decides_what_a_path_without_a_match_does(company, options, add, replace):
    scim = company.connect("provider", *options)
    for op, status in (("add", add), ("replace", replace)):
        user = made(scim.create_user(f"ann-{op}", emails=[]))["id"]
        answer = patch_work(scim, user, op)
        if status == 400:
            refused(answer, 400, "noTarget")
        emails = scim.get(f"/Users/{user}").body.get("emails", [])
        assert [(e["value"], e.get("type")) for e in emails] == (
            [("new@example.com", "work")] if status == 200 else [])
        made(scim.ask("DELETE", f"/Users/{user}"), 204)


# ---- people's own tokens ----

def test_a_personal_token_is_its_owner(sandbox, company):
    name = company.tenant.name
    company.muster("user", "create", name, "ann", "--name", "Ann", "--role", "Viewer")
    company.muster("user", "create", name, "root", "--name", "Root", "--role", "Admin")
    token = company.token("ann's", "--type", "personal", "--user", "ann")
    assert company.show("ann's")["user"] == "ann"
    scim, api = company.scim(token), Api(sandbox.values["API_URL"], token)
    ann = scim.find("Users", 'userName eq "ann"').body["Resources"][0]
    change = {"op": "replace", "path": "title", "value": "Lead"}
    refused(scim.patch(f"/Users/{ann['id']}", change), 403)
    company.muster("role", "assign", name, "Admin", "ann")
    made(scim.patch(f"/Users/{ann['id']}", change), 200)
    row = api.get(f"/objects/{ann['id']}/audit").body["items"][0]
    assert row["action"] == "user.updated" and row["actor"]["name"] == "ann"
    assert api.get("/users/ann").status == 200
    other = api.post("/tokens", {"name": "root's", "type": "personal", "user": "root"})
    assert other.status == 403, other.body
    own = api.post("/tokens", {"name": "second", "type": "personal", "user": "ann"})
    assert own.status == 201, own.body
    second = company.scim(own.body["token"])
    made(second.get("/Users"), 200)
    company.muster("user", "deactivate", name, "ann", "--reason", "leave")
    for each in (scim, second):
        refused(each.get("/Users"), 401)
    assert api.get("/users/ann").status == 401
    company.muster("user", "activate", name, "ann")
    made(scim.get("/Users"), 200)
    company.muster("user", "delete", name, "ann")
    for each in (scim, second):
        refused(each.get("/Users"), 401)
    rows = company.told("token", "list", name)
    assert [row["name"] for row in rows if row["type"] == "personal"] == []
    api.close()


def test_a_connections_token_opens_no_other_door(sandbox, company):
    scim, key = company.token("okta"), company.token("key", "--type", "api")
    api = Api(sandbox.values["API_URL"], scim)
    assert api.get("/users").status == 401
    refused(company.scim(key).get("/Users"), 401)
    api.close()


def test_last_use_is_shown(company):
    scim = company.connect("okta")
    assert "last_used" not in company.show("okta")
    made(scim.get("/Users"), 200)
    wait_until(lambda: "last_used" in company.show("okta"), what="the last use")
