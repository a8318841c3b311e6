"""What a screen of the console needs comes in one answer: rows that say all that is shown of them, a
search over what people know somebody by, and orders that nobody has to make in the browser."""

from urllib.parse import quote

import pytest

from muster import wait_until

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
