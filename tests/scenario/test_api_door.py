"""How the admin API speaks HTTP, and its keys: made, used, rotated, revoked."""

import uuid

import pytest

from muster import Api, wait_until


@pytest.fixture(scope="module")
def api(sandbox):
    return Api(sandbox.values["API_URL"], sandbox.acme.api_token)


@pytest.fixture(scope="module")
def scope(api):
    made = api.post("/scopes", {"scope": "door"})
    assert made.status == 201
    return made.body["id"]


def problem(answer, status, code, attribute=None):
    assert (answer.status, answer.body["code"]) == (status, code), answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["type"] == f"urn:muster:error:{code}"
    assert answer.body["status"] == status and answer.body["title"]
    assert answer.body.get("attribute") == attribute


# ---- HTTP ----

@pytest.mark.parametrize("body, status, code, attribute", [
    ("{", 400, "syntax", None),
    ("[]", 400, "syntax", None),
    ('{"scope": "a", "scope": "b"}', 400, "syntax", "scope"),
    ('{"scope": "a", "colour": "red"}', 422, "unknown", "colour"),
    ('{"scope": 7}', 422, "value", "scope"),
    ('{"scope": null}', 422, "value", "scope"),
    ('{"scope": "a", "tenant": "globex"}', 422, "unknown", "tenant"),
    ("{}", 422, "missing", "scope"),
    ("", 422, "missing", "scope"),
])
def test_a_bad_body_is_refused_by_name(api, body, status, code, attribute):
    problem(api.post("/scopes", body), status, code, attribute)


@pytest.mark.parametrize("query, attribute", [
    ("colour=red", "colour"), ("limit=many", "limit"), ("limit=-1", "limit"),
    ("limit=100000000", "limit"), ("limit=1&limit=2", "limit"), ("tenant=globex", "tenant")])
def test_a_bad_query_is_refused_by_name(api, query, attribute):
    answer = api.get(f"/scopes?{query}")
    assert answer.status == 422 and answer.body["attribute"] == attribute, answer.body


def test_a_name_in_the_path_is_not_taken_from_the_body_too(api, scope):
    answer = api.post(f"/scopes/{scope}/members", {"scope": "other", "user": "admin"})
    problem(answer, 422, "value", "scope")


def test_a_body_is_json_and_has_an_end(api, sandbox):
    problem(api.ask("POST", "/scopes", "{}", Content_Type="text/plain"), 415, "media_type")
    announcing = Api(sandbox.values["API_URL"], sandbox.acme.api_token)
    problem(announcing.ask("POST", "/scopes", Content_Length=str(2 << 20)), 413, "too_large")


def test_methods_that_a_path_lacks_name_those_that_it_has(api):
    answer = api.ask("PUT", "/scopes")
    problem(answer, 405, "method")
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    assert api.ask("OPTIONS", "/scopes").headers["Allow"] == "GET, HEAD, POST"
    problem(api.get("/nothing"), 404, "not_found")


def test_a_head_tells_what_a_get_would(api):
    head, get = api.ask("HEAD", "/users/admin"), api.get("/users/admin")
    assert head.status == 200 and head.octets == b""
    assert head.headers["ETag"] == get.headers["ETag"]


def test_a_request_keeps_its_id_and_gets_one(api):
    wanted = str(uuid.uuid4())
    assert api.get("/scopes", X_Request_Id=wanted).headers["X-Request-Id"] == wanted
    for given in ("", "no uuid"):
        made = api.get("/scopes", X_Request_Id=given).headers["X-Request-Id"]
        assert str(uuid.UUID(made)) == made
    assert api.get("/users/nobody", X_Request_Id=wanted).headers["X-Request-Id"] == wanted


def test_what_has_not_changed_is_not_sent_again(api):
    tag = api.get("/users/admin").headers["ETag"]
    again = api.get("/users/admin", If_None_Match=tag)
    assert again.status == 304 and again.octets == b"" and again.headers["ETag"] == tag
    assert api.get("/users/admin", If_None_Match='"0", W/' + tag).status == 304
    assert api.get("/users/admin", If_None_Match='"999"').status == 200


def test_a_stale_version_is_refused(api):
    first = api.get("/roles/Mapper").headers["ETag"]
    path = "/roles/Mapper/members"
    assert api.post(path, {"user": "admin"}, If_Match=first).status < 300
    problem(api.ask("DELETE", f"{path}/admin", If_Match=first), 412, "version", "revision")
    problem(api.ask("DELETE", f"{path}/admin", If_Match='"none of ours"'), 412, "version")
    now = api.get("/roles/Mapper").headers["ETag"]
    assert now != first
    assert api.ask("DELETE", f"{path}/admin", If_Match=now).status < 300


def test_what_was_created_is_found_at_its_location(api):
    made = api.post("/users", {"user": "located", "roles": ["Viewer"],
                               "emails": ["located@example.com"]})
    assert made.status == 201, made.body
    place = made.headers["Location"].removeprefix("/api/v1")
    assert api.get(place).body["user_name"] == "located"


# ---- idempotency ----

def test_a_repeated_request_is_done_once(api):
    key = str(uuid.uuid4())
    answers = [api.post("/scopes", {"scope": "once"}, Idempotency_Key=key) for _ in range(3)]
    assert [answer.status for answer in answers] == [201] * 3
    assert len({answer.body["id"] for answer in answers}) == 1
    problem(api.post("/scopes", {"scope": "twice"}, Idempotency_Key=key), 422, "reused_key")
    problem(api.post("/scopes", {"scope": "once"}), 409, "exists", "scope")
    problem(api.post("/scopes", {"scope": "x"}, Idempotency_Key="k" * 200), 400, "syntax")


def test_a_repeated_request_does_not_tell_a_secret_again(api):
    key = str(uuid.uuid4())
    body = {"name": "told-once", "type": "api", "permissions": ["users.view"]}
    first = api.post("/tokens", body, Idempotency_Key=key)
    second = api.post("/tokens", body, Idempotency_Key=key)
    assert first.status == second.status == 201
    assert first.body["id"] == second.body["id"]
    assert "token" in first.body and "token" not in second.body


# ---- keys ----

def new_key(api, name, *permissions, **more):
    made = api.post("/tokens", {"name": name, "type": "api",
                                "permissions": list(permissions), **more})
    assert made.status == 201, made.body
    return made.body["token"]



@pytest.fixture(scope="module")
def door(api, sandbox):
    """Whether a token opens the API."""
    return lambda token: Api(sandbox.values["API_URL"], token).get("/users").status == 200


def test_a_rotated_key_overlaps_with_the_old_one(api, door):
    first = new_key(api, "overlapping", "users.view")
    rotated = api.post("/tokens/overlapping/rotate")
    assert rotated.status == 200 and rotated.body["old_expires"]
    second = rotated.body["token"]
    assert second != first and door(first) and door(second)
    third = api.post("/tokens/overlapping/rotate", {"overlap_hours": 0}).body
    assert "old_expires" not in third
    assert [door(token) for token in (first, second, third["token"])] == [False, False, True]
    assert api.ask("DELETE", "/tokens/overlapping").status == 204
    assert not door(third["token"])


def test_a_scim_token_stays_one_when_it_is_rotated(api, sandbox):
    assert api.post("/tokens", {"name": "hr", "type": "scim"}).status == 201
    token = api.post("/tokens/hr/rotate").body["token"]
    assert sandbox.acme.scim(token).get("/Users").status == 200


def test_keys_and_scim_tokens_open_each_their_own_door(api, door, sandbox):
    assert not door(sandbox.acme.scim_token)
    assert sandbox.acme.scim(sandbox.acme.api_token).get("/Users").status == 401


def test_nobody_makes_a_key_that_may_more_than_the_maker(api, sandbox):
    maker = Api(sandbox.values["API_URL"], new_key(api, "maker", "clients.manage", "users.view"))
    refused = maker.post("/tokens", {"name": "more", "type": "api",
                                     "permissions": ["users.delete"]})
    problem(refused, 403, "grant_ceiling", refused.body["attribute"])
    made = maker.post("/tokens", {"name": "as-much", "type": "api"})
    assert made.status == 201
    row = next(row for row in api.get("/tokens").body["items"] if row["name"] == "as-much")
    assert row["permissions"] == ["clients.manage", "users.view"]
    refused = api.post("/tokens", {"name": "op", "type": "api", "permissions": ["tenants.switch"]})
    assert refused.status in (403, 422)


def test_a_key_tells_when_it_ends_and_was_last_used(api, door):
    token = new_key(api, "watched", "users.view", days=3)
    assert door(token)

    def row():
        return next(row for row in api.get("/tokens").body["items"] if row["name"] == "watched")

    assert row()["expires"]
    wait_until(lambda: "last_used" in row(), 60, "the last use of a key")


def test_no_answer_tells_a_token(api, door):
    token = new_key(api, "quiet", "users.view")
    for path in ("/tokens", "/openapi.json", "/audit"):
        assert token.encode() not in api.get(path).octets
