"""/Me (RFC 7644 section 3.11): the person whose token it is."""

import json

import pytest

from muster import PATCH_OP, USER

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.fixture
def tenant(sandbox):
    return sandbox.new_tenant()


def person(tenant, name, *roles):
    """A token of hers, and her id."""
    words = [word for role in roles for word in ("--role", role)]
    tenant.sandbox.muster("user", "create", tenant.name, name, "--name", name.title(), *words)
    made = tenant.sandbox.muster("token", "create", tenant.name, f"{name}'s", "--type", "personal",
                                 "--user", name, "--json")
    client = tenant.scim(json.loads(made.stdout)["token"])
    found = tenant.scim().find("Users", f'userName eq "{name}"').body["Resources"][0]
    return client, found["id"]


def refused(answer, status):
    assert answer.status == status, answer.body
    assert answer.body["schemas"] == [ERROR] and answer.body["status"] == str(status)
    return answer.body["detail"]


def retitle(title):
    return {"schemas": [PATCH_OP],
            "Operations": [{"op": "replace", "path": "title", "value": title}]}


def test_me_is_the_person_at_the_real_address(tenant):
    ann, ident = person(tenant, "ann", "Admin")
    own = ann.get(f"/Users/{ident}")
    me = ann.get("/Me")
    assert me.status == 200 and me.body == own.body
    real = tenant.scim_url + f"/Users/{ident}"
    assert me.body["meta"]["location"] == real
    assert me.headers["Location"] == me.headers["Content-Location"] == real
    assert me.headers["ETag"] == me.body["meta"]["version"]
    assert "Content-Location" not in own.headers


def test_me_shows_what_is_asked_for(tenant):
    ann, ident = person(tenant, "ann", "Admin")
    assert set(ann.get("/Me?attributes=userName").body) == {"schemas", "id", "userName"}
    assert "meta" not in ann.get("/Me?excludedAttributes=meta").body
    tag = ann.get("/Me").headers["ETag"]
    unchanged = ann.ask("GET", "/Me", If_None_Match=tag)
    assert (unchanged.status, unchanged.octets) == (304, b"")
    head = ann.ask("HEAD", "/Me")
    assert head.status == 200 and head.headers["Content-Location"].endswith(ident)


def test_an_admin_changes_the_own_resource_by_me(tenant):
    ann, ident = person(tenant, "ann", "Admin")
    tag = ann.get("/Me").headers["ETag"]
    patched = ann.ask("PATCH", "/Me", retitle("Lead"), If_Match=tag)
    assert patched.status == 200 and patched.body["title"] == "Lead"
    assert patched.headers["Content-Location"] == tenant.scim_url + f"/Users/{ident}"
    refused(ann.ask("PATCH", "/Me", retitle("Late"), If_Match=tag), 412)
    put = ann.ask("PUT", "/Me", {"schemas": [USER], "userName": "ann", "displayName": "Ann",
                                 "title": "Put"})
    assert put.status == 200 and put.body["id"] == ident and put.body["title"] == "Put"
    dry = ann.ask("PATCH", "/Me?dryRun=true", retitle("Dry"))
    assert dry.status == 200 and dry.body["resource"]["title"] == "Dry"
    assert tenant.scim().get(f"/Users/{ident}").body["title"] == "Put"


def test_who_may_see_nobody_sees_the_own_resource(tenant):
    bob, ident = person(tenant, "bob")
    ann = person(tenant, "ann", "Admin")[1]
    me = bob.get("/Me")
    assert me.status == 200 and me.body["id"] == ident and me.body["userName"] == "bob"
    assert bob.get(f"/Users/{ident}").body == me.body
    refused(bob.get("/Users"), 403)
    refused(bob.get(f"/Users/{ann}"), 403)


def test_who_may_change_nobody_changes_nothing_by_me(tenant):
    bob, ident = person(tenant, "bob", "Viewer")
    before = tenant.scim().get(f"/Users/{ident}").body
    refused(bob.ask("PATCH", "/Me", retitle("Boss")), 403)
    refused(bob.ask("PATCH", "/Me", {"schemas": [PATCH_OP], "Operations": [
        {"op": "replace", "path": "active", "value": False}]}), 403)
    refused(bob.ask("PUT", "/Me", {"schemas": [USER], "userName": "boss"}), 403)
    refused(bob.ask("DELETE", "/Me"), 403)
    assert tenant.scim().get(f"/Users/{ident}").body == before


def test_a_connection_is_no_person(tenant):
    scim = tenant.scim()
    for method, body in (("GET", None), ("PATCH", retitle("x")), ("DELETE", None),
                         ("PUT", {"schemas": [USER], "userName": "x"})):
        assert "connection" in refused(scim.ask(method, "/Me", body), 404)
    refused(tenant.scim("mst_scim_nobody").get("/Me"), 401)
    refused(scim.ask("POST", "/Me", {"schemas": [USER], "userName": "x"}), 405)


def test_me_ends_with_the_person(tenant):
    ann, ident = person(tenant, "ann", "Admin")
    person(tenant, "root", "Admin")
    assert ann.ask("DELETE", "/Me").status == 204
    refused(ann.get("/Me"), 401)
    refused(tenant.scim().get(f"/Users/{ident}"), 404)


def test_me_of_one_tenant_is_nobody_in_another(sandbox, tenant):
    ann, _ = person(tenant, "ann", "Admin")
    other = sandbox.new_tenant()
    there = other.scim(ann.token).get("/Me")
    never = other.scim(ann.token)
    never.base = never.base.replace(other.name, "nowhere")
    refused(there, 404)
    assert there.octets == never.get("/Me").octets
