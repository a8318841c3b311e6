"""A company of the Pegotec preset lives through its documents: user management (PUM), the Admin's
handbook (PAH) and the PegotecUser's (PSH). Sign-in by browser, mails, links, CSV files, pairing and
webhooks have rows of their own elsewhere."""

import json
from urllib.parse import quote

import ldap
import pytest

from company import Company, done, refused
from muster import Api, wait_until

PASSWORD = "correct horse battery"
TENANT_ROLES = {"Technician", "Mapper", "Supervisor", "Manager", "Admin", "Viewer"}


@pytest.fixture(scope="module")
def company(sandbox):
    company = Company(sandbox, "pegotec")
    for site in ("Bandung Plant", "Medan Plant"):
        done(company.api.post("/scopes", {"scope": site}), 201)
    company.made("ada", "Admin")
    company.made("ben", "Admin")
    yield company
    company.close()


def test_the_seven_roles(company):
    """PUM-001, 002, 067 to 074; PAH-002, 003, 067 to 070, 077; PSH-001, 027."""
    rows = {row["role"]: row for row in company.api.pages("/roles")}
    assert set(rows) == TENANT_ROLES
    held = {name: set(company.role(name)["permission"]) for name in rows}
    admin = held["Admin"]
    assert all(held[name] <= admin for name in rows)
    assert {"users.create", "users.edit", "users.deactivate", "users.delete", "roles.edit",
            "roles.assign_any", "settings.edit", "webhooks.manage", "integrations.manage",
            "audit.view", "audit.retention.manage", "tasks.approve"} <= admin
    only_admin = {"roles.edit", "settings.edit", "webhooks.manage", "integrations.manage",
                  "audit.retention.manage", "users.delete"}
    assert not any(only_admin & held[name] for name in TENANT_ROLES - {"Admin"})
    assert not {"companies.manage", "tenants.switch", "users.change_email"} & admin
    assert "tasks.execute" in held["Technician"] and "tasks.approve" not in held["Technician"]
    assert {"assets.edit", "tasks.create", "safety.manage"} <= held["Mapper"]
    assert {"tasks.assign", "tasks.approve", "tasks.reject"} <= held["Supervisor"]
    assert held["Manager"] == {"reports.view"}
    assert all(name.endswith((".view", ".read")) for name in held["Viewer"])
    assert "audit.view" in held["Viewer"]
    realm = {row["role"] for row in company.told("role", "list", "@operator")}
    assert "PegotecUser" in realm
    refused(company.create("spy", "PegotecUser"), 422, "unknown")
    assert company.assign("role", "PegotecUser", "ada").status == 404
    scim = company.scim(company.told("token", "create", company.name, "feed", "--type",
                                     "scim")["token"])
    assert scim.find("Groups", 'displayName eq "PegotecUser"').body["totalResults"] == 0
    scim.close()


def test_who_is_created_has_what_the_form_asks_for(company):
    """PUM-013, 014, 015, 017, 018, 103; PAH-045, 046, 047, 049, 050."""
    company.made("alice", "Technician", "Mapper", name="Alice Smith",
                 scopes=["Bandung Plant", "Medan Plant"])
    got = company.show("alice")
    assert got["name"] == "Alice Smith"
    assert set(got["roles"]) == {"Technician", "Mapper"}
    assert set(got["scopes"]) == {"Bandung Plant", "Medan Plant"}
    refused(company.create("alice2", "Technician", emails=["ALICE@example.com"]), 409, "exists")
    refused(company.create("roleless"), 422, "missing")
    refused(company.create("nomail", "Technician", emails=[]), 422, "missing", "emails")
    refused(company.create("nowhere", "Technician", scopes=["Atlantis"]), 422, "unknown")
    # The address is the way to sign in where there is no other name.
    company.made("bob@example.com", "Supervisor", emails=["bob@example.com"], name="Bob Jones")
    assert company.show("bob@example.com")["user_name"] == "bob@example.com"


def test_more_roles_are_more_access(company):
    """PUM-005, 006, 086, 087, 088, 089, 107; PAH-049, 060; PSH-016."""
    company.made("union", "Mapper", "Admin")
    company.made("both", "Technician", "Supervisor")
    for user, roles in (("union", ("Mapper", "Admin")), ("both", ("Technician", "Supervisor"))):
        rows = done(company.api.get(f"/users/{user}/permissions"))["items"]
        wanted = set().union(*(company.role(name)["permission"] for name in roles))
        assert {row["permission"] for row in rows} == wanted
        assert all(row["roles"] and {role["name"] for role in row["roles"]} <= set(roles)
               for row in rows)
    assert company.may("both", "tasks.execute") and company.may("both", "tasks.assign")
    # No site is every site; one is that one.
    assert company.may("both", "tasks.execute", scope="Medan Plant")
    done(company.assign("scope", "Bandung Plant", "both"), 204)
    assert company.may("both", "tasks.execute", scope="Bandung Plant")
    assert company.missing("both", "tasks.execute", scope="Medan Plant") == ["scope_not_held"]


def test_a_mapper_creates_people_but_no_roles_and_no_admins(company):
    """PUM-003; PAH-017, 068; C9, C26."""
    mapper = company.key_of("Mapper")
    body = {"user": "field1", "emails": ["field1@example.com"], "roles": ["Technician"]}
    done(mapper.post("/users", body), 201)
    refused(mapper.post("/users", {**body, "user": "field2", "emails": ["field2@example.com"],
                                   "roles": ["Admin"]}), 403, "grant_ceiling")
    refused(mapper.post("/roles", {"role": "Mine", "permissions": ["tasks.view"]}), 403,
            "forbidden")
    refused(mapper.post("/roles/Admin/members", {"user": "field1"}), 403, "grant_ceiling")
    mapper.close()
    company.set_policy("mapper.may_create_users", "false")
    assert "users.create" not in company.role("Mapper")["permission"]
    company.set_policy("mapper.may_create_users", "true")
    assert "users.create" in company.role("Mapper")["permission"]


def test_only_support_changes_an_address_and_says_why(company):
    """PUM-021, 022, 095; PAH-051; C2."""
    id = company.made("renamed", "Technician")
    done(company.edit(id, name="New Name", phones=["+62 61 1"]), 204)
    refused(company.edit(id, emails=["evil@example.com"], reason="please"), 422, "mutability",
            "emails")
    assert company.operator.ask("PATCH", "/users/" + id, {
        "emails": ["new@example.com"]}).status == 422
    done(company.operator.ask("PATCH", "/users/" + id, {
        "emails": ["new@example.com"], "reason": "support case 4711"}), 204)
    rows = company.api.pages(f"/audit?target={id}&action=user.email.changed")
    assert rows[0]["reason"] == "support case 4711"
    change = next(c for c in rows[0]["changes"] if c["path"].startswith("emails"))
    assert "renamed@example.com" in json.dumps(change["old"])
    assert "new@example.com" in json.dumps(change["new"])
    assert "user.name.changed" in company.actions(id)


@pytest.mark.parametrize("reason", ("left", "leave", "investigation"))
def test_who_is_deactivated_cannot_sign_in_and_comes_back_as_before(company, reason):
    """PUM-024, 025, 026, 093, 100; PAH-053."""
    user = "gone-" + reason
    id = company.made(user, "Technician", "Viewer", scopes=["Medan Plant"], password=PASSWORD)
    company.bind(user, PASSWORD).unbind_s()
    done(company.api.post(f"/users/{id}/deactivate", {"reason": reason}), 204)
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        company.bind(user, PASSWORD)
    got = company.show(id)
    assert got["state"] == "inactive" and got["status_reason"] == reason
    assert got["deactivated_at"] and got["deactivated_by"]
    assert company.missing(id, "tasks.execute", scope="Medan Plant") == ["inactive"]
    done(company.api.post(f"/users/{id}/activate"), 204)
    got = company.show(id)
    assert set(got["roles"]) == {"Technician", "Viewer"} and got["scopes"] == ["Medan Plant"]
    company.bind(user, PASSWORD).unbind_s()
    assert company.actions(id)[-2:] == ["user.deactivated", "user.reactivated"]


def test_only_a_mistake_is_deleted(company):
    """PUM-027, 028; PAH-054; C3."""
    worker = company.made("worker", "Technician", name="Wo Rker", has_history=True)
    refused(company.api.ask("DELETE", "/users/" + worker), 409, "has_history")
    mistake = company.made("mistake", "Technician", name="Mis Take")
    done(company.api.ask("DELETE", "/users/" + mistake), 204)
    assert company.api.get("/users/" + mistake).status == 404
    assert done(company.api.get(f"/users/{mistake}?tombstone=true"))["last_name"] == "Mis Take"


def test_two_admins_are_asked_for_and_one_is_kept(sandbox):
    """PUM-029; PAH-079; C10."""
    company = Company(sandbox, "pegotec")
    company.made("one", "Admin", "Viewer")
    company.made("two", "Admin", "Viewer")
    warned = done(company.api.ask("DELETE", "/roles/Admin/members/two"))
    assert "few_admins" in warned["warnings"]
    for path in ("/roles/Admin/members/one", "/users/one"):
        refused(company.api.ask("DELETE", path), 409, "last_admin")
    refused(company.api.post("/users/one/deactivate"), 409, "last_admin")
    refused(company.api.post("/users/one/deactivate", {"on": "2020-01-01T00:00:00Z"}), 409,
            "last_admin")
    assert company.bulk("deactivate", "one")[0] == {"one": "refused"}
    company.close()


def test_many_are_changed_at_once_each_with_an_outcome(company):
    """PUM-032, 033, 034, 099; PAH-042."""
    for user in ("cohort1", "cohort2"):
        company.made(user, "Technician")
    rows, _ = company.bulk("assign-role", "cohort1", "cohort2", role="Supervisor")
    assert rows == {"cohort1": "changed", "cohort2": "changed"}
    assert set(company.show("cohort1")["roles"]) == {"Technician", "Supervisor"}
    _, job = company.bulk("export", "cohort1", "cohort2")
    text = company.result(job)
    assert "cohort1@example.com" in text and "ada@example.com" not in text
    rows, _ = company.bulk("deactivate", "cohort1", "cohort2")
    assert (rows["cohort1"], rows["cohort2"]) == ("changed", "changed")
    assert company.show("cohort2")["state"] == "inactive"


def test_a_role_of_the_companys_own(company):
    """PUM-075, 076, 078, 079, 081, 082, 085, 108; PAH-056, 057, 078."""
    rows = done(company.api.get("/permissions"))["items"]
    assert len(rows) >= 40 and all(row["label"] and row["group"] for row in rows)
    role = "Safety Officer"
    id = done(company.api.post("/roles", {"role": role, "permissions": ["safety.manage"]}),
              201)["id"]
    company.made("sam", role)
    assert company.may("sam", "safety.manage") and not company.may("sam", "nfc.view")
    done(company.api.ask("PATCH", "/roles/Safety%20Officer", {
        "grants": ["nfc.view"], "name": "Safety Lead"}))
    assert company.may("sam", "nfc.view")
    refused(company.api.ask("DELETE", "/roles/Safety%20Lead"), 409, "role_in_use")
    for name in TENANT_ROLES:
        refused(company.api.ask("PATCH", f"/roles/{name}", {"grants": ["users.view"]}), 403,
                "role_builtin")
        refused(company.api.ask("DELETE", f"/roles/{name}"), 403, "role_builtin")
    done(company.assign("role", "Technician", "sam"), 204)
    done(company.unassign("role", "Safety Lead", "sam"), 204)
    assert not company.may("sam", "safety.manage")
    done(company.api.ask("DELETE", "/roles/Safety%20Lead"), 204)
    # What a role was can be read, and made again.
    gone = company.api.pages(f"/audit?target={id}&action=role.deleted")[0]
    was = {change["path"]: change["old"] for change in gone["changes"]}
    assert "Safety Lead" in json.dumps(was)
    assert {"safety.manage", "nfc.view"} <= set(json.dumps(was).replace('"', " ").split())


def test_each_change_is_told(company):
    """PUM-090, 091, 092, 093; PAH-009, 061, 063, 075; PSH-029."""
    id = company.made("told", "Technician")
    done(company.assign("role", "Viewer", id), 204)
    done(company.unassign("role", "Viewer", id), 204)
    assert [action for action in company.actions(id) if action.startswith("user.")] == [
        "user.created", "user.role.added", "user.role.added", "user.role.removed"]
    rows = company.api.pages(f"/audit?target={id}")
    assert all(row["actor"]["id"] and row["request"]["channel"] == "api" for row in rows)
    done(company.api.ask("PATCH", "/settings", {"support_contact": "info@pegotec.net"}), 204)
    [row] = company.api.pages("/audit?action=tenant.updated&text=info@pegotec.net")
    assert row["target"]["type"] == "settings"


def test_a_promotion_is_said_and_takes_nothing_away(company):
    """PUM-099, 102."""
    company.made("climber", "Technician")
    warned = done(company.assign("role", "Admin", "climber"))
    assert "elevated" in warned["warnings"]
    assert set(company.show("climber")["roles"]) == {"Technician", "Admin"}


def test_a_shared_account_reads(company):
    """PUM-101; PAH-080; C13."""
    company.made("board", "Viewer", user_type="shared")
    assert company.assign("role", "Technician", "board").status == 422
    assert company.assign("role", "Admin", "board").status == 422
    company.made("ops", "Viewer", user_type="shared", auth_methods=["password", "totp"])
    assert company.assign("role", "Admin", "ops").status < 300


def test_the_settings_of_a_company(company):
    """PAH-004, 013, 014, 015, 016, 067, 082; PSH-033; C19."""
    said = {"name": "Bandung Power", "timezone": "Asia/Jakarta", "language": "id-ID",
            "support_contact": "info@pegotec.net"}
    done(company.api.ask("PATCH", "/settings", said), 204)
    shown = done(company.api.get("/settings"))
    assert {key: shown[key] for key in said} == said
    technician = company.key_of("Technician")
    assert technician.ask("PATCH", "/settings", said).status == 403
    technician.close()
    company.told("feature", "create", company.name, "maps")
    assert company.api.post("/features/maps/on").status == 403
    done(company.operator.post("/features/maps/on"), 204)
    [feature] = done(company.api.get("/features"))["items"]
    assert feature == {"feature": "maps", "owner": "operator", "on": True}


def test_companies_do_not_meet(company, sandbox):
    """PAH-071, 072, 073, 074, 075, 076, 077, 088; PSH-001, 010, 012, 014, 021, 028, 035."""
    other = Company(sandbox, "pegotec")
    mine, theirs = company.made("twin", "Viewer"), other.made("twin", "Viewer")
    assert company.api.get("/users/" + theirs).status == 404
    assert company.api.get(f"/tenants/{other.name}/users").status in (403, 404)
    assert theirs not in json.dumps(company.api.pages("/users"))
    assert theirs not in json.dumps(company.api.pages("/audit"))
    # Support enters without an account there, and is known as support.
    done(other.operator.ask("PATCH", "/users/" + theirs, {"title": "Dr"}), 204)
    [row] = [row for row in other.api.pages(f"/audit?target={theirs}")
             if "title" in json.dumps(row["changes"])]
    assert row["actor"]["name"] == "Pegotec support"
    everywhere = Api(sandbox.values["API_URL"], sandbox.values["OPERATOR_TOKEN"])
    rows = done(everywhere.get("/all/audit?action=user.created&limit=1000"))["items"]
    assert {mine, theirs} <= {row["target"]["id"] for row in rows}
    rows = done(everywhere.get("/all/audit?text=title&limit=1000"))["items"]
    [real] = [told for told in rows if told["id"] == row["id"]]
    assert real["actor"]["id"] == row["actor"]["id"]
    assert real["actor"]["name"] != row["actor"]["name"]
    for tenant in (company, other):
        found = done(tenant.operator.get("/holders?permission=roles.assign_any"))["items"]
        assert bool(found) == (tenant is company)
    everywhere.close()
    other.close()


def test_an_admin_sees_who_waits_and_how_many_there_are(sandbox):
    """PAH-035, 039: the invited, and people by state, type and role."""
    company = Company(sandbox, "pegotec")
    company.made("waiting", "Technician", invited=True)
    company.made("left", "Technician", user_type="Contractor")
    company.made("here", "Manager", user_type="Contractor")
    done(company.api.post("/users/left/deactivate", {"reason": "left"}), 204)
    for expression, names in (("invited eq true", ["waiting"]), ("active eq false", ["left"]),
                              ('user_type eq "contractor"', ["here", "left"]),
                              ("active eq true", ["here", "waiting"])):
        answer = done(company.api.get("/users?sort=user&total=true&filter=" + quote(expression)))
        assert [row["user"] for row in answer["items"]] == names
        assert answer["total"] == len(names)
    assert company.role("Technician")["member_count"] == 2
    assert done(company.api.get(f"/tenants/{company.name}"))["users"] == 3
    company.close()


def test_who_has_not_signed_in_for_long_is_listed(sandbox):
    """PAH-036: by the last sign-in, or since when the account is there; active people only."""
    company = Company(sandbox, "pegotec")
    for user in ("never", "often", "gone"):
        company.made(user, "Technician", password=PASSWORD)
    company.made("waits", "Technician", invited=True)
    done(company.api.post("/users/gone/deactivate", {"reason": "left"}), 204)
    company.bind("often", PASSWORD).unbind_s()
    wait_until(lambda: company.show("often").get("last_login"))
    rows = {row["user"]: row for row in company.api.pages("/users/idle?days=0&limit=1")}
    assert set(rows) == {"never", "often", "waits"}
    assert rows["often"]["last_login"] == company.show("often")["last_login"]
    for user, state in (("never", "active"), ("waits", "invited")):
        assert "last_login" not in rows[user] and rows[user]["state"] == state
        assert rows[user]["created"] == company.show(user)["created"]
        assert rows[user]["days"] == 0 and rows[user]["email"] == f"{user}@example.com"
    assert [row["user"] for row in company.api.pages("/users/idle?days=0&sort=user&order=desc")] \
        == ["waits", "often", "never"]
    told = company.told("user", "idle", company.name, "--days", "0", "--filter",
                        "invited eq true")
    assert [row["user"] for row in told] == ["waits"]
    # Nobody is longer here than the company.
    assert company.api.pages("/users/idle?days=1") == [] == company.api.pages("/users/idle")
    refused(company.api.get("/users/idle?days=36501"), 422, "value", "days")
    key = company.key("audit.view")
    refused(key.get("/users/idle"), 403, "forbidden")
    key.close()
    company.close()


def test_who_manages_a_company_can_be_written_to(sandbox):
    """PSH-035, PAH-044: the active Admins of a company; for operators of all companies."""
    companies = [Company(sandbox, "pegotec") for _ in range(2)]
    one, other = companies
    one.made("ann", "Admin", "Viewer", name="Ann Admin",
             emails=["ann@example.com", "ann@example.org"])
    one.made("amy", "Technician", "Admin", invited=True)
    one.made("max", "Mapper")
    one.made("off", "Admin")
    done(one.api.post("/users/off/deactivate", {"reason": "leave"}), 204)
    held = one.role("Admin")["permission"]
    done(one.api.post("/roles", {"role": "Owner", "permissions": held, "level": 1}), 201)
    one.made("own", "Owner", "Admin")
    other.made("otto", "Admin")
    rows = {row["user"]: row for row in one.api.pages("/admins?limit=1")}
    assert set(rows) == {"ann", "amy", "own"}
    assert len(one.api.pages("/admins?limit=1")) == 3
    assert set(rows["ann"]["emails"]) == {"ann@example.com", "ann@example.org"}
    assert rows["ann"]["name"] == "Ann Admin" and rows["ann"]["tenant"] == one.name
    assert rows["ann"]["lasting"] is True and rows["amy"]["lasting"] is False
    assert [row["user"] for row in other.told("admin", "list", other.name)] == ["otto"]
    assert [row["user"] for row in other.operator.pages("/admins")] == ["otto"]
    operator = Api(sandbox.values["API_URL"], sandbox.values["OPERATOR_TOKEN"])
    for rows in (operator.pages("/all/admins?limit=1"), operator.pages("/all/admins"),
                 one.told("admin", "all", "--limit", "1000")):
        mine = [(row["tenant"], row["user"]) for row in rows
                if row["tenant"] in (one.name, other.name)]
        assert sorted(mine) == sorted([(one.name, "amy"), (one.name, "ann"), (one.name, "own"),
                                       (other.name, "otto")])
    operator.close()
    refused(one.api.get("/all/admins"), 403, "forbidden")
    for wrong in ("x", "1.2", "1.2.3.4", "1.2.4294967295"):
        refused(one.api.get("/admins?cursor=" + wrong), 422, "value", "cursor")
    for company in companies:
        company.close()


def test_a_deleted_role_is_made_again_as_the_audit_knows_it(sandbox):
    """PUM-108: with all that it granted, by who may make such a role."""
    company = Company(sandbox, "pegotec")
    for user in ("ada", "ben"):
        company.made(user, "Admin")
    held = ["nfc.view", "safety.manage", "users.view"]
    for name, permissions, more in (("Safety Lead", held, {"level": 3, "description": "Nights"}),
                                    ("Reader", ["reports.view"], {})):
        body = {"role": name, "permissions": permissions, **more}
        id = done(company.api.post("/roles", body), 201)["id"]
        was = company.role(name)
        refused(company.api.post(f"/roles/{id}/restore"), 404, "not_found")
        done(company.api.ask("DELETE", f"/roles/{id}"), 204)
        mapper = company.key("roles.edit", "audit.view")
        refused(mapper.post(f"/roles/{id}/restore"), 403, "grant_ceiling")
        mapper.close()
        blind = company.key("roles.edit", *permissions)
        refused(blind.post(f"/roles/{id}/restore"), 403, "forbidden")
        blind.close()
        made = done(company.api.post(f"/roles/{id}/restore"), 201)
        assert made["role"] == name and made["id"] != id
        now = company.role(name)
        assert now["built_in"] is False and now["member_count"] == 0
        for member in ("common_name", "permission", "level", "description"):
            assert now.get(member) == was.get(member)
        # The name is taken now.
        refused(company.api.post(f"/roles/{id}/restore"), 409, "exists")
    done(company.api.ask("DELETE", "/roles/Reader"), 204)
    gone = company.api.pages("/audit?action=role.deleted&limit=1")[0]["target"]["id"]
    assert company.told("role", "restore", company.name, gone)["role"] == "Reader"
    refused(company.api.post("/roles/Reader/restore"), 404, "not_found")
    company.close()


@pytest.mark.parametrize("mode", ("disable", "soft", "hard_if_no_history", "hard"))
def test_what_scim_deletes_is_not_there_in_every_mode(sandbox, mode):
    """C3; PAH-061."""
    company = Company(sandbox, "pegotec")
    company.set_policy("delete.mode", mode)
    scim = company.scim(company.told("token", "create", company.name, "feed", "--type",
                                     "scim")["token"])
    # Whom administrators made, a connection does not delete.
    theirs = company.made("stays", "Technician")
    kept = scim.ask("DELETE", "/Users/" + theirs)
    assert (kept.status, kept.body["scimType"]) == (409, "mutability"), kept.body
    assert "owned by the administrators here" in kept.body["detail"]
    id = scim.create_user("ends", displayName="En Ds").body["id"]
    assert company.assign("role", "Technician", "ends").status == 204
    assert scim.ask("DELETE", "/Users/" + id).status == 204
    assert scim.get("/Users/" + id).status == 404
    assert scim.ask("DELETE", "/Users/" + id).status == 404
    # Who it was is known, whatever became of the account.
    assert "En Ds" in json.dumps(done(company.api.get(f"/users/{id}?tombstone=true")))
    scim.close()
    company.close()


def test_changes_have_the_names_that_webhooks_have(sandbox):
    """PAH-061, 070; PUM-091 to 095: one name of a change, wherever it is told."""
    company = Company(sandbox, "pegotec")
    api = company.api
    id = company.made("x", "Technician")
    done(api.post("/scopes", {"scope": "S"}), 201)
    done(company.assign("scope", "S", "x"), 204)
    done(company.unassign("scope", "S", "x"), 204)
    done(company.edit("x", apps=[{"value": "nfc"}]), 204)
    done(api.post("/users/x/password", {"password": PASSWORD}), 204)
    done(api.ask("DELETE", "/users/x"), 204)
    assert company.actions(id) == [
        "user.created", "user.role.added", "user.scope.added", "user.scope.removed",
        "user.apps.changed", "user.password.changed", "user.deleted"]
    done(api.post("/roles", {"role": "R"}), 201)
    done(api.ask("PATCH", "/roles/R", {"grants": ["nfc.view"]}))
    done(api.ask("DELETE", "/roles/R"), 204)
    company.told("feature", "create", company.name, "maps")
    company.set_policy("audit.retention_days", "400")
    told = [row["action"] for row in api.pages("/audit?oldest_first=true")]
    assert told[-5:] == ["role.created", "role.updated", "role.deleted", "tenant.features.changed",
                         "audit.retention.changed"]
    company.close()
