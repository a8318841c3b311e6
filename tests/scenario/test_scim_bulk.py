"""Bulk (RFC 7644 section 3.7): references, order, errors, limits, and what happens beside it."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from muster import GROUP, PATCH_OP, USER, wait_until

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def user(name, bulk_id=None, **more):
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id or name,
            "data": {"schemas": [USER], "userName": name, **more}}


def group(name, *members, bulk_id=None):
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id or name,
            "data": {"schemas": [GROUP], "displayName": name,
                     "members": [{"value": m} for m in members]}}


def managed(name, manager):
    return user(name, **{"schemas": [USER, ENTERPRISE],
                         ENTERPRISE: {"manager": {"value": manager}}})


def patch(path, *operations, **more):
    return {"method": "PATCH", "path": path,
            "data": {"schemas": [PATCH_OP], "Operations": list(operations)}, **more}


def add_member(path, member):
    return patch(path, {"op": "add", "path": "members", "value": [{"value": member}]})


def retitle(path, title, **more):
    return patch(path, {"op": "replace", "path": "title", "value": title}, **more)


def delete(path, **more):
    return {"method": "DELETE", "path": path, **more}


def ask(scim, operations, query="", **more):
    return scim.ask("POST", "/Bulk" + query,
                    {"schemas": [REQUEST], "Operations": operations, **more})


def bulk(scim, *operations, query="", **more):
    answer = ask(scim, operations, query, **more)
    assert answer.status == 200, answer.body
    assert answer.body["schemas"] == [RESPONSE]
    return answer.body["Operations"]


def statuses(results):
    return [result["status"] for result in results]


def detail(result):
    assert result["response"]["schemas"] == [ERROR]
    assert result["response"]["status"] == result["status"]
    return result["response"]["detail"]


def id_of(result):
    return result["location"].rsplit("/", 1)[1]


def user_names(scim):
    return sorted(u["userName"] for u in scim.get("/Users?count=1000").body["Resources"])


def directory_groups(scim):
    found = scim.find("Groups", 'displayName sw "bulk-"').body["Resources"]
    return {g["displayName"]: sorted(m["value"] for m in g.get("members", [])) for g in found}


def refused(answer, status, scim_type=None):
    assert (answer.status, answer.body.get("scimType")) == (status, scim_type), answer.body
    assert answer.body["schemas"] == [ERROR]
    return answer.body["detail"]


# ---- each operation has its own outcome ----

def test_each_operation_says_what_became_of_it(scim):
    old = scim.create_user("old").body
    gone = scim.create_user("gone").body
    kept = {"schemas": [USER], "userName": "old", "title": "put"}
    results = bulk(scim, user("new"),
                   {"method": "PUT", "path": f"/Users/{old['id']}", "data": kept},
                   delete(f"/Users/{gone['id']}", bulkId="mine"),
                   delete("/Users/nope"), user("old", "twice"))
    assert statuses(results) == ["201", "200", "204", "404", "409"]
    made = scim.get(f"/Users/{id_of(results[0])}")
    assert results[0] == {"method": "POST", "bulkId": "new", "status": "201",
                          "location": made.body["meta"]["location"],
                          "version": made.body["meta"]["version"]}
    assert results[1]["version"] == scim.get(f"/Users/{old['id']}").headers["ETag"]
    assert results[2] == {"method": "DELETE", "bulkId": "mine", "status": "204",
                          "location": gone["meta"]["location"]}
    assert results[3]["location"].endswith("/Users/nope") and "no such User" in detail(results[3])
    assert results[4]["response"]["scimType"] == "uniqueness"
    assert "location" not in results[4] and results[4]["bulkId"] == "twice"
    assert scim.get(f"/Users/{gone['id']}").status == 404
    assert scim.get(f"/Users/{old['id']}").body["title"] == "put"


def test_an_operation_names_the_state_that_it_changes(scim):
    person = scim.create_user("versioned").body
    path, version = f"/Users/{person['id']}", person["meta"]["version"]
    results = bulk(scim, retitle(path, "first", version=version),
                   retitle(path, "second", version=version), delete(path, version=version))
    assert statuses(results) == ["200", "412", "412"]
    assert scim.get(path).body["title"] == "first"


@pytest.mark.parametrize("version", [5, "", ["*"], {}, True])
def test_a_version_that_is_none_is_not_passed_over(scim, version):
    made = scim.create_user("amy").body
    answer = bulk(scim, retitle(f"/Users/{made['id']}", "Changed", version=version))
    assert statuses(answer) == ["400"]
    assert scim.get(f"/Users/{made['id']}").body == made


def test_operations_on_one_resource_build_on_each_other(scim):
    titles = [f"t{n}" for n in range(12)]
    first, *rest = bulk(scim, user("chain"), *(retitle("/Users/bulkId:chain", t) for t in titles))
    assert statuses([first, *rest]) == ["201"] + ["200"] * len(titles)
    assert [r["version"] for r in rest] == [f'W/"{n}"' for n in range(2, len(titles) + 2)]
    assert scim.get(f"/Users/{id_of(first)}").body["title"] == titles[-1]


def test_what_is_deleted_leaves_its_name_to_who_comes_after(scim):
    old = scim.create_user("heir").body["id"]
    results = bulk(scim, delete(f"/Users/{old}"), user("heir"), delete(f"/Users/{old}"))
    assert statuses(results) == ["204", "201", "404"]
    assert id_of(results[1]) != old and user_names(scim) == ["heir"]


@pytest.mark.parametrize("operation, status", [
    ({"method": "POST", "path": "/Users", "data": {"schemas": [USER], "userName": "x"}}, "400"),
    ({"method": "POST", "path": "/Users", "bulkId": "x"}, "400"),
    ({"method": "POST", "path": "/Users", "bulkId": "x", "data": []}, "400"),
    ({"method": "GET", "path": "/Users"}, "400"),
    ({"path": "/Users"}, "400"),
    ({"method": "DELETE"}, "404"),
    ({"method": "DELETE", "path": "/Users"}, "405"),
    ({"method": "POST", "path": "/Users/.search", "bulkId": "x", "data": {}}, "405"),
    ({"method": "DELETE", "path": "/Nothing/1"}, "404"),
    ({"method": "DELETE", "path": "https://other.example/scim/v2/Users/1"}, "404"),
    ({"method": "DELETE", "path": "/Users/bulkId:nobody"}, "409"),
    ({"method": "POST", "path": "/Bulk", "bulkId": "x", "data": {
        "schemas": [REQUEST], "Operations": []}}, "400"),
    ("DELETE", "400"),
    ({"method": "PATCH", "path": "/Users/bulkId:fine", "data": {"schemas": [PATCH_OP],
                                                               "Operations": []}}, "400"),
])
def test_a_wrong_operation_fails_alone(scim, operation, status):
    results = bulk(scim, user("fine"), operation, user("too"))
    assert statuses(results) == ["201", status, "201"]
    detail(results[1])
    assert user_names(scim) == ["fine", "too"]


def test_methods_are_known_in_any_case_and_paths_without_a_slash(scim):
    made = {**user("lower"), "method": "post", "path": "Users"}
    assert statuses(bulk(scim, made)) == ["201"]


# ---- references ----

def test_a_reference_may_come_before_what_it_names(scim):
    results = bulk(scim, group("bulk-outer", "bulkId:bulk-inner", "bulkId:z"),
                   managed("worker", "bulkId:boss"), group("bulk-inner", "bulkId:worker"),
                   user("boss"), user("z"))
    assert statuses(results) == ["201"] * 5
    outer, worker, inner, boss, z = map(id_of, results)
    assert directory_groups(scim) == {"bulk-outer": sorted([inner, z]), "bulk-inner": [worker]}
    assert scim.get(f"/Users/{worker}").body[ENTERPRISE]["manager"]["value"] == boss


def test_references_stand_in_paths_patches_and_urls(scim):
    night = scim.create_group("bulk-night").body["id"]
    results = bulk(
        scim, user("n"), user("m"), add_member(f"/Groups/{night}", "bulkId:n"),
        patch(f"/Groups/{night}", {"op": "add", "path": "members", "value": [
            {"value": "bulkId:m", "$ref": "https://x.example/Users/bulkId:m"}]}),
        patch(f"/Groups/{night}", {"op": "remove", "path": 'members[value eq "bulkId:n"]'}),
        patch("/Users/bulkId:n", {"op": "replace", "value": {
            f"{ENTERPRISE}:manager": {"value": "bulkId:m"}}}))
    assert statuses(results) == ["201", "201", "200", "200", "200", "200"]
    n, m = id_of(results[0]), id_of(results[1])
    assert directory_groups(scim) == {"bulk-night": [m]}
    assert scim.get(f"/Users/{n}").body[ENTERPRISE]["manager"]["value"] == m


def test_what_refers_to_a_failure_fails_and_names_it(scim):
    night = scim.create_group("bulk-night").body["id"]
    scim.create_user("taken")
    results = bulk(scim, user("taken", "t"), group("bulk-a", "bulkId:t"),
                   group("bulk-b", "bulkId:bulk-a"), add_member(f"/Groups/{night}", "bulkId:t"),
                   retitle("/Users/bulkId:t", "x"), user("free"))
    assert statuses(results) == ["409"] * 5 + ["201"]
    assert "bulkId:t " in detail(results[1]) and "bulkId:bulk-a " in detail(results[2])
    assert "bulkId:t " in detail(results[3]) and "bulkId:t " in detail(results[4])
    assert directory_groups(scim) == {"bulk-night": []}


def test_an_unknown_reference_is_never_kept_as_text(scim):
    results = bulk(scim, group("bulk-u", "bulkId:nosuch"), managed("u", "bulkId:nosuch"))
    assert statuses(results) == ["409", "409"] and "bulkId:nosuch" in detail(results[0])
    assert directory_groups(scim) == {} and user_names(scim) == []


def test_a_bulk_id_stands_for_one_operation(scim):
    answer = ask(scim, [user("a", "same"), user("b", "same"), group("bulk-g", "bulkId:same")])
    assert "bulkId" in refused(answer, 400, "invalidValue")
    assert user_names(scim) == []


# ---- circles ----

def test_groups_in_a_circle_fail_together_and_nothing_stays(scim):
    results = bulk(scim, group("bulk-a", "bulkId:bulk-b", "bulkId:u"),
                   group("bulk-b", "bulkId:bulk-c"), user("u"),
                   group("bulk-c", "bulkId:bulk-a"), group("bulk-d", "bulkId:bulk-a"))
    assert statuses(results) == ["409", "409", "201", "409", "409"]
    assert "circle" in detail(results[0]) and "bulkId:bulk-a " in detail(results[4])
    assert directory_groups(scim) == {} and user_names(scim) == ["u"]


def test_managers_in_a_circle_fail_together(scim):
    results = bulk(scim, managed("a", "bulkId:b"), managed("b", "bulkId:a"),
                   managed("self", "bulkId:self"), managed("below", "bulkId:top"), user("top"))
    assert statuses(results) == ["409", "409", "409", "201", "201"]
    assert user_names(scim) == ["below", "top"]


def test_in_a_circle_the_one_that_is_wrong_in_itself_says_so(scim):
    wrong = managed("", "bulkId:a")
    wrong["bulkId"] = "w"
    results = bulk(scim, managed("a", "bulkId:w"), wrong)
    assert statuses(results) == ["409", "400"] and user_names(scim) == []


# ---- errors that end it ----

def test_the_errors_that_are_accepted_are_counted_exactly(scim):
    scim.create_user("taken")
    operations = [user("a1"), user("taken", "e1"), user("a2"), user("taken", "e2"), user("a3"),
                  delete("/Users/nope"), user("a4")]
    for limit, made in ((1, ["a1"]), (2, ["a2"]), (3, ["a3"]), (4, ["a4"])):
        for name in ("a1", "a2", "a3", "a4"):
            found = scim.find("Users", f'userName eq "{name}"').body["Resources"]
            if found:
                scim.ask("DELETE", f"/Users/{found[0]['id']}")
        results = bulk(scim, *operations, failOnErrors=limit)
        done = [r["bulkId"] for r in results if r["status"] == "201"]
        assert done == [f"a{n}" for n in range(1, int(made[0][1]) + 1)]
        assert [n for n in user_names(scim) if n != "taken"] == done
        assert len(results) == {1: 2, 2: 4, 3: 6, 4: 7}[limit]


def test_an_operation_behind_the_last_error_is_not_tried(scim):
    person = scim.create_user("p").body["id"]
    path = f"/Users/{person}"
    results = bulk(scim, retitle(path, "one"), retitle(path, "two"), user("p", "again"),
                   retitle(path, "three"), failOnErrors=1)
    assert statuses(results) == ["200", "200", "409"]
    assert scim.get(path).body["title"] == "two"


@pytest.mark.parametrize("limit", [0, -1, 1.5, "1", True, [], 2 ** 40])
def test_the_number_of_accepted_errors_is_an_integer(scim, limit):
    assert "failOnErrors" in refused(ask(scim, [user("x")], failOnErrors=limit), 400,
                                     "invalidValue")


# ---- limits ----

def test_the_limits_are_announced(scim):
    assert scim.get("/ServiceProviderConfig").body["bulk"] == {
        "supported": True, "maxOperations": 1000, "maxPayloadSize": 4 * 1024 * 1024}


def test_a_thousand_operations_are_done_and_one_more_is_refused(scim):
    results = bulk(scim, *(user(f"u{n}") for n in range(999)),
                   group("bulk-all", *(f"bulkId:u{n}" for n in range(999))))
    assert statuses(results) == ["201"] * 1000
    assert [r["bulkId"] for r in results] == [f"u{n}" for n in range(999)] + ["bulk-all"]
    assert len(directory_groups(scim)["bulk-all"]) == 999
    refused(ask(scim, [user(f"v{n}") for n in range(1001)]), 413, "tooLarge")
    assert scim.find("Users", 'userName sw "v"').body["totalResults"] == 0


def test_a_body_of_four_mebibytes_is_taken_and_an_octet_more_is_not(scim):
    body = json.dumps({"schemas": [REQUEST], "Operations": [user("full")]})
    whole = body + " " * (4 * 1024 * 1024 - len(body))
    answer = scim.ask("POST", "/Bulk", whole)
    assert answer.status == 200 and statuses(answer.body["Operations"]) == ["201"]
    scim.connection.putrequest("POST", scim.base + "/Bulk")
    for name, value in (("Authorization", f"Bearer {scim.token}"),
                        ("Content-Type", "application/scim+json"),
                        ("Content-Length", str(len(whole) + 1))):
        scim.connection.putheader(name, value)
    scim.connection.endheaders()
    refused(scim.answer(), 413)


def test_four_mebibytes_of_empty_values_cost_nothing(sandbox, scim):
    def resident():
        with open(f"/proc/{sandbox.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

    bulk(scim, user("warm"))
    before = resident()
    frame = json.dumps({"schemas": [REQUEST], "Operations": []})
    empty = frame.replace("[]", "[" + "{}," * 1_390_000 + "{}]")
    refused(scim.ask("POST", "/Bulk", empty), 413, "tooLarge")
    hidden = frame.replace("[]", '[{"data":[' + "{}," * 1_390_000 + "{}]}]")
    refused(scim.ask("POST", "/Bulk", hidden), 400, "invalidSyntax")
    beside = frame[:-1] + ',"x":[' + "{}," * 1_380_000 + "{}]}"
    refused(scim.ask("POST", "/Bulk", beside), 400, "invalidSyntax")
    many = '{"data":[' + "[]," * 4_000 + "[]]}"
    refused(scim.ask("POST", "/Bulk", frame.replace(
        "[]", "[" + ",".join([many] * 300) + "]")), 413, "tooLarge")
    assert resident() - before < 200 * 1024


@pytest.mark.parametrize("body, status, scim_type", [
    ("", 400, "invalidSyntax"), ("[]", 400, "invalidValue"), ("{", 400, "invalidSyntax"),
    ('{"Operations":[', 400, "invalidSyntax"), ('{"Operations":[{}', 400, "invalidSyntax"),
    ('{"Operations":[}]}', 400, "invalidSyntax"),
    ({"schemas": [REQUEST]}, 400, "invalidSyntax"),
    ({"schemas": [REQUEST], "Operations": []}, 400, "invalidSyntax"),
    ({"schemas": [REQUEST], "Operations": {}}, 400, "invalidSyntax"),
    ({"schemas": [PATCH_OP], "Operations": [{}]}, 400, "invalidValue"),
    ('{"schemas":["%s"],"Operations":[{},]}' % REQUEST, 400, "invalidSyntax"),
    ('{"schemas":["%s"],"Operations":[{}],"operations":[{}]}' % REQUEST, 400, "invalidSyntax"),
    ('{"schemas":["%s"],"Operations":[{}]} {}' % REQUEST, 400, "invalidSyntax"),
    ('{"schemas":["%s"],"Operations":[{"a":1,"A":2}]}' % REQUEST, 400, "invalidSyntax"),
])
def test_a_malformed_request_is_refused_whole(scim, body, status, scim_type):
    refused(scim.ask("POST", "/Bulk", body), status, scim_type)


def test_a_bulk_needs_a_token_and_its_media_type(tenant, scim):
    refused(tenant.scim("mst_scim_nobody").ask("POST", "/Bulk", "x" * 5000), 401)
    refused(scim.ask("POST", "/Bulk", "{}", Content_Type="text/plain"), 415)


# ---- rights and tenants ----

def test_operations_are_allowed_as_single_requests_are(sandbox, tenant):
    made = sandbox.muster("token", "create", tenant.name, "groups only", "--permission",
                          "groups.view", "--permission", "groups.edit", "--json")
    token = json.loads(made.stdout)["token"]
    person = tenant.scim().create_user("p").body["id"]
    limited = tenant.scim(token)
    single = [limited.create_user("q"), limited.ask("DELETE", f"/Users/{person}"),
              limited.create_group("bulk-1")]
    results = bulk(limited, user("q"), delete(f"/Users/{person}"), group("bulk-2"))
    assert statuses(results) == [str(answer.status) for answer in single]
    assert [r["response"] for r in results[:2]] == [answer.body for answer in single[:2]]


def test_another_tenants_resources_are_as_unknown_as_none(sandbox, scim):
    other = sandbox.new_tenant().scim()
    theirs = other.create_user("canary").body["id"]
    never = "01890000-0000-7000-8000-000000000000"

    def outcomes(ident):
        results = bulk(scim, delete(f"/Users/{ident}"), retitle(f"/Users/{ident}", "x"),
                       group("bulk-x", ident), managed("w", ident))
        return json.loads(json.dumps(results).replace(ident, "ID"))

    assert outcomes(theirs) == outcomes(never)
    assert other.get(f"/Users/{theirs}").body == {
        **other.get(f"/Users/{theirs}").body, "userName": "canary"}
    assert "title" not in other.get(f"/Users/{theirs}").body


# ---- many at once ----

def test_concurrent_bulks_lose_nothing(tenant, scim):
    team = scim.create_group("bulk-team").body["id"]
    shared = scim.create_user("shared").body["id"]

    def one(number):
        client = tenant.scim()
        results = bulk(client, *(user(f"w{number}-{n}") for n in range(20)), user("once"),
                       *(add_member(f"/Groups/{team}", f"bulkId:w{number}-{n}")
                         for n in range(20)),
                       retitle(f"/Users/{shared}", f"by {number}"))
        client.close()
        return results

    with ThreadPoolExecutor(8) as pool:
        all_results = list(pool.map(one, range(8)))
    assert all(set(statuses(r[:20] + r[21:])) == {"201", "200"} for r in all_results)
    assert sorted(r[20]["status"] for r in all_results) == ["201"] + ["409"] * 7
    assert len(directory_groups(scim)["bulk-team"]) == 160


def test_a_bulk_does_not_keep_others_waiting_to_its_end(tenant, scim):
    """Its rounds end, and others are served between them."""
    person = scim.create_user("slow").body["id"]
    state = {}

    def long():
        client = tenant.scim()
        state["results"] = bulk(client, *(retitle(f"/Users/{person}", f"t{n}")
                                          for n in range(300)))
        client.close()

    worker = threading.Thread(target=long)
    worker.start()
    seen = set()
    wait_until(lambda: seen.add(scim.get(f"/Users/{person}").body.get("title"))
               or len(seen) > 3 or not worker.is_alive(), 60, "titles in between")
    worker.join()
    assert statuses(state["results"]) == ["200"] * 300
    assert len(seen) > 3


def test_a_bulk_with_passwords_lets_them_sign_in(tenant, scim):
    results = bulk(scim, *(user(f"pw{n}", password=f"Quite-a-secret-{n}") for n in range(3)))
    assert statuses(results) == ["201"] * 3
    for n in range(3):
        tenant.bind(tenant.user_dn(f"pw{n}"), f"Quite-a-secret-{n}").unbind_s()


def test_one_commit_serves_independent_operations(sandbox, scim):
    before = sandbox.metric("muster_commits_total")
    bulk(scim, *(user(f"c{n}") for n in range(100)), group("bulk-c", "bulkId:c1", "bulkId:c99"))
    assert sandbox.metric("muster_commits_total") - before <= 10


def test_kill_9_in_the_middle_leaves_each_operation_whole(own_sandbox):
    tenant = own_sandbox.new_tenant()
    scim = tenant.scim()
    operations = []
    for n in range(300):
        operations += [user(f"k{n}"), group(f"bulk-{n}", f"bulkId:k{n}"),
                       retitle(f"/Users/bulkId:k{n}", "t")]
    scim.send("POST", "/Bulk", {"schemas": [REQUEST], "Operations": operations})
    watcher = tenant.scim()
    wait_until(lambda: watcher.get("/Users?count=0").body["totalResults"] > 20, 60, "some users")
    own_sandbox.kill()
    own_sandbox.start()
    own_sandbox.verify()
    scim = tenant_again(own_sandbox, tenant).scim()
    people = {u["id"] for u in scim.get("/Users?count=1000").body["Resources"]}
    for name, members in directory_groups(scim).items():
        assert len(members) == 1 and members[0] in people, name


def tenant_again(sandbox, tenant):
    """Behind the address that the restarted server has."""
    port = sandbox.acme.scim_url.split("/scim/")[0]
    tenant.values["SCIM_URL"] = port + "/scim/" + tenant.scim_url.split("/scim/")[1]
    return tenant
