"""Nobody hands out, or takes for themselves, what they do not hold; no company loses its last Admin.

The cases E1 to E17 of the abuse catalogue on every path that HTTP and SCIM offer. What only a
person may try (one's own roles, visibility below one's own place) and what only threads may
(E8) stands in the unit tests of the core: escalation, admins_property, authority, writer. Of
impersonation, invitations by mail, sessions and CSV there is nothing to try yet.
"""

import itertools
import json
import uuid

import pytest

from muster import GROUP, PATCH_OP, USER, Api, wait_until

GROUP_TYPE = "urn:ietf:params:scim:schemas:extension:muster:2.0:Group"
WEAK = ("users.view", "users.create", "users.edit", "users.deactivate", "users.set_password",
        "roles.view", "roles.edit", "roles.assign", "scopes.view", "scopes.edit", "scopes.assign",
        "groups.view", "groups.edit", "clients.manage", "directories.manage", "settings.edit",
        "tasks.view", "tasks.execute", "assets.view", "safety.acknowledge", "nfc.view",
        "repair_requests.view", "repair_requests.create", "shutdowns.report", "masterdata.view",
        "devices.pair")  # a Technician's, but far from an Admin's
numbers = itertools.count(1)


def told(sandbox, *words):
    return json.loads(sandbox.muster("--json", *words).stdout)


class Company:
    """A tenant with one Admin, a person with hardly a role, and keys of several strengths."""

    def __init__(self, sandbox):
        self.sandbox, self.tenant = sandbox, sandbox.new_tenant()
        self.name = self.tenant.name
        self.tenant.show_roles()
        self.scim = self.tenant.scim()
        self.admin, self.person = (self.scim.create_user(name).body["id"]
                                   for name in ("boss", "pawn"))
        for role, name in (("Admin", "boss"), ("Manager", "boss"), ("Manager", "pawn")):
            sandbox.muster("role", "assign", self.name, role, name)
        for other in self.holders("Admin") - {self.admin}:
            sandbox.muster("role", "unassign", self.name, "Admin", other)
        self.weak, self.strong = self.tenant.api(*WEAK), self.tenant.api()
        made = self.strong.ask("POST", "/roles", {"role": "Plain", "permissions": ["users.view"]})
        assert made.status == 201, made.octets
        self.roles = {row["role"]: row["id"] for row in self.strong.pages("/roles")}

    def holders(self, role):
        return {member["id"] for member in
                told(self.sandbox, "role", "show", self.name, role)["members"]}

    def assert_unharmed(self):
        assert self.holders("Admin") == {self.admin}
        assert self.strong.get(f"/users/{self.admin}").body["active"] in (True, "TRUE")

    def close(self):
        for client in (self.scim, self.weak, self.strong):
            client.close()


@pytest.fixture(scope="module")
def company(sandbox):
    company = Company(sandbox)
    yield company
    company.close()


def members(ref, op="add"):
    return {"op": op, "path": "members", "value": [{"value": ref}]}


# ---- E2: handing out ----

GIVING = {
    "api-member": lambda c: c.weak.ask("POST", "/roles/Admin/members", {"user": c.person}),
    "api-member-by-id": lambda c: c.weak.ask("POST", f"/roles/{c.roles['Admin']}/members",
                                             {"user": "pawn"}),
    "api-take": lambda c: c.weak.ask("DELETE", f"/roles/Admin/members/{c.admin}"),
    "api-create": lambda c: c.weak.ask("POST", "/users", {
        "user": "climber", "emails": ["climber@example.com"], "roles": ["Admin"]}),
    "api-create-several": lambda c: c.weak.ask("POST", "/users", {
        "user": "climber", "emails": ["climber@example.com"], "roles": ["Technician", "Admin"]}),
    "api-password": lambda c: c.weak.ask("POST", f"/users/{c.admin}/password",
                                         {"password": "Correct-horse-77"}),
    "api-token": lambda c: c.weak.ask("POST", "/tokens", {
        "name": "wide", "type": "api", "permissions": ["users.delete"]}),
    "api-token-scim": lambda c: c.weak.ask("POST", "/tokens", {
        "name": "wide", "type": "scim", "permissions": ["users.view", "users.purge"]}),
    "api-service": lambda c: c.weak.ask("POST", "/service-accounts", {
        "name": "wide", "permissions": ["users.delete"]}),
    "api-mapping": lambda c: c.weak.ask("POST", "/directories", {
        "name": "evil", "uri": "ldap://127.0.0.1:50001", "base_dn": "dc=evil",
        "group_maps": ["cn=all,dc=evil=role:Admin"]}),
    "api-set-members": lambda c: c.weak.ask("PUT", "/roles/Admin/members",
                                            {"users": ["boss", "pawn"]}, If_Match="*"),
    "api-role-new": lambda c: c.weak.ask("POST", "/roles", {
        "role": "Wide", "permissions": ["users.view", "users.delete"]}),
    "api-role-of-platform": lambda c: c.weak.ask("POST", "/roles", {
        "role": "Wide", "permissions": ["tasks.approve"]}),
    "api-role-copy": lambda c: c.weak.ask("POST", "/roles/Admin/duplicate", {"name": "Copy"}),
    "api-role-grant": lambda c: c.weak.ask("PATCH", "/roles/Plain", {"grants": ["users.delete"]}),
    "api-role-all": lambda c: c.weak.ask("PATCH", "/roles/Plain", {
        "permissions": ["users.view", "roles.assign_any"]}),
    "api-operators": lambda c: c.strong.ask("POST", "/roles", {
        "role": "Wide", "permissions": ["companies.manage"]}),
    "api-operators-grant": lambda c: c.strong.ask("PATCH", "/roles/Plain", {
        "grants": ["tenants.switch"]}),
    "api-operators-token": lambda c: c.strong.ask("POST", "/tokens", {
        "name": "wide", "type": "api", "permissions": ["tenants.switch"]}),
    "scim-add": lambda c: c.scim.patch(f"/Groups/{c.roles['Admin']}", members(c.person)),
    "scim-replace": lambda c: c.scim.patch(f"/Groups/{c.roles['Admin']}",
                                           members(c.person, "replace")),
    "scim-put": lambda c: c.scim.ask("PUT", f"/Groups/{c.roles['Admin']}", {
        "schemas": [GROUP], "displayName": "Admin",
        "members": [{"value": c.admin}, {"value": c.person}]}),
    "scim-take": lambda c: c.scim.patch(f"/Groups/{c.roles['Admin']}", {
        "op": "remove", "path": f'members[value eq "{c.admin}"]'}),
}


@pytest.mark.parametrize("path", GIVING)
def test_nobody_hands_out_what_they_do_not_hold(company, path):
    """E1, E2: 403 that says why, and nothing has changed."""
    def state():
        return (company.holders("Admin"), company.strong.get("/users").body["items"],
                company.strong.get("/roles/Plain").octets,
                [row["role"] for row in company.strong.pages("/roles")])
    before = state()
    answer = GIVING[path](company)
    assert answer.status == 403, answer.octets
    if path.startswith("api"):
        assert answer.body["code"] == "grant_ceiling", answer.octets
    assert state() == before
    company.assert_unharmed()


def run_job(api, **order):
    made = api.ask("POST", "/users/bulk", order)
    assert made.status == 202, made.octets
    path = f"/jobs/{made.body['job']}"
    wait_until(lambda: api.get(path).body["state"] in ("done", "failed"), what="the job's end")
    return api.get(path).body, api.pages(path + "/rows")


def test_a_bulk_action_gives_no_role_that_its_maker_may_not_give(company):
    """E2: refused for each row, or at once."""
    job, rows = run_job(company.weak, action="assign-role", role="Admin", users=["pawn"])
    assert job["done"] == 0 and {row["outcome"] for row in rows} <= {"refused", "waiting"}
    company.assert_unharmed()


def test_what_one_holds_is_handed_out(company):
    """E2, the other way: a ceiling is no wall."""
    assert company.weak.ask("POST", "/roles/Technician/members",
                            {"user": company.person}).status < 300
    assert company.person in company.holders("Technician")
    assert company.weak.ask("DELETE", f"/roles/Technician/members/{company.person}").status < 300
    assert company.person not in company.holders("Technician")


def test_a_person_named_like_an_id_receives_nothing_that_is_meant_for_the_id(company):
    """E2, by confusion: an id is an id, whoever calls himself so; also when its owner is gone."""
    twin = company.scim.create_user(company.person)
    assert twin.status == 201, twin.octets
    twin = twin.body["id"]
    assert company.strong.ask("POST", "/roles/Viewer/members",
                              {"user": company.person}).status < 300
    assert company.holders("Viewer") == {company.person}
    assert company.strong.get(f"/users/{company.person}").body["id"] == company.person
    assert company.strong.ask("DELETE", f"/roles/Viewer/members/{company.person}").status < 300
    gone = company.scim.create_user("gone").body["id"]
    assert company.scim.create_user(gone).status == 201
    assert company.scim.ask("DELETE", f"/Users/{gone}").status == 204
    for ask in (lambda: company.strong.ask("POST", "/roles/Admin/members", {"user": gone}),
                lambda: company.strong.ask("POST", f"/users/{gone}/password", {}),
                lambda: company.strong.ask("DELETE", f"/users/{gone}")):
        assert ask().status == 404
    company.assert_unharmed()
    assert company.scim.ask("DELETE", f"/Users/{twin}").status == 204


# ---- built-in and assigned roles ----

def test_built_in_roles_are_read_only_and_assigned_ones_stay(company):
    """E1, E4 on what is there: role_builtin and role_in_use, by SCIM and by the API."""
    for answer in (company.strong.ask("PATCH", "/roles/Viewer", {"grants": ["users.edit"]}),
                   company.strong.ask("PATCH", "/roles/Viewer", {"name": "Looker"}),
                   company.strong.ask("DELETE", "/roles/Viewer")):
        assert (answer.status, answer.body["code"]) == (403, "role_builtin"), answer.octets
    assert company.strong.ask("POST", "/roles/Plain/members", {"user": "pawn"}).status < 300
    answer = company.strong.ask("DELETE", "/roles/Plain")
    assert (answer.status, answer.body["code"]) == (409, "role_in_use"), answer.octets
    assert "pawn" in answer.body["detail"]
    assert company.strong.ask("DELETE", "/roles/Plain/members/pawn").status < 300
    admin = f"/Groups/{company.roles['Admin']}"
    assert company.scim.ask("DELETE", admin).status == 403
    assert company.scim.patch(admin, {"op": "replace", "path": "displayName",
                                      "value": "Chief"}).status == 403
    made = company.scim.ask("POST", "/Groups", {
        "schemas": [GROUP, GROUP_TYPE], "displayName": f"Custom {next(numbers)}",
        GROUP_TYPE: {"groupType": "role"}, "members": [{"value": company.person}]})
    assert made.status == 201, made.octets
    path = f"/Groups/{made.body['id']}"
    assert company.scim.ask("DELETE", path).status == 409
    assert company.scim.patch(path, {"op": "remove", "path": "members"}).status in (200, 204)
    assert company.scim.ask("DELETE", path).status == 204


# ---- E7: the last Admin ----

def put_inactive(c):
    user = c.scim.get(f"/Users/{c.admin}").body
    return c.scim.ask("PUT", f"/Users/{c.admin}", {**user, "active": False})


LOSING = {
    "api-deactivate": lambda c: c.strong.ask("POST", f"/users/{c.admin}/deactivate"),
    "api-delete": lambda c: c.strong.ask("DELETE", f"/users/{c.admin}"),
    "api-unassign": lambda c: c.strong.ask("DELETE", f"/roles/Admin/members/{c.admin}"),
    "api-set-members": lambda c: c.strong.ask("PUT", "/roles/Admin/members", {"users": []},
                                              If_Match="*"),
    "api-expire": lambda c: c.strong.ask("PATCH", f"/users/{c.admin}", {
        "expires": "2020-01-01T00:00:00Z"}),
    "api-expire-later": lambda c: c.strong.ask("PATCH", f"/users/{c.admin}", {
        "expires": "2099-01-01T00:00:00Z"}),
    "scim-delete": lambda c: c.scim.ask("DELETE", f"/Users/{c.admin}"),
    "scim-patch": lambda c: c.scim.patch(f"/Users/{c.admin}", {
        "op": "replace", "path": "active", "value": False}),
    "scim-patch-words": lambda c: c.scim.patch(f"/Users/{c.admin}", {
        "op": "Replace", "value": {"active": "False"}}),
    "scim-put": put_inactive,
}


@pytest.mark.parametrize("path", LOSING)
def test_the_last_admin_stays(company, path):
    """E7: 409 last_admin on every path, and the Admin is one still."""
    answer = LOSING[path](company)
    assert answer.status == 409, answer.octets
    if path.startswith("api"):
        assert answer.body["code"] == "last_admin", answer.octets
    company.assert_unharmed()


@pytest.mark.parametrize("order", [
    {"action": "deactivate"}, {"action": "delete"}, {"action": "unassign-role", "role": "Admin"}],
    ids=lambda order: order["action"])
def test_a_bulk_action_leaves_the_last_admin(company, order):
    """E7: the others are done, the last one is refused by name."""
    names = [f"deputy{next(numbers)}" for _ in range(2)]
    for name in names:
        assert company.scim.create_user(name).status == 201
        for role in ("Admin", "Manager"):
            company.sandbox.muster("role", "assign", company.name, role, name)
    job, rows = run_job(company.strong, users=names + ["boss"], **order)
    assert (job["done"], job["failed"]) == (2, 1)
    assert [row["outcome"] for row in rows] == ["changed", "changed", "refused"]
    assert rows[2]["code"] == "last_admin"
    left = company.holders("Admin")
    assert company.admin in left
    for name in names:
        shown = company.strong.get(f"/users/{name}")
        if shown.status == 200 and shown.body["id"] in left:
            company.sandbox.muster("role", "unassign", company.name, "Admin", name)
    company.assert_unharmed()


def test_an_admin_by_a_role_of_the_companys_own_stays_one(company):
    """E7: role edit and role delete; also when two roles together make the Admin."""
    chief = company.strong.ask("POST", "/roles/Admin/duplicate", {"name": "Chief"})
    assert chief.status == 201, chief.octets
    assert company.strong.ask("POST", "/roles/Chief/members", {"user": "boss"}).status < 300
    assert company.strong.ask("DELETE", "/roles/Admin/members/boss").status < 300
    for body in ({"withdraws": ["roles.edit"]}, {"withdraws": ["users.view"]},
                 {"permissions": ["users.view"]}, {"permissions": []}):
        answer = company.strong.ask("PATCH", "/roles/Chief", body)
        assert (answer.status, answer.body["code"]) == (409, "last_admin"), answer.octets
    assert company.strong.ask("DELETE", "/roles/Chief").status == 409
    half = company.strong.ask("POST", "/roles", {"role": "Half", "permissions": ["roles.edit"]})
    assert half.status == 201, half.octets
    assert company.strong.ask("POST", "/roles/Half/members", {"user": "boss"}).status < 300
    assert company.strong.ask("PATCH", "/roles/Chief", {"withdraws": ["roles.edit"]}).status == 200
    answer = company.strong.ask("DELETE", "/roles/Half/members/boss")
    assert (answer.status, answer.body["code"]) == (409, "last_admin"), answer.octets
    assert company.strong.ask("POST", "/roles/Admin/members", {"user": "boss"}).status < 300
    for role in ("Half", "Chief"):
        assert company.strong.ask("DELETE", f"/roles/{role}/members/boss").status < 300
        assert company.strong.ask("DELETE", f"/roles/{role}").status < 300
    company.assert_unharmed()


def test_nobody_registers_what_the_core_or_operators_own(company):
    """E1: a codename of ours cannot be made anew, with another meaning or for other people."""
    keeper = company.tenant.api("permissions.register", "roles.view")
    for name in ("companies.manage", "tenants.switch", "users.view", "roles.assign_any"):
        answer = keeper.ask("POST", "/permissions", {"permission": name, "group": "mine"})
        assert answer.status in (403, 409, 422), answer.octets
    # Its users.create and users.delete would be the core's.
    assert keeper.ask("POST", "/apps", {"app": "users"}).status in (403, 409, 422)
    keeper.close()


def test_the_operator_is_stopped_as_well(company):
    """E7: at the machine too."""
    for words in (("user", "deactivate", company.name, "boss"),
                  ("user", "delete", company.name, "boss"),
                  ("role", "unassign", company.name, "Admin", "boss")):
        assert company.sandbox.muster(*words, check=False).returncode == 73
    company.assert_unharmed()


# ---- E10, E11: looking is not touching ----

def test_who_may_look_starts_nothing(company):
    """E10: previews, plans and runs ask for the permission of what they would do."""
    viewer = company.tenant.api("users.view", "roles.view", "scopes.view", "groups.view")
    planned = company.strong.ask("POST", "/users/bulk", {
        "action": "deactivate", "users": ["pawn"], "preview": True})
    assert planned.status == 202, planned.octets
    job = planned.body["job"]
    refused = [
        viewer.ask("POST", "/users/bulk", {"action": "deactivate", "users": ["pawn"],
                                           "preview": True}),
        viewer.ask("POST", f"/jobs/{job}/run"),
        viewer.ask("POST", f"/jobs/{job}/cancel"),
        viewer.ask("PATCH", "/policies/admins.min_hard", {"value": "2"}),
        viewer.ask("POST", "/plans/" + str(uuid.uuid4()) + "/approve"),
        viewer.ask("POST", "/directories/none/sync"),
    ]
    assert [answer.status for answer in refused] == [403] * len(refused)
    assert company.strong.get(f"/jobs/{job}").body["state"] == "planned"
    assert company.weak.ask("POST", f"/jobs/{job}/run").status == 403  # of another's order
    assert company.strong.get(f"/users/{company.person}").body["active"] in (True, "TRUE")
    assert company.strong.ask("POST", f"/jobs/{job}/cancel").status == 200
    viewer.close()


def test_who_may_look_changes_nothing_by_scim(company):
    """E11."""
    token = told(company.sandbox, "token", "create", company.name, "looks", "--type", "scim",
                 "--permission", "users.view", "--permission", "roles.view",
                 "--permission", "groups.view", "--roles-as-groups")["token"]
    scim = company.tenant.scim(token=token)
    user, role = f"/Users/{company.person}", f"/Groups/{company.roles['Technician']}"
    assert scim.get(user).status == 200 and scim.get(role).status == 200
    before = scim.get(user).octets
    writes = [scim.create_user("made"), scim.create_group("made"), scim.ask("DELETE", user),
              scim.ask("DELETE", role), scim.patch(role, members(company.person)),
              scim.ask("PUT", user, {"schemas": [USER], "userName": "pawn"})]
    for path, value in (("displayName", "X"), ("active", False), ("password", "Correct-horse-77"),
                        ("title", "X"), ("externalId", "x"), ("userName", "x"), ("emails", []),
                        ("locale", "de-DE"), ("name.familyName", "X"), ("timezone", "Asia/Jakarta"),
                        ("phoneNumbers", [{"value": "+49 1"}]), ("userType", "service")):
        writes.append(scim.patch(user, {"op": "replace", "path": path, "value": value}))
    assert [answer.status for answer in writes] == [403] * len(writes)
    assert scim.get(user).octets == before
    scim.close()


# ---- E6, E17: keys ----

def test_a_key_makes_no_key_beyond_itself(company):
    """E17: not wider (see E2), not longer; and by default as wide as itself, not wider."""
    made = told(company.sandbox, "token", "create", company.name, "mortal", "--type", "api",
                "--permission", "clients.manage", "--permission", "users.view",
                "--permission", "roles.assign_any", "--days", "10")
    maker = Api(company.sandbox.values["API_URL"], made["token"])
    for body in ({"permissions": ["users.view"]}, {"permissions": ["users.view"], "days": 11},
                 {"permissions": ["users.view", "users.edit"], "days": 5}, {}):
        answer = maker.ask("POST", "/tokens", {"name": "child", "type": "api", **body})
        assert answer.status == 403 and answer.body["code"] == "grant_ceiling", answer.octets
    child = maker.ask("POST", "/tokens", {"name": "child", "type": "api", "days": 9})
    assert child.status == 201, child.octets
    child = Api(company.sandbox.values["API_URL"], child.body["token"])
    assert child.get("/users?limit=1").status == 200
    assert child.ask("POST", "/scopes", {"scope": "x"}).status == 403
    # A revoked key is dead at once; what it made is the company's, and revoked by name.
    assert company.strong.ask("DELETE", f"/tokens/{made['id']}").status in (200, 204)
    assert maker.get("/users").status == 401
    assert child.get("/users?limit=1").status == 200
    assert company.strong.ask("DELETE", "/tokens/child").status in (200, 204)
    assert child.get("/users").status == 401
    for client in (maker, child):
        client.close()


def test_a_secret_is_told_once_and_never_again(company):
    """Of keys and service accounts: in no list, no audit row, no answer to the same request."""
    key = str(uuid.uuid4())
    first, again = (company.strong.ask("POST", "/tokens", {
        "name": "once", "type": "scim"}, Idempotency_Key=key) for _ in range(2))
    assert first.status == 201 and again.status == 201, again.octets
    token = first.body["token"]
    assert "token" not in again.body
    account = company.strong.ask("POST", "/service-accounts", {"name": "once-app"})
    secrets = [token, account.body["password"]]
    for path in ("/tokens?limit=1000", "/service-accounts?limit=1000", "/audit"):
        answer = company.strong.get(path)
        for secret in secrets:
            assert secret.encode() not in answer.octets
    log = (company.sandbox.folder / "log").read_text(errors="replace")
    for secret in secrets + [company.strong.token, company.weak.token]:
        assert secret not in log
