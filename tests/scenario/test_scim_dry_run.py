"""A dry run says what a change would do, as it would do it, and leaves no trace."""

import json

import pytest

from muster import GROUP, PATCH_OP, USER

DRY_RUN = "urn:ietf:params:scim:api:messages:muster:2.0:DryRun"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def would(answer, status):
    assert answer.status == 200, answer.body
    assert answer.body["schemas"] == [DRY_RUN] and answer.body["status"] == str(status)
    return answer.body


def change(body, path):
    found = [(c["old"], c["new"]) for c in body["changes"] if c["path"] == path]
    assert len(found) == 1, body["changes"]
    return found[0]


def patch_body(*operations):
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def retitle(title):
    return patch_body({"op": "replace", "path": "title", "value": title})


def bulk(scim, *operations, **more):
    answer = scim.ask("POST", "/Bulk?dryRun=true",
                      {"schemas": [BULK], "Operations": operations, **more})
    assert answer.status == 200, answer.body
    return answer.body["Operations"]


def user(name):
    return {"method": "POST", "path": "/Users", "bulkId": name,
            "data": {"schemas": [USER], "userName": name}}


def group(name, *members):
    return {"method": "POST", "path": "/Groups", "bulkId": name,
            "data": {"schemas": [GROUP], "displayName": name,
                     "members": [{"value": m} for m in members]}}


# ---- what is said ----

def test_a_create_shows_what_would_be_made(scim):
    body = would(scim.ask("POST", "/Users?dryRun=true", {
        "schemas": [USER], "userName": "ann", "title": "Boss",
        "emails": [{"value": "ann@example.com", "primary": True}]}), 201)
    made = scim.ask("POST", "/Users", {
        "schemas": [USER], "userName": "ann", "title": "Boss",
        "emails": [{"value": "ann@example.com", "primary": True}]}).body
    for each in (body["resource"], made):
        del each["id"], each["meta"]
    assert body["resource"] == made
    assert change(body, "title") == (None, "Boss") and body["warnings"] == []


def test_changes_are_told_with_old_and_new(scim):
    person = scim.create_user("ann", title="Old").body
    path = f"/Users/{person['id']}"
    patched = would(scim.ask("PATCH", path, retitle("New"), Muster_Dry_Run="true"), 200)
    assert change(patched, "title") == ("Old", "New") and len(patched["changes"]) == 1
    assert patched["resource"]["title"] == "New"
    assert patched["resource"]["meta"]["version"] == 'W/"2"'
    put = would(scim.ask("PUT", path + "?dryRun=TRUE", {"schemas": [USER], "userName": "ann"}), 200)
    assert change(put, "title") == ("Old", None) and "title" not in put["resource"]
    same = would(scim.ask("PATCH", path + "?dryRun=true", retitle("Old")), 200)
    assert same["changes"] == [] and same["resource"]["title"] == "Old"
    gone = would(scim.ask("DELETE", path + "?dryRun=true"), 204)
    assert "resource" not in gone and change(gone, "userName") == ("ann", None)
    assert scim.get(path).body == person


def test_members_of_a_group_are_told(scim):
    ann, bob = (scim.create_user(name).body["id"] for name in ("ann", "bob"))
    team = scim.create_group("team", ann).body["id"]
    body = would(scim.ask("PATCH", f"/Groups/{team}?dryRun=true&attributes=members", patch_body(
        {"op": "add", "path": "members", "value": [{"value": bob}]},
        {"op": "remove", "path": f'members[value eq "{ann}"]'})), 200)
    assert [m["value"] for m in body["resource"]["members"]] == [bob]
    members = {(c["old"], c["new"]) for c in body["changes"] if c["path"] == "members"}
    assert members == {("ann", None), (None, "bob")}
    assert [m["value"] for m in scim.get(f"/Groups/{team}").body["members"]] == [ann]


def test_no_secret_is_told(scim):
    person = scim.create_user("ann", password="Old-secret-1").body["id"]
    for answer in (
            scim.ask("PATCH", f"/Users/{person}?dryRun=true", patch_body(
                {"op": "replace", "path": "password", "value": "New-secret-2"})),
            scim.ask("POST", "/Users?dryRun=true", {"schemas": [USER], "userName": "bob",
                                                    "password": "New-secret-2"})):
        assert answer.status == 200
        text = answer.octets.decode()
        assert "secret" not in text and "argon" not in text.lower()
        assert [c["new"] for c in answer.body["changes"] if c["path"] == "password"] == ["***"]


# ---- refusals are those of the real thing ----

def test_refusals_are_the_same(sandbox, tenant, scim):
    person = scim.create_user("ann").body["id"]
    reads = tenant.scim(json.loads(sandbox.muster(
        "token", "create", tenant.name, "reads", "--scope", "read", "--json").stdout)["token"])
    path = f"/Users/{person}"
    for client, method, target, body, head in (
            (scim, "POST", "/Users", {"schemas": [USER], "userName": "ANN"}, {}),
            (scim, "POST", "/Users", {"schemas": [USER]}, {}),
            (scim, "POST", "/Users", "{", {}),
            (scim, "PATCH", path, patch_body({"op": "add", "path": "nothing", "value": 1}), {}),
            (scim, "PATCH", path, retitle("x"), {"If_Match": 'W/"99"'}),
            (scim, "DELETE", "/Users/01890000-0000-7000-8000-000000000000", None, {}),
            (scim, "PATCH", path, patch_body(
                {"op": "replace", "path": "password", "value": "short"}), {}),
            (reads, "DELETE", path, None, {}), (reads, "PATCH", path, retitle("x"), {}),
            (tenant.scim("mst_scim_nobody"), "DELETE", path, None, {})):
        dry = client.ask(method, target, body, Muster_Dry_Run="true", **head)
        real = client.ask(method, target, body, **head)
        assert dry.status == real.status >= 400 and dry.octets == real.octets


@pytest.mark.parametrize("wish", ["?dryRun=yes", "?dryRun=1", "?dryRun=", "?dryRun=true&dryRun=false"])
def test_a_misspelt_wish_changes_nothing(scim, wish):
    assert scim.ask("POST", f"/Users{wish}",
                    {"schemas": [USER], "userName": "ann"}).status == 400
    assert scim.ask("POST", f"/Bulk{wish}", {"schemas": [BULK], "Operations": [
        user("ann")]}).status == 400
    assert scim.ask("POST", "/Users", {"schemas": [USER], "userName": "ann"},
                    Muster_Dry_Run="maybe").status == 400
    assert scim.get("/Users").body["totalResults"] == 0


@pytest.mark.parametrize("words", [("false", "true"), ("true", "false"), ("true", "true")])
def test_a_wish_that_stands_twice_changes_nothing(scim, words):
    line = scim.connection
    body = json.dumps(user("twice")["data"]).encode()
    line.putrequest("POST", scim.base + "/Users")
    for name, value in [("Authorization", f"Bearer {scim.token}"),
                        ("Content-Type", "application/scim+json"), ("Content-Length", len(body)),
                        *(("Muster-Dry-Run", word) for word in words)]:
        line.putheader(name, value)
    line.endheaders(body)
    assert scim.answer().status == 400
    assert scim.find("Users", 'userName eq "twice"').body["totalResults"] == 0


def test_false_is_no_dry_run(scim):
    assert scim.ask("POST", "/Users?dryRun=false", {"schemas": [USER], "userName": "ann"},
                    Muster_Dry_Run="False").status == 201


# ---- nothing stays ----

def test_a_dry_run_leaves_no_trace(tenant, scim):
    person = scim.create_user("ann", title="Old").body["id"]
    team = scim.create_group("team").body["id"]
    api = tenant.api("audit.view")
    before = (scim.get("/Users").body, scim.get("/Groups").body,
              api.get("/audit?limit=1000").body["items"], tenant.sandbox.metric(
                  "muster_commits_total"))
    for method, path, body in (
            ("POST", "/Users", {"schemas": [USER], "userName": "bob", "password": "Quite-secret-1"}),
            ("PUT", f"/Users/{person}", {"schemas": [USER], "userName": "ann"}),
            ("PATCH", f"/Users/{person}", retitle("New")), ("DELETE", f"/Users/{person}", None),
            ("PATCH", f"/Groups/{team}", patch_body(
                {"op": "add", "path": "members", "value": [{"value": person}]})),
            ("POST", "/Bulk", {"schemas": [BULK], "Operations": [
                user("bob"), {"method": "DELETE", "path": f"/Groups/{team}"}]})):
        answer = scim.ask(method, path + "?dryRun=true", body)
        assert answer.status == 200, answer.body
    assert scim.get("/Users").body == before[0] and scim.get("/Groups").body == before[1]
    assert api.get("/audit?limit=1000").body["items"] == before[2]
    made = scim.create_user("bob").body
    assert made["meta"]["version"] == 'W/"1"'
    api.close()


# ---- Bulk ----

def test_a_bulk_builds_on_what_it_would_have_done(scim):
    old = scim.create_user("old").body["id"]
    results = bulk(
        scim, group("g", "bulkId:ann"), user("ann"),
        {"method": "PATCH", "path": "/Users/bulkId:ann", "data": retitle("one")},
        {"method": "PATCH", "path": "/Users/bulkId:ann", "data": retitle("two")},
        user("ANN"), {"method": "DELETE", "path": f"/Users/{old}"}, user("old"),
        {"method": "PATCH", "path": f"/Users/{old}", "data": retitle("late")},
        {"method": "DELETE", "path": "/Users/bulkId:ann"})
    assert [r["status"] for r in results] == [
        "201", "201", "200", "200", "409", "204", "201", "404", "204"]
    assert change(results[2]["response"], "title") == (None, "one")
    assert change(results[3]["response"], "title") == ("one", "two")
    assert results[3]["version"] == 'W/"3"'
    assert scim.get("/Users").body["totalResults"] == 1


def test_a_bulk_says_which_operations_would_not_be_reached(scim):
    results = bulk(scim, user("a"), user("A"), user("b"), failOnErrors=1)
    assert [r["status"] for r in results] == ["201", "409"]
    circle = bulk(scim, group("x", "bulkId:y"), group("y", "bulkId:x"), user("c"))
    assert [r["status"] for r in circle] == ["409", "409", "201"]
    assert scim.get("/Users").body["totalResults"] == 0


def test_changes_that_build_on_each_other_have_an_end(scim):
    person = scim.create_user("ann", title="start").body["id"]
    results = bulk(scim, *({"method": "PATCH", "path": f"/Users/{person}", "data": retitle(f"t{n}")}
                           for n in range(400)))
    found = [r["status"] for r in results]
    done = found.count("200")
    assert 100 < done < 400 and found == ["200"] * done + ["413"] * (400 - done)
    assert scim.get(f"/Users/{person}").body["title"] == "start"


def test_a_thousand_operations_are_tried(scim):
    results = bulk(scim, *(user(f"u{n}") for n in range(999)),
                   group("all", *(f"bulkId:u{n}" for n in range(999))))
    assert {r["status"] for r in results} == {"201"} and len(results) == 1000
    assert scim.get("/Users").body["totalResults"] == 0
