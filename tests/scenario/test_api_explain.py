"""Who may do what, and why, as the command line and the admin API tell it."""

import itertools
import json
import time
from datetime import datetime, timezone
from urllib.parse import urlencode

from muster import Api, Scim

numbers = itertools.count(1)


def make_tenant(sandbox):
    name = f"company{next(numbers)}"
    sandbox.muster("tenant", "create", name)
    return name


def told(sandbox, *words):
    """What `muster` prints as JSON."""
    return json.loads(sandbox.muster("--json", *words).stdout)


class Reader:
    """The admin API with an API key of its own, which holds these permissions."""

    def __init__(self, sandbox, tenant, name, *permissions):
        words = [word for permission in permissions for word in ("--permission", permission)]
        made = told(sandbox, "token", "create", tenant, name, "--type", "api", *words)
        self.api = Api(sandbox.values["API_URL"], made["token"])
        self.id = made["id"]

    def get(self, path, **query):
        answer = self.api.get(f"{path}?{urlencode(query)}")
        return answer.status, answer.body


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def people(answer):
    return [person["user"] for person in answer["items"]]


def test_explain_tells_the_chain_and_what_is_missing(sandbox):
    tenant = make_tenant(sandbox)
    sandbox.muster("user", "create", tenant, "bob", "--role", "Technician")
    sandbox.muster("scope", "create", tenant, "Bali")
    yes = told(sandbox, "explain", tenant, "bob", "tasks.execute")
    assert yes["allowed"] and yes["missing"] == []
    assert yes["granted_by"] == "roles" and yes["reach"] == "no_scope_held"
    assert [role["name"] for role in yes["roles"]] == ["Technician"]
    assert yes["roles"][0]["sources"] == [{"type": "local"}]
    assert yes["roles"][0]["given_by"]["type"] == "operator"
    assert "name" not in yes["roles"][0]["given_by"]
    assert yes["policies"] == [{"policy": "scope.empty_means", "value": "all"}]
    no = told(sandbox, "explain", tenant, "bob", "tasks.approve", "--scope", "Bali")
    assert not no["allowed"]
    assert [missing["reason"] for missing in no["missing"]] == ["not_granted"]
    assert "Supervisor" in [role["name"] for role in no["other_roles"]]
    unknown = told(sandbox, "explain", tenant, "bob", "tasks.admire", "--scope", "Atlantis")
    assert [missing["reason"] for missing in unknown["missing"]] == [
        "unknown_permission", "unknown_scope"]


def test_a_membership_that_a_client_gave_names_the_client(sandbox):
    tenant = make_tenant(sandbox)
    made = told(sandbox, "token", "create", tenant, "feeder", "--type", "scim")
    scim = Scim(f"{sandbox.values['HTTP_URL']}/scim/v2/{tenant}", made["token"])
    user = scim.create_user("ada").body["id"]
    sandbox.muster("role", "assign", tenant, "Technician", "ada")
    site = told(sandbox, "scope", "create", tenant, "Bali")["id"]
    assert scim.patch(f"/Groups/{site}", {"op": "add", "path": "members",
                                          "value": [{"value": user}]}).status in (200, 204)
    answer = told(sandbox, "explain", tenant, user, "tasks.execute", "--scope", site)
    assert answer["allowed"] and answer["reach"] == "scope"
    [source] = answer["scopes"][0]["sources"]
    assert (source["type"], source["client_type"], source["name"]) == ("client", "scim", "feeder")
    assert answer["scopes"][0]["given_by"]["channel"] == "scim"
    assert answer["scopes"][0]["given_by"]["name"] == "feeder"


def test_who_can_agrees_with_explain_and_comes_in_pages(sandbox):
    tenant = make_tenant(sandbox)
    sandbox.muster("scope", "create", tenant, "Bali")
    sandbox.muster("scope", "create", tenant, "Ulm")
    for i in range(7):
        sandbox.muster("user", "create", tenant, f"user{i}", "--role",
                       "Technician" if i % 2 else "Manager")
    sandbox.muster("scope", "assign", tenant, "Bali", "user1")
    sandbox.muster("user", "deactivate", tenant, "user3")
    found = people(told(sandbox, "who-can", tenant, "tasks.execute", "--scope", "Ulm"))
    assert found == ["user5"]
    for i in range(7):
        answer = told(sandbox, "explain", tenant, f"user{i}", "tasks.execute",
                      "--scope", "Ulm")
        assert answer["allowed"] == (f"user{i}" in found)
    api = Reader(sandbox, tenant, "reader", "users.view")
    found, cursor = [], {}
    while True:
        status, page = api.get("/holders", permission="reports.view", limit=2, **cursor)
        assert status == 200 and len(page["items"]) <= 2
        found += people(page)
        if "next_cursor" not in page:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [name for name in found if name.startswith("user")] == [
        "user0", "user2", "user4", "user6"]
    assert api.get("/holders", permission="tasks.admire")[0] == 422
    status, problem = api.get("/holders", permission="tasks.view", scope="Atlantis")
    assert status == 422 and "Atlantis" in json.dumps(problem)


def test_both_answer_for_a_past_moment(sandbox):
    tenant = make_tenant(sandbox)
    sandbox.muster("user", "create", tenant, "bob", "--role", "Technician")
    time.sleep(0.01)
    then = now()
    time.sleep(0.01)
    sandbox.muster("role", "unassign", tenant, "Technician", "bob")
    sandbox.muster("user", "create", tenant, "eve", "--role", "Technician")
    assert people(told(sandbox, "who-can", tenant, "tasks.execute")) == ["eve"]
    assert people(told(sandbox, "who-can", tenant, "tasks.execute", "--as-of", then)) == [
        "bob"]
    assert not told(sandbox, "explain", tenant, "bob", "tasks.execute")["allowed"]
    assert told(sandbox, "explain", tenant, "bob", "tasks.execute", "--as-of",
                then)["allowed"]
    api = Reader(sandbox, tenant, "reader", "users.view")
    assert api.get("/explain", user="eve", permission="tasks.execute", as_of=then)[0] == 404
    status, problem = api.get("/explain", user="bob", permission="tasks.execute",
                              as_of="2001-01-01T00:00:00Z")
    assert status == 422 and "begins at" in problem["detail"]
    assert api.get("/explain", user="bob", permission="tasks.execute", as_of="noon")[0] == 422


def test_nobody_is_told_about_others_without_users_view(sandbox):
    tenant = make_tenant(sandbox)
    sandbox.muster("user", "create", tenant, "bob", "--role", "Technician")
    api = Reader(sandbox, tenant, "blind", "groups.view")
    assert api.get("/explain", user="bob", permission="groups.view")[0] == 403
    nobody, bob = (api.get("/explain", user=name, permission="groups.view")[1]["detail"]
                   for name in ("nobody", "bob"))
    assert nobody == bob
    assert api.get("/holders", permission="groups.view")[0] == 403
    status, oneself = api.get("/explain", user=api.id, permission="groups.view")
    assert status == 200 and oneself["allowed"] and oneself["granted_by"] == "own_list"
    status, rows = api.get(f"/users/{api.id}/permissions")
    assert status == 200 and [row["permission"] for row in rows["items"]] == ["groups.view"]


def test_another_tenant_s_person_does_not_exist(sandbox):
    tenant, other = make_tenant(sandbox), make_tenant(sandbox)
    sandbox.muster("user", "create", other, "bob", "--role", "Technician")
    foreign = told(sandbox, "user", "show", other, "bob")["id"]
    api = Reader(sandbox, tenant, "reader", "users.view")
    unknown = "01890a5d-ac96-774b-bcce-b302099a8057"
    answers = [api.get("/explain", user=name, permission="tasks.view")
               for name in (foreign, unknown)]
    assert [status for status, _ in answers] == [404, 404]
    assert answers[0][1]["detail"] == answers[1][1]["detail"]


def test_each_permission_of_a_person_names_the_roles_that_grant_it(sandbox):
    tenant = make_tenant(sandbox)
    sandbox.muster("user", "create", tenant, "bob", "--role", "Technician",
                   "--role", "Supervisor")
    rows = {row["permission"]: row for row in told(sandbox, "user", "permissions", tenant,
                                                   "bob")}
    assert [role["name"] for role in rows["tasks.view"]["roles"]] == ["Technician", "Supervisor"]
    assert [role["name"] for role in rows["tasks.execute"]["roles"]] == ["Technician"]
    assert [role["name"] for role in rows["tasks.assign"]["roles"]] == ["Supervisor"]
    assert rows["tasks.view"]["scoped"] and rows["tasks.view"]["group"] == "tasks"
    assert "settings.edit" not in rows


def test_a_deleted_person_is_explained_in_the_past_only(sandbox):
    tenant = make_tenant(sandbox)
    sandbox.muster("user", "create", tenant, "bob", "--role", "Technician")
    bob = told(sandbox, "user", "show", tenant, "bob")["id"]
    time.sleep(0.01)
    then = now()
    time.sleep(0.01)
    sandbox.muster("user", "delete", tenant, "bob")
    api = Reader(sandbox, tenant, "reader", "users.view")
    for name in ("bob", bob):
        assert api.get("/explain", user=name, permission="tasks.execute")[0] == 404
        status, answer = api.get("/explain", user=name, permission="tasks.execute", as_of=then)
        assert status == 200 and answer["allowed"]
    assert people(api.get("/holders", permission="tasks.execute")[1]) == []
    assert people(api.get("/holders", permission="tasks.execute", as_of=then)[1]) == ["bob"]
