"""An account of the Users app lives through its document (USR): one place for people, their tree,
apps, security groups and the one role. Mails, imports and acting as another have no door yet."""

import ldap
import pytest

from company import Company, done, refused

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def company(sandbox):
    company = Company(sandbox, "users-app")
    done(company.api.post("/apps", {"app": "inspections", "label": "Inspections"}), 201)
    for group in ("North", "South"):
        done(company.api.post("/scopes", {"scope": group}), 201)
    done(company.api.post("/roles", {"role": "Inspector", "description": "Looks at assets",
                                     "permissions": ["inspections.read", "inspections.update"]}),
         201)
    company.made("root", "Super Administrator", password=PASSWORD)
    company.made("admin", "Administrator", password=PASSWORD)
    yield company
    company.close()


def test_what_is_asked_of_a_new_user(company):
    """USR-001, 013, 014, 016, 017, 031 to 036, 043, 054 to 057, 092."""
    boss = company.made("boss", "Inspector", scopes=["North"])
    platform = {"partsListType": "Full BOM", "discounts": {"default": 12.5}}
    id = company.made("dee", "Inspector", given="Dee", family="Distributor", organization="Acme",
                      user_type="Distributor", manager="boss", scopes=["North", "South"],
                      platform=platform, password=PASSWORD,
                      apps=[{"value": "inspections", "version": "1.2", "status": "installed"}])
    got = company.show(id)
    assert got["given"] == "Dee" and got["family"] == "Distributor"
    assert got["organization"] == "Acme" and got["user_type"] == "Distributor"
    assert got["manager"] == boss and got["parent"] == "boss"
    assert set(got["scopes"]) == {"North", "South"} and got["roles"] == ["Inspector"]
    assert got["platform"] == platform and got["apps"][0]["value"] == "inspections"
    assert got["created"] == got["modified"] and "last_login" not in got
    [row] = [row for row in company.api.pages("/users?contains=dee")]
    assert row["email"] == "dee@example.com" and row["user_type"] == "Distributor"
    company.bind("dee", PASSWORD).unbind_s()
    refused(company.create("alien", "Inspector", user_type="Alien"), 422, "value")
    refused(company.create("dee2", "Inspector", emails=["Dee@example.com"]), 409, "exists")


def test_the_tree_follows_the_parent(company):
    """USR-008, 015, 035."""
    company.made("top", "Inspector")
    company.made("middle", "Inspector", manager="top")
    company.made("leaf", "Inspector", manager="middle")
    for user, below in (("top", "middle"), ("middle", "leaf")):
        rows = company.api.pages(f"/users/{user}/reports")
        assert [row["user"] for row in rows] == [below]
    roots = {row["user"] for row in company.api.pages("/users?roots=true")}
    assert "top" in roots and not {"middle", "leaf"} & roots
    refused(company.edit("top", manager="leaf"), 422, "value")


def test_who_is_above_is_not_seen(company):
    """USR-002, 003."""
    seen = {}
    for user in ("root", "admin"):
        connection = company.bind(user, PASSWORD)
        found = connection.search_s(company.base_dn, ldap.SCOPE_SUBTREE, "(mail=*)", ["uid"])
        seen[user] = {values["uid"][0].decode() for dn, values in found if dn}
        connection.unbind_s()
    assert {"root", "admin"} <= seen["root"]
    assert "admin" in seen["admin"] and "root" not in seen["admin"]


def test_who_does_not_administer_is_unauthorized(company):
    """USR-004."""
    key = company.key("inspections.read")
    for path in ("/users", "/users/admin", "/audit"):
        answer = key.get(path)
        refused(answer, 403, "forbidden")
        assert answer.headers["Content-Type"].startswith("application/problem+json")
    key.close()


def test_one_role_of_ones_own_making(company):
    """USR-047, 049, 050, 051, 071, 072; C1."""
    refused(company.create("two", "Inspector", "Administrator"), 422, "value")
    company.made("one", "Inspector")
    assert company.assign("role", "Administrator", "one").status == 422
    done(company.api.post("/roles", {"role": "Reader", "description": "Reads",
                                     "permissions": ["inspections.read"]}), 201)
    refused(company.api.post("/roles", {"role": "READER"}), 409, "exists")
    rows, _ = company.bulk("assign-role", "one", role="Reader", replace=True)
    assert rows == {"one": "changed"}
    assert company.show("one")["roles"] == ["Reader"]
    assert company.role("Reader")["description"] == ["Reads"]
    held = [word for name in ("users.view", "roles.view", "roles.assign_any", "roles.assign")
            for word in ("--permission", name)]
    token = company.told("token", "create", company.name, "roles", "--type", "scim",
                         *held)["token"]
    scim = company.scim(token)
    group = company.role("Inspector")["id"]
    answer = scim.patch("/Groups/" + group, {
        "op": "add", "path": "members", "value": [{"value": company.show("one")["id"]}]})
    assert answer.status == 400, answer.octets
    assert answer.body["scimType"] == "invalidValue"
    scim.close()


def test_actions_ask_for_a_security_group_too(company):
    """USR-043, 044, 045, 046, 070; C5."""
    company.made("field", "Inspector")
    assert not company.may("field", "inspections.read", scope="North")
    done(company.assign("scope", "North", "field"), 204)
    assert company.may("field", "inspections.read", scope="North")
    assert not company.may("field", "inspections.read", scope="South")
    assert not company.may("field", "inspections.delete", scope="North")
    warned = company.unassign("scope", "North", "field")
    assert "no_scope" in done(warned)["warnings"]
    assert not company.may("field", "inspections.read", scope="North")


def test_an_address_is_for_ever(company):
    """USR-033, 069; C2: support does not change it either."""
    company.made("fixed", "Inspector")
    for client in (company.api, company.operator):
        answer = client.ask("PATCH", "/users/fixed", {"emails": ["x@example.com"], "reason": "r"})
        refused(answer, 422, "mutability", "emails")


def test_deleting_disables(company):
    """USR-020; C3."""
    id = company.made("ended", "Inspector", password=PASSWORD)
    done(company.api.ask("DELETE", "/users/" + id), 204)
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        company.bind("ended", PASSWORD)
    assert company.show(id)["state"] == "inactive"
    done(company.api.post(f"/users/{id}/activate"), 204)
    company.bind("ended", PASSWORD).unbind_s()


def test_who_signs_in_elsewhere_only_has_no_password(company):
    """USR-038; C32."""
    company.made("sso", "Inspector", auth_methods=["sso"])
    assert company.api.post("/users/sso/password", {"password": PASSWORD}).status == 422
    assert company.create("sso2", "Inspector", auth_methods=["sso"],
                          password=PASSWORD).status == 422


def test_each_sign_in_stays(company):
    """USR-017, 066, 067, 068."""
    id = company.made("seen", "Inspector", password=PASSWORD)
    company.bind("seen", PASSWORD).unbind_s()
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        company.bind("seen", "not it")
    rows = company.activity(id, 2)
    assert all(row["ip"] == "127.0.0.1" and row["channel"] == "ldap" for row in rows)
    assert company.show(id)["last_login"]
    assert company.api.ask("DELETE", f"/users/{id}/activity").status == 405


def test_an_extract_of_the_list(company):
    """USR-025; C25: what a filter finds, as a job with a file."""
    for user in ("extract1", "extract2"):
        company.made(user, "Inspector", user_type="Customer")
    job = done(company.api.post("/users/bulk", {
        "action": "export", "filter": 'user_type eq "Customer"', "expected_count": 2}), 202)["job"]
    text = company.result(job)
    assert "extract1@example.com" in text and "extract2@example.com" in text
    assert "boss@example.com" not in text


def test_a_picture_of_a_person_is_kept(company):
    """USR-039."""
    token = company.told("token", "create", company.name, "feed", "--type", "scim")["token"]
    scim = company.scim(token)
    photo = {"value": "https://pictures.example/ida.png", "type": "photo", "primary": True}
    made = scim.create_user("ida", photos=[photo])
    assert made.status == 201, made.octets
    assert scim.get("/Users/" + made.body["id"]).body["photos"] == [photo]
    scim.close()


@pytest.mark.parametrize("role, level", (("Super Administrator", 4), ("Administrator", 3),
                                         ("Org Administrator", 2)))
def test_levels_are_the_documents(company, role, level):
    """USR-075 to 078: who is above whom."""
    row = company.role(role)
    assert row["level"] == level and row["built_in"]
    assert "users.impersonate" in row["permission"]
    assert "users.impersonate" not in company.role("Inspector")["permission"]


def test_an_app_is_registered_with_its_four_actions(company):
    """USR-046: and a role may hold each by itself."""
    rows = {row["permission"]: row for row in done(company.api.get("/permissions"))["items"]}
    for verb in ("create", "read", "update", "delete"):
        assert rows["inspections." + verb]["scoped"]
    assert company.role("Inspector")["permission"] == ["inspections.read", "inspections.update"]
