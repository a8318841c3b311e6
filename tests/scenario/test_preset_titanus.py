"""An organization of the Titanus preset lives through its document (TIT): users, permission groups,
facilities and full access. Invitations by mail have no door yet."""

import ldap
import pytest

from company import Company, done, refused

PASSWORD = "correct horse battery"
FIVE = ("view", "create", "edit", "delete", "archive")
SEVEN = FIVE + ("send", "view_own")
CODENAMES = {
    **{kind: FIVE for kind in ("facilities", "assets", "contractors", "contracts")},
    "work_orders": SEVEN, "service_reports": SEVEN,
    "users": ("view", "create", "edit", "delete"), "reports": ("view",), "audit_logs": ("view",)}


@pytest.fixture(scope="module")
def company(sandbox):
    company = Company(sandbox, "titanus")
    for facility in ("Harbour", "Airport"):
        done(company.api.post("/scopes", {"scope": facility}), 201)
    for user in ("boss", "deputy"):
        company.made(user, "Administrator", full_access=True)
    yield company
    company.close()


def test_the_reference_names_forty_permissions(company):
    """TIT-021 to 031."""
    wanted = {f"{kind}.{verb}" for kind, verbs in CODENAMES.items() for verb in verbs}
    assert len(wanted) == 40
    rows = done(company.api.get("/permissions"))["items"]
    known = {row["permission"] for row in rows} | {row["alias"] for row in rows if "alias" in row}
    assert wanted <= known
    assert all(row["label"] for row in rows)
    done(company.api.post("/roles", {"role": "All", "permissions": sorted(wanted)}), 201)
    assert len(company.role("All")["permission"]) == 40
    assert "audit.view" in company.role("All")["permission"]


def test_groups_are_the_organizations_own(company):
    """TIT-001, 020, 021."""
    rows = {row["role"] for row in company.api.pages("/roles")}
    assert {"Administrator", "Store Manager", "Technician"} <= rows
    done(company.api.ask("PATCH", "/roles/Technician", {"grants": ["assets.edit"]}))
    done(company.api.ask("PATCH", "/roles/Technician", {"withdraws": ["assets.edit"]}))
    refused(company.api.post("/roles", {"role": "Odd", "permissions": ["assets.paint"]}), 422,
            "unknown")


def test_an_invited_user(company):
    """TIT-008 to 013, 015, 040: what is known of the invited, until the invitation is accepted."""
    id = company.made("vito", "Store Manager", given="Vito", family="Vited", invited=True,
                      phones=["+49 30 1234"], scopes=["Harbour"])
    got = company.show(id)
    assert got["state"] == "invited" and got["roles"] == ["Store Manager"]
    assert got["given"] == "Vito" and got["family"] == "Vited"
    assert got["phones"] == ["+49 30 1234"] and "full_access" not in got
    refused(company.create("groupless", invited=True), 422, "missing", "roles")
    done(company.edit(id, family="Changed", full_access=True), 204)
    assert company.show(id)["full_access"] is True
    refused(company.edit(id, emails=["v2@example.com"]), 422, "missing")
    done(company.edit(id, emails=["v2@example.com"], reason="has another"), 204)
    got = company.show(id)
    assert got["emails"] == ["v2@example.com"] and not got.get("email_verified")


def test_deactivate_activate_delete(company):
    """TIT-016, 017, 019; C3."""
    id = company.made("tom", "Technician", password=PASSWORD, scopes=["Airport"])
    company.bind("tom", PASSWORD).unbind_s()
    done(company.api.post(f"/users/{id}/deactivate"), 204)
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        company.bind("tom", PASSWORD)
    done(company.api.post(f"/users/{id}/activate"), 204)
    company.bind("tom", PASSWORD).unbind_s()
    done(company.api.ask("DELETE", "/users/" + id), 204)
    assert company.api.get("/users/" + id).status == 404
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        company.bind("tom", PASSWORD)
    done(company.api.post(f"/tombstones/{id}/restore"))
    assert company.show(id)["scopes"] == ["Airport"]


def test_permission_and_facility_combine(company):
    """TIT-034, 037; C5."""
    company.made("stella", "Store Manager", scopes=["Harbour"])
    assert company.may("stella", "work_orders.create", scope="Harbour")
    assert company.missing("stella", "work_orders.create", scope="Airport") == ["scope_not_held"]
    assert company.missing("stella", "users.create") == ["not_granted"]
    company.made("nowhere", "Store Manager")
    assert not company.may("nowhere", "work_orders.create", scope="Harbour")


def test_ones_own_work_needs_no_facility(company):
    """TIT-026, 027."""
    company.made("tina", "Technician")
    assert company.may("tina", "work_orders.view_own", owner="true")
    assert company.missing("tina", "work_orders.view_own") == ["not_owner"]


def test_full_access_passes_over_facilities_and_no_more(company):
    """TIT-013, 032, 033; C16: permissions too only where an operator says so, with two factors."""
    company.made("fay", "Store Manager", full_access=True)
    assert company.may("fay", "work_orders.create", scope="Airport")
    assert company.missing("fay", "users.create") == ["not_granted"]
    touched = done(company.api.ask("PATCH", "/policies/full_access", {"value": "superuser"}))
    refused(company.api.ask("PATCH", "/policies/full_access", {
        "value": "superuser", "confirm": touched["count"]}), 403, "forbidden")
    company.set_policy("full_access", "superuser")
    assert company.may("fay", "users.create")
    assert company.create("weak", "Technician", full_access=True).status == 422
    company.set_policy("full_access", "scope")


def test_policies_of_the_document(company):
    """TIT-008, 014, 018, 019, 039: what invitations and deletions go by."""
    values = {row["policy"]: row["value"] for row in done(company.api.get("/policies"))["items"]}
    assert values["onboarding.credential"] == "invite_link"
    assert values["links.invite_ttl"] in (604800, "604800")
    assert values["delete.mode"] == "soft" and values["email.verification"] == "separate"
    assert values["email.mutability"] == "admin_verified" and values["scope.kind"] == "facility"
    assert values["labels.section"] == "Users & Permissions"
