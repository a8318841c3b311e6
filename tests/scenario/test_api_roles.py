"""Roles, permissions and scopes over the admin API."""

import pytest

ADMIN = ("users.view", "users.create", "users.edit", "users.deactivate", "users.delete",
         "roles.view", "roles.edit", "roles.assign", "roles.assign_any", "scopes.view",
         "scopes.edit", "scopes.assign", "permissions.register", "clients.manage")


@pytest.fixture(scope="module")
def tenant(sandbox):
    tenant = sandbox.new_tenant()
    scim = tenant.scim()
    for name in ("ada", "bob", "eve"):
        assert scim.create_user(name).status == 201
    scim.close()
    # Nobody is left without a role by what happens here.
    for name in ("ada", "bob", "eve"):
        sandbox.muster("role", "assign", tenant.name, "Manager", name)
    yield tenant


@pytest.fixture(scope="module")
def api(tenant):
    client = tenant.api(*ADMIN)
    yield client
    client.close()


def done(answer, status):
    assert answer.status == status, answer.body
    return answer.body


def refused(answer, status, code, word=""):
    assert answer.status == status and answer.body["code"] == code, answer.body
    assert word in answer.body["detail"], answer.body


def test_a_role_from_its_making_to_its_end(api):
    done(api.ask("POST", "/roles", {"role": "Safety Officer", "level": 2,
                                     "description": "Looks after people",
                                     "permissions": ["tasks.view", "safety.manage"]}), 201)
    role = done(api.get("/roles/Safety%20Officer"), 200)
    assert role["permission"] == ["safety.manage", "tasks.view"]
    assert role["level"] == 2 and role["description"] == ["Looks after people"]
    role = done(api.ask("PATCH", "/roles/Safety%20Officer", {
        "grants": ["nfc.view"], "withdraws": ["tasks.view"], "level": None}), 200)
    assert role["permission"] == ["nfc.view", "safety.manage"] and "level" not in role
    done(api.ask("POST", "/roles/Safety%20Officer/members", {"user": "ada"}), 204)
    refused(api.ask("DELETE", "/roles/Safety%20Officer"), 409, "role_in_use", "1 hold it: ada")
    done(api.ask("DELETE", "/roles/Safety%20Officer/members/ada"), 204)
    done(api.ask("DELETE", "/roles/Safety%20Officer"), 204)
    refused(api.get("/roles/Safety%20Officer"), 404, "not_found")


def test_a_deleted_role_is_made_again_from_the_audit(tenant, api):
    said = {"role": "Surveyor", "permissions": ["safety.manage", "tasks.view"], "level": 3,
            "description": "Looks"}
    done(api.post("/roles", said), 201)
    before = done(api.get("/roles/Surveyor"), 200)
    done(api.ask("DELETE", "/roles/Surveyor"), 204)
    auditor = tenant.api("audit.view")
    [row] = auditor.get(f"/audit?action=role.deleted&target={before['id']}").body["items"]
    auditor.close()
    was = {change["path"]: change["old"] for change in row["changes"]}
    done(api.post("/roles", {"role": was["displayName"], "permissions": was["musterPermission"],
                             "level": int(was["LEVEL"]), "description": was["description"]}), 201)
    after = done(api.get("/roles/Surveyor"), 200)
    shown = ("common_name", "permission", "level", "description")
    assert [after[name] for name in shown] == [before[name] for name in shown]
    assert after["id"] != before["id"]
    done(api.ask("DELETE", "/roles/Surveyor"), 204)


def test_a_built_in_role_is_copied_not_changed(api):
    refused(api.ask("PATCH", "/roles/Supervisor", {"grants": ["users.create"]}), 403,
            "role_builtin")
    refused(api.ask("DELETE", "/roles/Supervisor"), 403, "role_builtin")
    done(api.ask("POST", "/roles/Supervisor/duplicate", {"name": "Night Shift"}), 201)
    whole = done(api.get("/roles/Supervisor"), 200)["permission"]
    assert done(api.get("/roles/Night%20Shift"), 200)["permission"] == whole
    changed = done(api.ask("PATCH", "/roles/Night%20Shift", {"grants": ["users.create"]}), 200)
    assert set(changed["permission"]) == set(whole) | {"users.create"}
    refused(api.ask("POST", "/roles", {"role": "night  shift"}), 409, "exists")
    refused(api.ask("PATCH", "/roles/Night%20Shift", {"grants": ["no.such"]}), 422, "unknown",
            "no.such")


def test_members_are_replaced_by_version(api):
    done(api.ask("POST", "/roles", {"role": "Crew", "permissions": ["tasks.view"]}), 201)
    path = "/roles/Crew/members"
    refused(api.ask("PUT", path, {"users": ["ada"]}), 428, "no_version")
    done(api.ask("PUT", path, {"users": ["ada", "bob"]}, If_Match="*"), 204)
    answer = api.get("/roles/Crew")
    assert {member["name"] for member in answer.body["members"]} == {"ada", "bob"}
    tag = answer.headers["ETag"]
    refused(api.ask("PUT", path, {"users": ["nobody"]}, If_Match=tag), 422, "unknown", "nobody")
    done(api.ask("PUT", path, {"users": ["bob", "eve"]}, If_Match=tag), 204)
    refused(api.ask("PUT", path, {"users": []}, If_Match=tag), 412, "version")
    assert {member["name"] for member in done(api.get("/roles/Crew"), 200)["members"]} == {
        "bob", "eve"}


def test_nobody_hands_out_what_they_do_not_hold(tenant, api):
    key = tenant.api("roles.view", "roles.edit", "roles.assign", "tasks.view", "clients.manage")
    refused(key.ask("POST", "/roles", {"role": "Wide", "permissions": ["users.delete"]}), 403,
            "grant_ceiling", "users.delete")
    refused(key.ask("POST", "/roles/Admin/members", {"user": "eve"}), 403, "grant_ceiling")
    refused(key.ask("POST", "/tokens", {"name": "wide", "type": "api",
                                         "permissions": ["users.delete"]}), 403, "grant_ceiling")
    refused(api.ask("POST", "/roles", {"role": "Root", "permissions": ["tenants.switch"]}), 403,
            "grant_ceiling", "tenants.switch")
    done(key.ask("POST", "/roles", {"role": "Narrow", "permissions": ["tasks.view"]}), 201)
    key.close()


def test_the_matrix_says_who_grants_what(api):
    rows = {row["permission"]: row for row in done(api.get("/permissions"), 200)["items"]}
    assert len(rows) > 40
    assert {"Admin", "Supervisor"} <= set(rows["tasks.approve"]["roles"])
    assert "Technician" not in rows["tasks.approve"]["roles"]
    assert rows["tasks.approve"]["scoped"] and rows["tasks.approve"]["origin"] == "preset"
    assert rows["audit.view"]["alias"] == "audit_logs.view"
    assert "tenants.switch" not in rows


def test_the_platform_registers_permissions_and_apps(api):
    done(api.ask("POST", "/permissions", {"permission": "drones.fly", "group": "drones",
                                           "label": "Fly drones", "scoped": True}), 201)
    refused(api.ask("POST", "/permissions", {"permission": "drones.fly", "group": "x"}), 409,
            "exists")
    done(api.ask("POST", "/apps", {"app": "inspections", "label": "Inspections"}), 201)
    rows = {row["permission"]: row for row in done(api.get("/permissions"), 200)["items"]}
    assert rows["drones.fly"]["roles"] == ["Admin"] and rows["drones.fly"]["scoped"]
    assert rows["inspections.read"]["roles"] == ["Admin", "Viewer"]
    done(api.ask("POST", "/roles", {"role": "Pilot", "permissions": ["drones.fly"]}), 201)
    refused(api.ask("DELETE", "/permissions/drones.fly"), 409, "conflict", "Pilot")
    done(api.ask("DELETE", "/roles/Pilot"), 204)
    done(api.ask("DELETE", "/permissions/drones.fly"), 204)
    assert [app["app"] for app in done(api.get("/apps"), 200)["items"]] == ["inspections"]
    done(api.ask("DELETE", "/apps/inspections"), 204)


def test_scopes_are_known_by_the_platforms_ids(api):
    path = "/scopes/site/plant-17"
    refused(api.ask("PUT", path, {"name": "Bandung Plant"}, If_Match="*"), 412, "version")
    refused(api.ask("PUT", path, {"name": "Bandung Plant"}, If_Match='"1"'), 412, "version")
    made = api.ask("PUT", path, {"name": "Bandung Plant"})
    first = done(made, 201)
    assert first["external_id"] == "plant-17" and first["scope_kind"] == "site"
    again = done(api.ask("PUT", path, {"name": "Bandung Plant"}), 200)
    assert again == first
    renamed = done(api.ask("PUT", path, {"name": "Bandung", "description": "South"},
                           If_Match=made.headers["ETag"]), 200)
    assert renamed["id"] == first["id"] and renamed["common_name"] == "Bandung"
    refused(api.ask("PUT", path, {"name": "Cimahi"}, If_Match=made.headers["ETag"]), 412,
            "version")
    done(api.ask("PUT", "/scopes/facility/plant-17", {"name": "Other"}), 201)
    refused(api.ask("PUT", "/scopes/planet/x", {"name": "Mars"}), 422, "value")
    refused(api.ask("PUT", "/scopes/site/members", {"name": "Members"}), 428, "no_version")
    done(api.ask("PUT", "/scopes/Bandung/members", {"users": ["ada"]}, If_Match="*"), 204)
    scope = done(api.get("/scopes/Bandung"), 200)
    assert [member["name"] for member in scope["members"]] == ["ada"]
    done(api.ask("DELETE", "/scopes/Bandung"), 204)


def test_the_last_admin_stays_on_every_path(api):
    warned = done(api.ask("PUT", "/roles/Admin/members", {"users": ["ada"]}, If_Match="*"), 200)
    assert warned["warnings"] == ["elevated"]
    for answer in (api.ask("PUT", "/roles/Admin/members", {"users": []}, If_Match="*"),
                   api.ask("DELETE", "/roles/Admin/members/ada"),
                   api.ask("POST", "/users/ada/deactivate"),
                   api.ask("DELETE", "/users/ada")):
        refused(answer, 409, "last_admin")
    warned = done(api.ask("PUT", "/roles/Admin/members", {"users": ["bob"]}, If_Match="*"), 200)
    assert warned["warnings"] == ["few_admins", "elevated"]


def test_the_command_line_has_the_same(sandbox, tenant):
    sandbox.muster("role", "create", tenant.name, "Cleaner", "--permission", "tasks.view",
                   "--level", "1")
    sandbox.muster("role", "edit", tenant.name, "Cleaner", "--grant", "nfc.view")
    assert "nfc.view" in sandbox.muster("role", "show", tenant.name, "Cleaner").stdout
    sandbox.muster("app", "register", tenant.name, "parts", "--label", "Spare parts")
    assert "parts.update" in sandbox.muster("permission", "list", tenant.name).stdout
    sandbox.muster("app", "unregister", tenant.name, "parts")
    sandbox.muster("role", "delete", tenant.name, "Cleaner")


def test_a_scope_is_named_anew_and_described(api):
    made = done(api.post("/scopes", {"scope": "Yard", "description": "Behind the hall"}), 201)
    scope = done(api.get(f"/scopes/{made['id']}"), 200)
    assert scope["description"] == ["Behind the hall"]
    scope = done(api.ask("PATCH", f"/scopes/{made['id']}", {"name": "Yard 2"}), 200)
    assert scope["common_name"] == "Yard 2" and scope["description"] == ["Behind the hall"]
    scope = done(api.ask("PATCH", "/scopes/Yard%202", {"description": None}), 200)
    assert "description" not in scope
    done(api.post("/scopes", {"scope": "Gate"}), 201)
    refused(api.ask("PATCH", "/scopes/Gate", {"name": "Yard 2"}), 409, "exists")
    for name in ("Gate", "Yard%202"):
        done(api.ask("DELETE", f"/scopes/{name}"), 204)
