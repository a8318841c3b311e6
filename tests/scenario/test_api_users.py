"""People over the admin API: what is said of them, where they stand, what becomes of the deleted."""

import json
import re
import threading
import uuid

import ldap
import pytest

from muster import PATCH_OP, USER, wait_until

MUSTER_USER = "urn:ietf:params:scim:schemas:extension:muster:2.0:User"

PLATFORM = {"partsListType": "Full BOM", "discounts": {"a": 5, "b": None, "default": 12.5}}
RIGHTS = ("users.view", "users.create", "users.edit", "users.deactivate", "users.delete",
          "users.purge", "users.set_password", "roles.view", "roles.assign_any", "scopes.view",
          "scopes.edit", "scopes.assign", "settings.edit")


@pytest.fixture(scope="module")
def world(sandbox):
    tenant = sandbox.new_tenant()
    api = tenant.api(*RIGHTS)
    yield tenant, api
    api.close()


@pytest.fixture(scope="module")
def api(world):
    return world[1]


def made(api, user, **said):
    body = {"user": user, "emails": [f"{user}@example.com"], "roles": ["Technician"], **said}
    answer = api.ask("POST", "/users", body)
    assert answer.status == 201, answer.body
    return answer.body["id"]


def shown(api, user):
    answer = api.get("/users/" + user)
    assert answer.status == 200, answer.body
    return answer.body


def refused(answer, status, code, attribute=None):
    assert (answer.status, answer.body["code"]) == (status, code), answer.body
    if attribute:
        assert answer.body["attribute"] == attribute


def set_policy(tenant, name, value):
    first = tenant.sandbox.muster("policy", "set", tenant.name, name, "--value", value, "--json")
    effect = json.loads(first.stdout)
    if not effect["applied"]:
        tenant.sandbox.muster("policy", "set", tenant.name, name, "--value", value,
                              "--confirm", str(effect["count"]))


def test_a_person_is_created_whole_and_shown(api):
    boss = made(api, "whole-boss")
    api.ask("POST", "/scopes", {"scope": "Medan"})
    id = made(api, "whole", name="Ada Whole", given="Ada", phones=["+62 61 1"], title="Dr",
              manager="whole-boss", scopes=["Medan"], auth_methods=["password", "totp"],
              platform=PLATFORM, apps=[{"value": "nfc", "version": "1.2", "status": "installed"}],
              expires="2099-01-01T00:00:00Z")
    got = shown(api, id)
    assert got["name"] == "Ada Whole" and got["platform"] == PLATFORM
    assert got["roles"] == ["Technician"] and got["scopes"] == ["Medan"]
    assert got["manager"] == boss and got["parent"] == "whole-boss"
    assert got["state"] == "active" and got["apps"] == [
        {"value": "nfc", "version": "1.2", "status": "installed"}]
    rows = api.get(f"/users/{boss}/reports").body
    assert [row["user"] for row in rows["items"]] == ["whole"]
    roots = [row["user"] for row in api.pages("/users?roots=true&contains=whole")]
    assert roots == ["whole-boss"]


def test_an_edit_changes_what_it_names(api):
    id = made(api, "edited", title="Dr", department="Works", platform=PLATFORM)
    assert api.ask("PATCH", "/users/" + id, {"title": None, "name": "Eddy"}).status == 204
    got = shown(api, id)
    assert "title" not in got and got["name"] == "Eddy"
    assert got["department"] == "Works" and got["platform"] == PLATFORM
    refused(api.ask("PATCH", "/users/" + id, {"platform": {"discounts": {"a": 101}}}), 422,
            "value")
    refused(api.ask("PATCH", "/users/" + id, {"manager": "nobody"}), 422, "unknown", "manager")
    refused(api.ask("PATCH", "/users/" + id, {"manager": id}), 422, "value")


def test_a_replacement_needs_the_version_and_removes_the_rest(api):
    id = made(api, "replaced", title="Dr")
    body = {"user_name": "replaced", "emails": ["replaced@example.com"], "department": "Works"}
    assert api.ask("PUT", "/users/" + id, body).status == 428
    refused(api.ask("PUT", "/users/" + id, body, If_Match='"99"'), 412, "version")
    tag = api.get("/users/" + id).headers["ETag"]
    assert api.ask("PUT", "/users/" + id, body, If_Match=tag).status == 204
    got = shown(api, id)
    assert "title" not in got and got["department"] == "Works"


def test_what_is_shown_is_said_in_the_words_that_change_it(api):
    boss = made(api, "told-boss")
    said = {"name": "Ada Told", "given": "Ada", "family": "Told", "phones": ["+62 61 1"],
            "title": "Dr", "emails": ["told@example.com"], "auth_methods": ["password"],
            "apps": [{"value": "nfc", "version": "1.2"}, {"value": "maps"}],
            "platform": PLATFORM, "expires": "2099-01-01T00:00:00.000Z", "language": "de"}
    id = made(api, "told", manager="told-boss", **{k: said[k] for k in said if k != "emails"})
    got = shown(api, id)
    assert {k: got[k] for k in said} == said and got["manager"] == boss
    answer = api.get("/users/" + id)
    body = {k: got[k] for k in [*said, "user_name", "manager"]}
    assert api.ask("PUT", "/users/" + id, body, If_Match=answer.headers["ETag"]).status == 204
    assert shown(api, id)["revision"] == got["revision"]


def test_an_address_is_changed_by_support_alone(api):
    id = made(api, "mailed")
    refused(api.ask("PATCH", "/users/" + id, {"emails": ["evil@example.com"], "reason": "x"}), 422,
            "mutability", "emails")
    refused(api.ask("PATCH", "/users/" + id, {"emails": []}), 422, "missing", "emails")


def test_who_is_kept_out_says_why_and_comes_back(api):
    id = made(api, "leaver")
    refused(api.ask("POST", f"/users/{id}/deactivate", {"reason": "bored"}), 422, "value")
    assert api.ask("POST", f"/users/{id}/deactivate", {"reason": "left"}).status == 204
    got = shown(api, id)
    assert got["state"] == "inactive" and got["status_reason"] == "left" and got["deactivated_at"]
    assert got["roles"] == ["Technician"]
    assert api.ask("POST", f"/users/{id}/activate").status == 204
    got = shown(api, id)
    assert got["state"] == "active" and "status_reason" not in got
    assert api.ask("POST", f"/users/{id}/deactivate", {"on": "2020-01-01T00:00:00Z"}).status == 204
    assert shown(api, id)["expires"] == "2020-01-01T00:00:00.000Z"


def test_who_has_a_history_is_not_deleted(api):
    id = made(api, "worker", has_history=True)
    refused(api.ask("DELETE", "/users/" + id), 409, "has_history")
    assert api.ask("PATCH", "/users/" + id, {"has_history": False}).status == 204
    assert api.ask("DELETE", "/users/" + id).status == 204
    assert api.get("/users/" + id).status == 404
    assert api.get("/tombstones/" + id).body["last_user_name"] == "worker"
    assert api.get(f"/users/{id}?tombstone=true").body["last_user_name"] == "worker"
    refused(api.ask("POST", f"/tombstones/{id}/restore"), 409, "conflict")


def test_the_softly_deleted_come_back_as_they_were(world):
    tenant, api = world
    set_policy(tenant, "delete.mode", "soft")
    id = made(api, "soft", title="Dr")
    assert api.ask("DELETE", "/users/" + id).status == 204
    again = made(api, "soft")
    refused(api.ask("POST", f"/tombstones/{id}/restore"), 409, "exists")
    assert api.ask("DELETE", "/users/" + again).status == 204
    assert api.ask("POST", f"/tombstones/{id}/restore").status == 200
    got = shown(api, id)
    assert got["title"] == "Dr" and got["roles"] == ["Technician"]
    assert api.ask("POST", f"/tombstones/{again}/purge").status == 204
    refused(api.ask("POST", f"/tombstones/{again}/restore"), 409, "conflict")
    refused(api.ask("POST", f"/tombstones/{uuid.uuid4()}/restore"), 404, "not_found")
    assert api.get("/tombstones/" + again).status == 200


def test_scim_does_not_see_whom_it_disabled_by_deleting(world):
    tenant, api = world
    set_policy(tenant, "delete.mode", "disable")
    with_scim = tenant.scim()
    person = with_scim.create_user("disabled").body["id"]
    group = with_scim.create_group("disabled-crew", person).body["id"]
    assert with_scim.ask("DELETE", "/Users/" + person).status == 204
    assert with_scim.get("/Users/" + person).status == 404
    assert with_scim.find("Users", 'userName eq "disabled"').body["totalResults"] == 0
    assert "members" not in with_scim.get("/Groups/" + group).body
    got = shown(api, person)
    assert got["state"] == "inactive" and got["status_reason"] == "other"
    assert api.ask("POST", f"/users/{person}/activate").status == 204
    assert with_scim.get("/Users/" + person).body["schemas"][0] == USER
    with_scim.close()


def test_who_was_disabled_by_deleting_comes_back_when_made_again(world):
    tenant, api = world
    set_policy(tenant, "delete.mode", "disable")
    set_policy(tenant, "email.uniqueness", "tenant")
    second = tenant.sandbox.muster("token", "create", tenant.name, "second-client", "--type",
                                   "scim").stdout.split()[-1]
    scim, other, auditor = tenant.scim(), tenant.scim(second), tenant.api("audit.view")

    def make(client, name, **said):
        return client.ask("POST", "/Users", {"schemas": [USER], "userName": name, **said})

    first = make(scim, "phoenix", externalId="p-1", title="Dr", password="correct horse battery",
                 emails=[{"value": "phoenix@example.com"}]).body["id"]
    assert api.post("/roles/Technician/members", {"user": "phoenix"}).status == 204
    assert scim.ask("DELETE", "/Users/" + first).status == 204
    # Another person by the client's own word: the name stays taken.
    assert make(scim, "phoenix", externalId="p-2").status == 409
    assert make(scim, "other-bird", emails=[{"value": "phoenix@example.com"}]).status == 409
    again = make(scim, "firebird", externalId="p-1")
    assert again.status == 201 and again.body["id"] == first, again.body
    assert again.headers["Location"] == again.body["meta"]["location"]
    assert again.body["userName"] == "firebird" and again.body["active"] is True
    assert "title" not in again.body and "emails" not in again.body
    assert shown(api, first)["roles"] == ["Technician"]
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        tenant.bind(tenant.user_dn("firebird"), "correct horse battery")
    history = auditor.get(f"/objects/{first}/audit").body["items"]
    assert [row["action"] for row in history][:2] == ["user.reactivated", "user.deactivated"]
    # Who is not deleted is not taken over.
    assert make(scim, "firebird", externalId="p-1").status == 409
    assert scim.ask("DELETE", "/Users/" + first).status == 204
    # What another client calls somebody says nothing, and the name is not its to take.
    assert make(other, "somebody-else", externalId="p-1").body["id"] != first
    assert make(other, "Firebird").body["scimType"] == "uniqueness"
    password = "correct horse battery 2"
    ceiling = make(scim, "Firebird", password=password)
    assert ceiling.status == 403, ceiling.body  # a password opens what Technicians may
    plain = make(scim, "plain-bird").body["id"]
    assert scim.ask("DELETE", "/Users/" + plain).status == 204
    inactive = make(scim, "Plain-Bird", active=False, password=password)
    assert inactive.status == 201 and inactive.body["id"] == plain, inactive.body
    assert inactive.body["active"] is False and inactive.body["userName"] == "Plain-Bird"
    assert scim.ask("PATCH", "/Users/" + plain, {"schemas": [PATCH_OP], "Operations": [
        {"op": "replace", "path": "active", "value": True}]}).status == 200
    tenant.bind(tenant.user_dn("Plain-Bird"), password).unbind_s()
    for client in (scim, other, auditor):
        client.close()


def test_of_many_who_make_somebody_again_one_does(world):
    tenant, _ = world
    set_policy(tenant, "delete.mode", "disable")
    scim = tenant.scim()
    person = scim.create_user("contested").body["id"]
    assert scim.ask("DELETE", "/Users/" + person).status == 204
    scim.close()
    answers = []

    def make():
        client = tenant.scim()
        answers.append(client.create_user("contested"))
        client.close()

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert [a.body["id"] for a in answers if a.status == 201] == [person]


def test_who_has_signed_in_is_told(world):
    tenant, api = world
    id = made(api, "visitor", password="correct horse battery")
    assert "last_login" not in shown(api, id)
    tenant.bind(tenant.user_dn("visitor"), "correct horse battery").unbind_s()
    wait_until(lambda: "last_login" in shown(api, id))
    scim = tenant.scim()
    told = shown(api, id)["last_login"]
    assert scim.get("/Users/" + id).body[MUSTER_USER]["lastLogin"] == told
    scim.close()


def test_ldap_tells_of_the_last_sign_in_who_asks_for_it(world):
    tenant, api = world
    id = made(api, "punctual", password="correct horse battery")
    dn = tenant.user_dn("punctual")
    service = tenant.bind()

    def read(*names, only=0):
        return service.search_s(dn, ldap.SCOPE_BASE, "(objectClass=*)", names or None, only)[0][1]

    assert "authTimestamp" not in read("+") and read("authTimestamp", only=1) == {}
    tenant.bind(dn, "correct horse battery").unbind_s()
    wait_until(lambda: "last_login" in shown(api, id))
    stamp = read("authTimestamp")["authTimestamp"][0].decode()
    digits = re.sub(r"\D", "", shown(api, id)["last_login"])
    assert re.sub(r"\D", "", stamp)[:14] == digits[:14] and stamp.endswith("Z")
    assert "authTimestamp" in read("*", "+") and "authTimestamp" not in read()
    assert list(read("authTimestamp", only=1)) == ["authTimestamp"]
    assert service.search_s(dn, ldap.SCOPE_BASE, "(authTimestamp=*)", ["1.1"]) == [(dn, {})]
    service.unbind_s()


def test_who_must_choose_a_new_password_may_do_nothing_else(world):
    tenant, api = world
    id = made(api, "promoted", password="correct horse battery")
    assert api.ask("PATCH", "/users/" + id, {"must_change": True}).status == 204
    dn = tenant.user_dn("promoted")
    bound = tenant.bind(dn, "correct horse battery")
    assert bound.whoami_s() == "dn:" + dn
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        bound.search_s(dn, ldap.SCOPE_BASE)
    bound.unbind_s()
    assert api.ask("PATCH", "/users/" + id, {"must_change": False}).status == 204
    tenant.bind(tenant.user_dn("promoted"), "correct horse battery").unbind_s()
