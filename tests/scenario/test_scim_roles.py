"""Roles that identity providers give: as claims in a User, through groups that they push, and what
an administrator must allow first."""

import json
from types import SimpleNamespace

import pytest

from muster import PATCH_OP, USER, Scim, wait_until

ALL = ("users.view users.create users.edit users.deactivate users.delete roles.view roles.edit "
       "roles.assign roles.assign_any scopes.view scopes.edit scopes.assign groups.view "
       "groups.edit").split()
ADMIN = {"value": "Admin"}


class Company:
    """A tenant of its own with connections by name."""

    def __init__(self, sandbox):
        self.sandbox, self.tenant, self.open = sandbox, sandbox.new_tenant(), []

    def muster(self, *words, check=True):
        return self.sandbox.muster(*words, check=check)

    def told(self, *words):
        return json.loads(self.muster(*words, "--json").stdout)

    def connect(self, name, *options, permissions=ALL):
        words = [word for permission in permissions for word in ("--permission", permission)]
        token = self.told("token", "create", self.tenant.name, name, "--rate", "0", *words,
                          *options)["token"]
        self.open.append(Scim(self.tenant.scim_url, token))
        return self.open[-1]

    def edit(self, name, *options):
        self.muster("token", "edit", self.tenant.name, name, *options)

    def held(self):
        return self.told("held", "list", self.tenant.name)

    def decide(self, how, id):
        return self.muster("held", how, self.tenant.name, id, check=False)

    def close(self):
        for connection in self.open:
            connection.close()


@pytest.fixture
def company(sandbox):
    made = Company(sandbox)
    yield made
    made.close()


@pytest.fixture
def entra(company):
    return company.connect("entra", "--profile", "entra")


def made(answer, status=201):
    assert answer.status == status, answer.body
    return answer.body


def patched(answer):
    """Entra hears 204."""
    assert answer.status == 204, answer.body


def fetch(client, id):
    return made(client.get(f"/Users/{id}"), 200)


def roles(client, id):
    return sorted(role["value"] for role in fetch(client, id).get("roles", []))


def permits(client, id):
    """What the roles of the person come to."""
    user = made(client.get(f"/Users/{id}?attributes=entitlements"), 200)
    return {row["value"] for row in user.get("entitlements", [])}


def create(client, name, **more):
    return made(client.create_user(name, **more))["id"]


# ---- claims ----

def test_a_user_is_created_with_roles(entra):
    id = create(entra, "zoe", roles=[{"value": "technician", "display": "Field", "type": "Job",
                                      "primary": True}, {"value": "Astronaut"}])
    assert fetch(entra, id)["roles"] == [
        {"value": "technician", "display": "Field", "type": "Job", "primary": True},
        {"value": "Astronaut"}]
    assert "tasks.execute" in permits(entra, id)
    patched(entra.patch(f"/Users/{id}", {
        "op": "remove", "path": 'roles[value eq "Technician"]'}))
    assert fetch(entra, id)["roles"] == [{"value": "Astronaut"}]
    assert "tasks.execute" not in permits(entra, id)


def test_entra_sends_an_object_as_a_string(entra):
    id = create(entra, "zoe")
    value = json.dumps({"id": "06b07648-ecfe-589f-9d2f-6325724a46ee", "value": "25",
                        "displayName": "Supervisor"})
    patched(entra.patch(f"/Users/{id}", {
        "op": "Add", "path": "roles", "value": [{"value": value}]}))
    assert fetch(entra, id)["roles"] == [{"value": value}]
    assert "tasks.approve" in permits(entra, id)
    patched(entra.patch(f"/Users/{id}", {"op": "Replace", "path": "roles", "value": []}))
    assert "roles" not in fetch(entra, id) and not permits(entra, id)


def test_entra_adds_to_the_primary_role(entra):
    id = create(entra, "zoe")
    path = 'roles[primary eq "True"].value'
    patched(entra.patch(f"/Users/{id}", {"op": "Add", "path": path, "value": "Technician"}))
    assert fetch(entra, id)["roles"] == [{"value": "Technician", "primary": True}]
    patched(entra.patch(f"/Users/{id}", {"op": "Replace", "path": path, "value": "Supervisor"}))
    assert fetch(entra, id)["roles"] == [{"value": "Supervisor", "primary": True}]
    assert "tasks.approve" in permits(entra, id)


def test_okta_sends_back_what_it_was_shown(company, entra):
    okta = company.connect("okta", "--profile", "okta")
    id = create(okta, "zoe", roles=[{"value": "Technician"}])
    company.muster("role", "assign", company.tenant.name, "Supervisor", "zoe")
    before = fetch(okta, id)
    assert before["roles"] == [{"value": "Technician"}, {
        "value": "Supervisor", "display": "Supervisor", "type": "role"}]
    after = made(okta.ask("PUT", f"/Users/{id}", before), 200)
    assert (after["roles"], after["meta"]["version"]) == (
        before["roles"], before["meta"]["version"])
    company.muster("role", "unassign", company.tenant.name, "Supervisor", "zoe")
    assert roles(okta, id) == ["Technician"]
    # What the connection says itself, others cannot take, and another's PUT does not drop it.
    refused = company.muster("role", "unassign", company.tenant.name, "Technician", "zoe",
                             check=False)
    assert refused.returncode and "okta" in refused.stderr
    patched(entra.patch(f"/Users/{id}", {"op": "replace", "path": "roles", "value": [
        {"value": "Supervisor"}]}))
    assert roles(okta, id) == ["Supervisor", "Technician"]
    patched(entra.patch(f"/Users/{id}", {"op": "remove", "path": "roles"}))
    assert roles(okta, id) == ["Technician"]


def test_a_repeated_claim_changes_nothing(entra):
    id = create(entra, "zoe", roles=[{"value": "Technician"}])
    version = fetch(entra, id)["meta"]["version"]
    patched(entra.patch(f"/Users/{id}", {"op": "add", "path": "roles", "value": [
        {"value": "Technician"}]}))
    assert fetch(entra, id)["meta"]["version"] == version


def test_people_are_found_by_what_is_claimed_and_by_what_they_hold(company, entra):
    create(entra, "zoe", roles=[{"value": "Technician", "primary": True}])
    create(entra, "max", roles=[{"value": "Astronaut"}])
    create(entra, "ann")
    company.muster("role", "assign", company.tenant.name, "Technician", "ann")

    def found(expression):
        return sorted(user["userName"] for user in
                      made(entra.find("Users", expression), 200)["Resources"])

    assert found('roles.value eq "technician"') == ["ann", "zoe"]
    assert found('roles[value eq "Astronaut"]') == ["max"]
    assert found('roles eq "Technician" and not (userName eq "ann")') == ["zoe"]


def test_one_role_is_primary_and_flips(entra):
    id = create(entra, "zoe", roles=[{"value": "Technician", "primary": True},
                                     {"value": "Viewer"}])
    patched(entra.patch(f"/Users/{id}", {
        "op": "replace", "path": 'roles[value eq "Viewer"].primary', "value": True}))
    assert [role["value"] for role in fetch(entra, id)["roles"] if role.get("primary")] == [
        "Viewer"]
    two = entra.create_user("max", roles=[{"value": "Viewer", "primary": True},
                                          {"value": "Technician", "primary": True}])
    assert (two.status, two.body["scimType"]) == (400, "invalidValue")


def test_where_one_role_is_held_a_second_is_refused(company, entra):
    company.muster("policy", "set", company.tenant.name, "roles.cardinality", "--value", "single",
                   "--confirm", "0")
    answer = entra.create_user("zoe", roles=[{"value": "Technician"}, {"value": "Viewer"}])
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert "role" in answer.body["detail"]
    id = create(entra, "zoe", roles=[{"value": "Technician"}])
    patched(entra.patch(f"/Users/{id}", {"op": "replace", "path": "roles", "value": [
        {"value": "Viewer"}]}))
    assert roles(entra, id) == ["Viewer"]


def test_permissions_are_shown_when_asked_for_and_never_taken(entra):
    id = create(entra, "zoe", roles=[{"value": "Technician"}],
                entitlements=[{"value": "tenants.switch"}])
    assert "entitlements" not in fetch(entra, id)
    assert "entitlements" not in made(entra.get(f"/Users/{id}?excludedAttributes=emails"), 200)
    assert "tasks.execute" in permits(entra, id) and "tenants.switch" not in permits(entra, id)
    schema = made(entra.get(f"/Schemas/{USER}"), 200)
    told = {row["name"]: row for row in schema["attributes"]}
    assert told["roles"]["mutability"] == "readWrite"
    assert (told["entitlements"]["mutability"], told["entitlements"]["returned"]) == (
        "readOnly", "request")


# ---- approval ----

def test_a_privileged_role_waits_for_an_administrator(company, entra):
    company.muster("user", "create", company.tenant.name, "boss", "--email", "boss@example.com",
                   "--role", "Admin")
    id = create(entra, "zoe", roles=[ADMIN])
    assert roles(entra, id) == ["Admin"] and not permits(entra, id)
    row, = company.held()
    assert (row["held_act"], row["held_state"], row["connection"], row["user"], row["role"]) == (
        "assign", "open", "entra", "zoe", "Admin")
    patched(entra.patch(f"/Users/{id}", {"op": "add", "path": "roles", "value": [ADMIN]}))
    assert len(company.held()) == 1
    assert company.decide("approve", row["id"]).returncode == 0
    assert "users.delete" in permits(entra, id) and not company.held()
    patched(entra.patch(f"/Users/{id}", {"op": "remove", "path": 'roles[value eq "Admin"]'}))
    assert not permits(entra, id)


def test_what_is_refused_stays_refused_for_as_long_as_it_is_claimed(company, entra):
    id = create(entra, "zoe", roles=[ADMIN])
    assert company.decide("reject", company.held()[0]["id"]).returncode == 0
    patched(entra.patch(f"/Users/{id}", {"op": "add", "path": "roles", "value": [
        {"value": "Technician"}]}))
    assert [row["held_state"] for row in company.held()] == ["rejected"]
    patched(entra.patch(f"/Users/{id}", {"op": "remove", "path": 'roles[value eq "Admin"]'}))
    assert not company.held()


def test_a_connection_gives_what_it_holds_itself(company):
    usual = company.connect("usual", permissions=[name for name in ALL
                                                  if name != "roles.assign_any"])
    id = create(usual, "zoe", roles=[{"value": "Technician"}])
    assert not permits(usual, id)
    assert [row["role"] for row in company.held()] == ["Technician"]
    done = company.told("held", "approve-all", company.tenant.name, "--connection", "usual",
                        "--act", "assign")
    assert (done["done"], done["refused"]) == (1, 0)
    assert "tasks.execute" in permits(usual, id)


def test_who_approves_needs_the_right_to_assign(company, entra):
    create(entra, "zoe", roles=[ADMIN])
    id = company.held()[0]["id"]
    clerk = company.tenant.api("integrations.manage", "users.view")
    assert clerk.get(f"/held/{id}").status == 200
    assert clerk.post(f"/held/{id}/approve").status == 403
    narrow = company.tenant.api("integrations.manage", "roles.assign", "users.view")
    assert narrow.post(f"/held/{id}/approve").status == 403
    other = Company(company.sandbox)
    stranger = other.tenant.api("integrations.manage", "roles.assign_any", "users.view")
    unknown = "01a20143-c85e-7fc6-83b8-1a6a881316f9"
    for path in ("/held/{}/approve", "/held/{}/reject"):
        theirs, nothing = (stranger.post(path.format(which)) for which in (id, unknown))
        assert (theirs.status, theirs.body["detail"]) == (404, nothing.body["detail"])
    other.close()
    boss = company.tenant.api("integrations.manage", "roles.assign_any", "users.view")
    assert boss.post(f"/held/{id}/approve").status in (200, 204)
    for client in (clerk, narrow, stranger, boss):
        client.close()


# ---- groups ----

@pytest.fixture
def pushed(company):
    okta = company.connect("okta", "--profile", "okta", "--group-map", "crew=role:Technician")
    zoe, max_ = create(okta, "zoe"), create(okta, "max")
    crew = made(okta.create_group("Crew", zoe))["id"]
    return SimpleNamespace(okta=okta, zoe=zoe, max=max_, crew=f"/Groups/{crew}", id=crew)


def add(id):
    return {"op": "add", "path": "members", "value": [{"value": id}]}


def test_members_of_a_pushed_group_get_what_it_is_mapped_to(company, pushed):
    assert roles(pushed.okta, pushed.zoe) == ["Technician"]
    assert roles(pushed.okta, pushed.max) == []
    pushed.okta.patch(pushed.crew, add(pushed.max))
    assert roles(pushed.okta, pushed.max) == ["Technician"]
    pushed.okta.patch(pushed.crew, {"op": "remove", "path": f'members[value eq "{pushed.zoe}"]'})
    assert roles(pushed.okta, pushed.zoe) == []
    made(pushed.okta.ask("DELETE", pushed.crew), 204)
    assert roles(pushed.okta, pushed.max) == []


def test_a_role_from_a_group_is_no_claim(pushed):
    before = fetch(pushed.okta, pushed.zoe)
    assert made(pushed.okta.ask("PUT", f"/Users/{pushed.zoe}", before), 200) == before
    made(pushed.okta.ask("DELETE", pushed.crew), 204)
    assert roles(pushed.okta, pushed.zoe) == []


def test_a_rename_ends_what_the_name_gave_and_not_what_the_id_did(company, pushed):
    company.edit("okta", "--group-map", "crew=role:Technician",
                 "--group-map", f"{pushed.id}=role:Viewer")
    assert roles(pushed.okta, pushed.zoe) == ["Technician", "Viewer"]
    pushed.okta.patch(pushed.crew, {"op": "replace", "value": {
        "id": pushed.id, "displayName": "Team"}})
    assert roles(pushed.okta, pushed.zoe) == ["Viewer"]
    company.edit("okta", "--group-map", "team=role:Technician")
    assert roles(pushed.okta, pushed.zoe) == ["Technician"]


def test_a_revoked_connection_takes_its_roles_along(company, pushed):
    reader = company.connect("reader")
    company.muster("token", "revoke", company.tenant.name, "okta")
    assert roles(reader, pushed.zoe) == []


def test_privileged_roles_through_groups_wait_for_each_person(company, pushed):
    company.edit("okta", "--group-map", "crew=role:Admin")
    assert [row["user"] for row in company.told("held", "list", company.tenant.name, "--filter",
                                                'held_state eq "open"')] == ["zoe"]
    pushed.okta.patch(pushed.crew, add(pushed.max))
    assert sorted(row["user"] for row in company.held()) == ["max", "zoe"]
    row = next(row for row in company.held() if row["user"] == "max")
    assert company.decide("approve", row["id"]).returncode == 0
    assert "users.delete" in permits(pushed.okta, pushed.max)
    assert not permits(pushed.okta, pushed.zoe)


def test_a_role_that_is_made_later_is_given_to_those_who_claim_it(company, entra):
    id = create(entra, "zoe", roles=[{"value": "Astronaut"}])
    company.muster("role", "create", company.tenant.name, "Astronaut", "--permission", "tasks.view")
    wait_until(lambda: permits(entra, id) == {"tasks.view"}, 60, "the claim takes effect")


def test_bad_claims_are_answered_in_a_sentence(entra):
    id = create(entra, "zoe")
    for value in (7, [["x"]], [{"value": {"a": 1}}], [{"value": "x" * 5000}],
                  [{"value": str(i)} for i in range(201)]):
        answer = entra.ask("PATCH", f"/Users/{id}", {"schemas": [PATCH_OP], "Operations": [
            {"op": "add", "path": "roles", "value": value}]})
        assert answer.status in (400, 413) and "roles" in answer.body["detail"], answer.body
    assert "roles" not in fetch(entra, id)
