"""What a screen of the console needs comes in one answer: rows that say all that is shown of them, a
search over what people know somebody by, and orders that nobody has to make in the browser."""

import json
from urllib.parse import quote

import pytest

from company import Company, done
from muster import Api, wait_until

PASSWORD = "Correct-horse-77"


@pytest.fixture(scope="module")
def tenant(sandbox):
    tenant = sandbox.new_tenant()
    scim = tenant.scim()
    for name, display in (("boss", "Ada Lovelace"), ("kid", "Grace Hopper"), ("pal", "Ada Byron")):
        answer = scim.create_user(name, displayName=display, password=PASSWORD)
        assert answer.status == 201, answer.body
    scim.close()
    yield tenant


@pytest.fixture(scope="module")
def api(tenant):
    client = tenant.api("users.view", "users.edit", "users.deactivate", "users.set_password",
                        "roles.view", "roles.edit", "roles.assign_any", "scopes.view",
                        "scopes.edit", "groups.view")
    yield client
    client.close()


def names(answer, field="user"):
    assert answer.status == 200, answer.body
    return [row[field] for row in answer.body["items"]]


@pytest.mark.parametrize("text,found", [
    ("lovelace", ["boss"]), ("ADA", ["boss", "pal"]), ("ada by", ["pal"]), ("kid@exam", ["kid"]),
    ("os", ["boss"]), ("grace  kid", ["kid"]), ("grace boss", [])])
def test_a_person_is_found_by_words_of_the_name_or_address(api, text, found):
    answer = api.get(f"/users?sort=user&total=true&contains={quote(text)}")
    assert names(answer) == found and answer.body["total"] == len(found)


def test_what_else_has_a_name_is_found_by_it_too(api):
    assert api.post("/scopes", {"scope": "North Mill"}).status == 201
    assert names(api.get("/scopes?contains=mill"), "scope") == ["North Mill"]
    assert names(api.get("/scopes?contains=south"), "scope") == []
    assert names(api.get("/roles?contains=admin"), "role") == ["Admin"]
    assert api.get("/users?contains=" + quote("a " * 9)).status == 400


def test_bulk_takes_the_text_that_the_list_was_searched_by(api):
    asked = {"action": "deactivate", "contains": "ada", "preview": True}
    assert api.post("/users/bulk", {**asked, "expected_count": 3}).status == 409
    made = api.post("/users/bulk", {**asked, "expected_count": 2})
    assert made.status == 202 and made.body["total"] == 2, made.body


def test_people_are_listed_by_their_last_sign_in(tenant, api):
    tenant.bind(tenant.user_dn("kid"), PASSWORD).unbind_s()

    def newest():
        return names(api.get("/users?sort=last_login&order=asc"))[0] == "kid"

    wait_until(newest, what="the last sign-in")
    [row] = api.get("/users?contains=kid").body["items"]
    assert row["last_login"] >= row["created"]
    # Descending, who never did comes first.
    assert names(api.get("/users?sort=last_login&order=desc"))[-1] == "kid"
    first = api.get("/users?sort=last_login&limit=1")
    second = api.get(f"/users?sort=last_login&limit=9&cursor={first.body['next_cursor']}")
    assert names(first) == ["kid"] and "kid" not in names(second)


def test_a_row_says_all_that_a_list_shows(api):
    assert api.ask("PATCH", "/users/kid", {"manager": "boss", "phones": ["+49 30 1"]}).status == 204
    assert api.post("/roles/Technician/members", {"user": "kid"}).status == 204
    [row] = api.get("/users?contains=kid").body["items"]
    technician = api.get("/roles/Technician").body["id"]
    assert (row["roles"], row["role_ids"]) == (["Technician"], [technician])
    assert (row["phone"], row["parent"], row["locked"]) == ("+49 30 1", "boss", False)
    assert row["sources"] == ["sandbox-scim"]
    [boss] = api.get("/users?contains=lovelace").body["items"]
    assert boss["reports"] == 1 and row["reports"] == 0
    assert row["revision"] == api.get("/users/kid").body["revision"]


def test_who_says_what_of_a_person_is_told(api):
    [source] = api.get("/users/kid/sources").body["items"]
    assert (source["type"], source["name"]) == ("connection", "sandbox-scim")
    assert {"user_name", "name", "emails"} <= set(source["attributes"])
    assert "manager" not in source["attributes"]


def test_why_somebody_cannot_sign_in_is_told(tenant, api):
    told = api.get("/users/pal/sign-in").body
    assert (told["closed"], told["reasons"], told["password"]) == (False, [], "here")
    assert api.post("/users/pal/deactivate", {"reason": "left"}).status == 204
    told = api.get("/users/pal/sign-in").body
    assert told["closed"] and told["reasons"] == ["inactive"] and told["inactive_by"] == ["local"]
    assert "deactivated" in told
    assert api.post("/users/pal/activate").status == 204


@pytest.fixture(scope="module")
def keeper(tenant):
    client = tenant.api("users.view", "users.edit", "directories.manage", "integrations.manage",
                        "webhooks.manage", "clients.manage", "scopes.view", "roles.view")
    yield client
    client.close()


def test_how_a_company_stands_is_one_answer(tenant, keeper):
    made = keeper.post("/directories", {"name": "corp", "uri": "ldap://127.0.0.1:9",
                                        "base_dn": "dc=example"})
    assert made.status == 201, made.body
    wait_until(lambda: "reason" in keeper.get("/overview").body["directories"][0],
               what="the first try")
    assert keeper.post("/webhooks", {"name": "hook", "uri": "https://127.0.0.1/"}).status == 201
    keeper.post("/tokens", {"name": "short", "type": "api", "permissions": [], "days": 3})
    told = keeper.get("/overview").body
    [directory] = told["directories"]
    assert (directory["name"], directory["state"], directory["active"]) == ("corp", "failed", True)
    assert set(directory) == set(keeper.get("/directories").body["items"][0])
    assert told["people"] == {"all": 3, "inactive": 0}
    assert told["plans"] == [] and told["jobs"] == [] and told["held"] == 0
    assert [hook["name"] for hook in told["webhooks"]] == ["hook"]
    assert told["conflicts"] == {"open": 0, "types": [], "sources": []}
    wait_until(lambda: [row["token"] for row in keeper.get("/overview").body["expiring"]]
               == ["short"], what="the token that ends soon")


def test_a_part_of_it_is_for_who_may_see_it(tenant):
    everybody = {"tenant", "version", "time"}
    none = tenant.api("audit.view")
    assert set(none.get("/overview").body) == everybody
    none.close()
    hooks = tenant.api("webhooks.manage")
    assert set(hooks.get("/overview").body) == everybody | {"webhooks"}
    hooks.close()


def test_conflicts_are_counted_and_say_what_comes_of_an_answer(tenant, api, keeper):
    made = keeper.post("/tokens", {"name": "hr", "type": "scim"})
    other = tenant.scim(made.body["token"])
    kid = api.get("/users/kid").body["id"]
    answer = other.patch(f"/Users/{kid}", {"op": "replace", "path": "displayName", "value": "G"})
    assert answer.status == 409, answer.body
    other.close()
    told = keeper.get("/conflicts/summary").body
    assert told["open"] == 1
    assert [(row["type"], row["open"]) for row in told["types"]] == [("owned", 1)]
    assert [(row["source"]["name"], row["open"]) for row in told["sources"]] == [("hr", 1)]
    [row] = keeper.get("/conflicts?state=open").body["items"]
    assert row["subject"]["name"] == "kid" and row["subject"]["active"]
    assert row["subject"]["display_name"] == "Grace Hopper"
    shown = keeper.get(f"/conflicts/{row['id']}").body
    assert [choice["as"] for choice in shown["choices"]] == row["answers"] == shown["answers"]
    assert all(choice["sentence"] for choice in shown["choices"])
    # A name is one value: both cannot stand. What is open is not opened again.
    assert row["answers"] == ["keep-local", "take-upstream", "ignore"]
    assert keeper.post(f"/conflicts/{row['id']}/ignore", {"reason": "known"}).status == 204
    answers = keeper.get(f"/conflicts/{row['id']}").body["answers"]
    assert answers == ["keep-local", "take-upstream", "reopen"]


def test_rows_of_roles_and_scopes_say_what_is_shown_of_them(api):
    rows = {row["role"]: row for row in api.get("/roles").body["items"]}
    assert rows["Technician"]["description"] and rows["Technician"]["level"] == 1
    assert rows["Admin"]["permissions"] > rows["Technician"]["permissions"] > 0
    assert api.ask("PUT", "/scopes/site/18", {"name": "East Mill"}).status == 201
    [east] = api.get("/scopes?contains=east").body["items"]
    assert (east["scope_kind"], east["external_id"], east["members"]) == ("site", "18", 0)


def test_companies_are_searched_and_paged(sandbox, tenant):
    operator = Api(sandbox.values["API_URL"], sandbox.values["OPERATOR_TOKEN"])
    [row] = operator.get(f"/tenants?contains={tenant.name}").body["items"]
    assert row["tenant"] == tenant.name and row["active"]
    found = [row["tenant"] for row in operator.pages("/tenants?limit=1&sort=tenant")]
    assert found == sorted(found) and {"acme", "globex", tenant.name} <= set(found)
    assert operator.get("/tenants?total=true&limit=1").body["total"] == len(found)
    operator.close()


@pytest.mark.parametrize("preset,columns,roles", [
    ("pegotec", ["name", "email", "user", "roles", "state", "last_login"], "Roles"),
    ("users-app", ["name", "email", "user_type", "identity", "modified", "last_login"], "Roles"),
    ("titanus", ["given", "family", "email", "phone", "roles", "state", "full_access"],
     "Permission Groups")])
def test_how_people_are_listed_and_made_is_one_answer(sandbox, preset, columns, roles):
    operator = Api(sandbox.values["API_URL"], sandbox.values["OPERATOR_TOKEN"])
    name = "look-" + preset
    assert operator.post("/tenants", {"name": name, "preset": preset}).status == 201
    told = operator.get(f"/tenants/{name}/preset").body
    assert (told["preset"], told["columns"], told["labels"]["roles"]) == (preset, columns, roles)
    document = operator.get("/openapi.json").body
    row = document["components"]["schemas"]["UserRow"]["properties"]
    makes = document["paths"]["/users"]["post"]["requestBody"]["content"]["application/json"]
    fields = [field for section in told["sections"] for field in section["fields"]]
    assert set(columns) <= set(row)
    assert {field["field"] for field in fields} <= set(makes["schema"]["properties"])
    assert {"field": "roles", "required": True} in fields
    assert told["policies"]["roles.required"] == "true"
    operator.close()


def test_a_company_says_otherwise_than_its_preset(sandbox, tenant):
    operator = Api(sandbox.values["API_URL"], sandbox.values["OPERATOR_TOKEN"])
    path = f"/tenants/{tenant.name}"
    for policy, value in (("labels.users", "Crew"), ("roles.required", "false")):
        effect = operator.ask("PATCH", f"{path}/policies/{policy}", {"value": value})
        operator.ask("PATCH", f"{path}/policies/{policy}",
                     {"value": value, "confirm": effect.body["count"]})
    told = operator.get(f"{path}/preset").body
    assert told["labels"]["users"] == "Crew"
    assert {"field": "roles", "required": False} in [
        field for section in told["sections"] for field in section["fields"]]
    operator.close()


def test_a_directory_is_tried_before_it_is_saved(keeper):
    asked = {"uri": "ldap://127.0.0.1:9", "base_dn": "dc=example"}
    before = keeper.get("/directories").body["items"]
    tried = keeper.post("/directories/check", asked)
    assert tried.status == 200, tried.body
    assert any(row["verdict"] == "bad" and row["advice"] for row in tried.body["items"])
    assert keeper.post("/directories/check", {"uri": "gopher://x", "base_dn": "dc=x"}).status == 422
    made = keeper.post("/directories", {**asked, "name": "tried", "bind_dn": "cn=x,dc=example",
                                        "secret": "upstream-secret"})
    assert made.status == 201, made.body
    elsewhere = keeper.post("/directories/check", {"name": "tried", "uri": "ldap://127.0.0.1:10"})
    assert elsewhere.status == 422 and elsewhere.body["attribute"] == "secret"
    assert keeper.post("/directories/check", {"name": "tried", "poll_seconds": 60}).status == 200
    assert "poll_seconds" not in keeper.get("/directories/tried").body
    assert keeper.ask("DELETE", "/directories/tried?people=keep&count=0").status == 200
    assert len(keeper.get("/directories").body["items"]) == len(before)


def test_where_a_token_was_used_is_told(tenant, keeper):
    made = keeper.post("/tokens", {"name": "used", "type": "api", "permissions": ["users.view"]})
    key = Api(tenant.sandbox.values["API_URL"], made.body["token"])
    assert key.get("/users?limit=1").status == 200
    key.close()
    rows = wait_until(lambda: keeper.get("/tokens/used/activity").body["items"], what="its use")
    assert (rows[0]["event"], rows[0]["channel"]) == ("signin.succeeded", "api")
    assert keeper.get("/tokens/none/activity").status == 404


def test_a_search_of_a_long_audit_goes_on_where_it_stopped(sandbox, tmp_path):
    tenant = sandbox.new_tenant()
    rows = tmp_path / "people.jsonl"
    rows.write_text("".join(json.dumps({
        "kind": "user", "name": f"p{n:05d}",
        "attributes": {"email": [f"p{n}@example.com"], "email_type": ["work"]}}) + "\n"
        for n in range(21000)), encoding="utf-8")
    sandbox.muster("load", rows, "--tenant", tenant.name)
    auditor = tenant.api("audit.view")
    first = auditor.get("/audit?limit=5&text=p00007").body
    assert first["items"] == [] and "next_cursor" in first
    found = auditor.pages("/audit?limit=5&text=p00007")
    assert [row["target"]["name"] for row in found] == ["p00007"]
    auditor.close()


def test_a_form_gives_roles_and_scopes_at_once(sandbox):
    tenant = sandbox.new_tenant()
    operator = Api(sandbox.values["API_URL"], sandbox.values["OPERATOR_TOKEN"])
    path = f"/tenants/{tenant.name}/users/kim"
    made = operator.post(f"/tenants/{tenant.name}/users", {
        "user": "kim", "emails": ["kim@example.com"], "roles": ["Technician"]})
    assert made.status == 201, made.body
    for name in ("North", "South"):
        assert operator.post(f"/tenants/{tenant.name}/scopes", {"scope": name}).status == 201
    viewer = operator.get(f"/tenants/{tenant.name}/roles/Viewer").body["id"]

    def access(**body):
        return operator.ask("PATCH", f"{path}/access", body)

    def held():
        shown = operator.get(path).body
        return shown["roles"], sorted(shown["scopes"])
    assert access(roles=[viewer], scopes=["North", "South"]).status in (200, 204)
    assert held() == (["Viewer"], ["North", "South"])
    assert access(scopes=["South"]).status in (200, 204)
    assert held() == (["Viewer"], ["South"])
    assert access(roles=[]).status == 422 and access(roles=["Nobody"]).status == 422
    assert held() == (["Viewer"], ["South"])
    stale = operator.ask("PATCH", f"{path}/access", {"scopes": []}, If_Match='"1"')
    assert stale.status == 412
    operator.close()


def test_whom_a_policy_would_touch_is_named_to_who_sees_them(sandbox):
    company = Company(sandbox, "users-app")
    for role, level in (("Setter", 2), ("Chief", 4)):
        done(company.api.post("/roles", {"role": role, "level": level, "permissions": [
            "users.view", "settings.edit"]}), 201)
    company.made("boss", "Chief")
    company.made("setter", "Setter")
    setter = company.person("setter")
    for api, named in ((company.api, {"boss", "setter"}), (setter, {"setter"})):
        effect = done(api.ask("PATCH", "/policies/scope.empty_means", {"value": "all"}))
        assert (effect["count"], {person["user"] for person in effect["people"]}) == (2, named)
    setter.close()
    company.close()
