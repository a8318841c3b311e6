"""PATCH on generated people: tests/scim/patched.json holds what scim-patch and the RFC agree on, made
by patch-oracle.mjs beside it."""

import json

import pytest

from muster import PATCH_OP, TOP

CASES = json.loads((TOP / "tests/scim/patched.json").read_text(encoding="utf-8"))
GIVEN = {"id", "meta", "schemas", "active", "userName", "groups", "roles"}


def bare(value):
    """Neither the order of values counts nor what is empty."""
    if isinstance(value, dict):
        kept = {key: bare(part) for key, part in value.items()}
        return {key: part for key, part in kept.items() if part not in (None, "", False, [], {})}
    if isinstance(value, list):
        return sorted((bare(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def played(scim, case):
    made = scim.ask("POST", "/Users", case["document"])
    assert made.status == 201, made.body
    path = f"/Users/{made.body['id']}"
    done = scim.ask("PATCH", path, {"schemas": [PATCH_OP], "Operations": case["operations"]})
    shown = scim.get(path).body
    assert scim.ask("DELETE", path).status == 204
    return done.status, bare({key: part for key, part in shown.items() if key not in GIVEN})


def test_a_patch_makes_of_a_person_what_it_should(sandbox):
    scim = sandbox.new_tenant().scim()
    for number, case in enumerate(CASES):
        status, shown = played(scim, case)
        assert status == case["status"], (number, case)
        if status == 200:
            assert shown == bare(case["body"]), (number, case)
    scim.close()


# ---- a resource of the type for tests ----

TEST = "urn:ietf:params:scim:schemas:test:2.0:TestResource"
TEST_MORE = "urn:ietf:params:scim:schemas:extension:test:2.0:TestResource"


@pytest.fixture(scope="module")
def scim(sandbox):
    client = sandbox.new_tenant().scim()
    yield client
    client.close()


def resource(scim, name, **more):
    made = scim.ask("POST", "/TestResources", {
        "schemas": [TEST, TEST_MORE], "identifier": name, TEST_MORE: {"extRequired": "x"}, **more})
    assert made.status == 201, made.body
    return made.body


@pytest.mark.parametrize("operation, wanted", [
    ({"op": "add", "path": "multiStrings", "value": "c"}, ["a", "b", "c"]),
    ({"op": "add", "path": "multiStrings", "value": ["A", "c"]}, ["a", "b", "c"]),
    ({"op": "replace", "path": "multiStrings", "value": ["c"]}, ["c"]),
    ({"op": "remove", "path": "multiStrings"}, None),
    ({"op": "remove", "path": "multiStrings", "value": ["b", "z"]}, ["a"]),
    ({"op": "remove", "path": "multiStrings", "value": [{"value": "b"}]}, ["a"]),
    ({"op": "remove", "path": 'multiStrings[value eq "a"]'}, ["b"]),
    ({"op": "replace", "path": 'multiStrings[value sw "a"]', "value": "z"}, ["b", "z"]),
    ({"op": "add", "path": 'multiStrings[value eq "q"]', "value": "q"}, ["a", "b", "q"]),
], ids=lambda part: json.dumps(part) if isinstance(part, dict) else "")
def test_the_values_of_a_plain_list_are_reached(scim, operation, wanted):
    made = resource(scim, "plain " + json.dumps(operation), multiStrings=["a", "b"])
    path = "/TestResources/" + made["id"]
    assert scim.patch(path, operation).status == 200
    shown = scim.get(path).body.get("multiStrings")
    assert (sorted(shown) if shown else None) == wanted


def test_each_type_is_patched_like_it_is_created(scim):
    made = resource(scim, "types", integerAttr=1)
    path = "/TestResources/" + made["id"]
    new = {"integerAttr": -5, "decimalAttr": 0.1, "booleanAttr": False, "dateTimeAttr": "2020-02-29T12:00:00+02:00",
           "complexAttr": {"sub1": "a", "sub2": 99, "sub3": True}, "binaryAttr": "AAECAw==", "referenceAttr": "https://example.com/a", "multiIntegers": [3, 1]}
    assert scim.patch(path, {"op": "replace", "value": {**new, TEST_MORE: {"extOptional": "y"}}}).status == 200
    shown = scim.get(path).body
    assert {key: shown[key] for key in new} == {**new, "dateTimeAttr": "2020-02-29T10:00:00.000Z"}
    assert shown[TEST_MORE] == {"extRequired": "x", "extOptional": "y"}
    gone = scim.patch(path, {"op": "remove", "path": TEST_MORE})
    assert (gone.status, gone.body["scimType"]) == (400, "mutability")


def test_listed_values_are_removed_by_what_is_given_of_them(scim):
    rows = [{"type": "work", "locality": "Kiel"}, {"type": "home", "locality": "Kiel"},
            {"type": "other", "locality": "Bonn"}]
    made = scim.create_user("listed", addresses=rows, emails=[
        {"value": "l1@example.com", "type": "work"}, {"value": "l2@example.com", "type": "home"}]).body
    path = "/Users/" + made["id"]
    assert scim.patch(path, {"op": "remove", "path": "addresses", "value": [{"type": "home", "locality": "Kiel"}]},
                      {"op": "remove", "path": "emails", "value": [{"value": "l1@example.com"}]}).status == 200
    shown = scim.get(path).body
    assert sorted(row["type"] for row in shown["addresses"]) == ["other", "work"]
    assert [row["value"] for row in shown["emails"]] == ["l2@example.com"]


def test_one_value_is_primary_and_what_is_there_already_makes_no_version(scim):
    made = scim.create_user("primary", emails=[{"value": "p1@example.com", "type": "work", "primary": True},
                                               {"value": "p2@example.com", "type": "home"}]).body
    path = "/Users/" + made["id"]
    flip = {"op": "replace", "path": 'emails[type eq "home"].primary', "value": "True"}
    assert scim.patch(path, flip).status == 200
    shown = scim.get(path).body
    assert [row["value"] for row in shown["emails"] if row.get("primary")] == ["p2@example.com"]
    assert scim.patch(path, flip, {"op": "add", "path": "emails", "value": [{"value": "p2@example.com"}]}).status == 200
    assert scim.get(path).body["meta"] == shown["meta"]
    both = scim.patch(path, {"op": "replace", "path": "emails[value pr].primary", "value": True})
    assert (both.status, both.body["scimType"]) == (400, "invalidValue")


# ---- what a group is ----

MUSTER_GROUP = "urn:ietf:params:scim:schemas:extension:muster:2.0:Group"


@pytest.mark.parametrize("form", [
    lambda kind: {"path": MUSTER_GROUP + ":groupType", "value": kind},
    lambda kind: {"path": MUSTER_GROUP, "value": {"groupType": kind}},
    lambda kind: {"value": {MUSTER_GROUP: {"groupType": kind}}},
    lambda kind: {"value": {MUSTER_GROUP + ":groupType": kind}},
], ids=["path", "schema", "object", "name"])
def test_the_type_of_a_group_may_be_said_again_and_is_not_changed(scim, form):
    path = "/Groups/" + scim.create_group(f"typed {id(form)}").body["id"]
    for op in "add", "replace":
        assert scim.patch(path, {"op": op, **form("directory")}).status == 204
        for other in "role", "nonsense", None:
            answer = scim.patch(path, {"op": op, **form(other)})
            assert (answer.status, answer.body["scimType"]) == (400, "mutability")
    for gone in MUSTER_GROUP, MUSTER_GROUP + ":groupType":
        answer = scim.patch(path, {"op": "remove", "path": gone})
        assert (answer.status, answer.body["scimType"]) == (400, "mutability")
    assert scim.get(path).body[MUSTER_GROUP] == {"groupType": "directory"}
