"""Versions of resources (RFC 7644 section 3.14, RFC 9110 section 13): If-Match, If-None-Match, ETag,
Location and HEAD."""

import json

import pytest

from muster import PATCH_OP, USER

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.fixture
def person(scim):
    return scim.create_user("ann").body


def retitle(scim, person, title="x", **head):
    return scim.ask("PATCH", f"/Users/{person['id']}", {
        "schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": title}]},
        **head)


def replace(scim, person, **head):
    return scim.ask("PUT", f"/Users/{person['id']}",
                    {"schemas": [USER], "userName": "ann", "title": "put"}, **head)


def refused(answer, status):
    assert answer.status == status, answer.body
    assert answer.body["schemas"] == [ERROR] and answer.body["status"] == str(status)


def test_a_new_resource_says_where_it_is_and_its_version(tenant, scim):
    made = scim.create_user("ann")
    assert made.status == 201
    assert made.headers["Location"] == made.body["meta"]["location"]
    assert made.headers["Location"] == tenant.scim_url + "/Users/" + made.body["id"]
    assert made.headers["ETag"] == made.body["meta"]["version"] == 'W/"1"'
    group = scim.create_group("team")
    assert group.headers["Location"] == tenant.scim_url + "/Groups/" + group.body["id"]


def test_what_the_client_has_is_not_sent_again(scim, person):
    path, version = f"/Users/{person['id']}", person["meta"]["version"]
    for tags in (version, version[2:], "*", f'"99", {version}', f'{version},W/"7"'):
        same = scim.get(path, If_None_Match=tags)
        assert (same.status, same.octets, same.headers["ETag"]) == (304, b"", version)
    assert scim.get(path, If_None_Match='W/"99"').status == 200
    retitle(scim, person)
    assert scim.get(path, If_None_Match=version).headers["ETag"] != version


def test_head_is_get_without_a_body(scim, person):
    path = f"/Users/{person['id']}"
    head, get = scim.ask("HEAD", path), scim.get(path)
    assert (head.status, head.octets, head.headers["ETag"]) == (200, b"", get.headers["ETag"])
    assert head.headers["Content-Length"] == str(len(get.octets))
    assert scim.ask("HEAD", path, If_None_Match=get.headers["ETag"]).status == 304
    assert scim.ask("HEAD", "/Users/nobody").status == 404


@pytest.mark.parametrize("change", [retitle, replace])
def test_only_the_named_state_is_changed(scim, person, change):
    for tags in ('W/"99"', '"99"', 'W/"2", W/"3"', "1", "W/1"):
        refused(change(scim, person, If_Match=tags), 412)
    done = change(scim, person, If_Match=f'W/"99", {person["meta"]["version"]}')
    assert done.status == 200 and done.headers["ETag"] == 'W/"2"' == done.body["meta"]["version"]
    refused(change(scim, person, If_Match=person["meta"]["version"]), 412)
    assert change(scim, person, If_Match="*").status == 200
    assert change(scim, person, If_Match='"2"').status == 200


@pytest.mark.parametrize("change", [retitle, replace])
def test_what_must_not_be_there_is_not_overwritten(scim, person, change):
    refused(change(scim, person, If_None_Match="*"), 412)
    refused(change(scim, person, If_None_Match='W/"1"'), 412)
    assert scim.get(f"/Users/{person['id']}").body == person
    assert change(scim, person, If_None_Match='W/"99"').status == 200


def test_a_delete_names_the_state_too(scim, person):
    path = f"/Users/{person['id']}"
    refused(scim.ask("DELETE", path, If_Match='W/"99"'), 412)
    retitle(scim, person)
    refused(scim.ask("DELETE", path, If_Match='W/"1"'), 412)
    assert scim.ask("DELETE", path, If_Match='W/"2"').status == 204
    for condition in ({"If_Match": "*"}, {"If_Match": 'W/"2"'}, {"If_None_Match": "*"}, {}):
        refused(scim.ask("DELETE", path, **condition), 404)


def test_a_post_brings_nobody_back_where_nobody_must_be(tenant, scim):
    words = ("policy", "set", tenant.name, "delete.mode", "--value", "disable")
    effect = json.loads(tenant.sandbox.muster(*words, "--json").stdout)
    if not effect["applied"]:
        tenant.sandbox.muster(*words, "--confirm", str(effect["count"]))
    person = scim.create_user("ann", externalId="e1").body
    assert scim.ask("DELETE", f"/Users/{person['id']}").status == 204
    again = {"schemas": [USER], "userName": "ann", "externalId": "e1"}
    refused(scim.ask("POST", "/Users", again, If_None_Match="*"), 412)
    back = scim.ask("POST", "/Users", again)
    assert back.status == 201 and back.body["id"] == person["id"]
    assert scim.ask("POST", "/Users", {"schemas": [USER], "userName": "bob"},
                    If_None_Match="*").status == 201


def test_a_change_without_effect_keeps_the_version(scim, person):
    first = retitle(scim, person, "same")
    second = retitle(scim, person, "same")
    assert first.headers["ETag"] == second.headers["ETag"] and second.body == first.body


def test_a_group_says_its_version_without_a_body(scim, person):
    team = scim.create_group("team").body
    path = f"/Groups/{team['id']}"
    added = scim.patch(path, {"op": "add", "path": "members", "value": [{"value": person["id"]}]})
    assert (added.status, added.octets) == (204, b"")
    assert added.headers["ETag"] == scim.get(path).headers["ETag"] != team["meta"]["version"]
