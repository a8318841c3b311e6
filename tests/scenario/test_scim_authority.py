"""What one source says stands against the others; a clash is a conflict, and an admin settles it."""

import pytest

from company import Company, done, refused
from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from muster import USER, Sandbox


class Connection:
    """A SCIM client of a company with its own token, and the ids that its people have."""

    def __init__(self, company, name, **settings):
        words = [word for key, value in settings.items() for word in (f"--{key}", value)]
        made = company.told("token", "create", company.name, name, "--type", "scim", *words)
        self.name, self.client = name, company.scim(made["token"])

    def make(self, user, **said):
        return self.client.ask("POST", "/Users", {"schemas": [USER], "userName": user, **said})

    def made(self, user, **said):
        return done(self.make(user, **said), 201)["id"]

    def set(self, id, path, value):
        return self.client.patch("/Users/" + id, {"op": "replace", "path": path, "value": value})

    def show(self, id):
        return done(self.client.get("/Users/" + id))

    def close(self):
        self.client.close()


@pytest.fixture
def company(sandbox):
    made = Company(sandbox, "pegotec")
    yield made
    made.close()


@pytest.fixture
def entra(company):
    made = Connection(company, "entra-acme")
    yield made
    made.close()


@pytest.fixture
def okta(company):
    made = Connection(company, "okta")
    yield made
    made.close()


def conflicts(company, *more):
    return company.told("conflict", "list", company.name, *more)


def the_conflict(company):
    found = [row for row in conflicts(company) if row["state"] == "open"]
    assert len(found) == 1, found
    return found[0]


def settle(company, conflict, answer):
    company.told("conflict", "settle", company.name, conflict["id"], "--as", answer)


def owned(answer, attribute, owner):
    assert (answer.status, answer.body["scimType"]) == (409, "mutability"), answer.octets
    detail = answer.body["detail"]
    assert detail.startswith(attribute) and f"owned by {owner}" in detail, detail
    assert detail.endswith("recorded as a conflict"), detail


def test_what_a_connection_says_no_admin_overwrites(company, entra):
    id = entra.made("ada", title="Dr", nickName="A")
    refused(company.edit("ada", title="Prof"), 409, "owned", "title")
    done(company.edit("ada", title="Dr", department="R&D", user_type="support"), 204)
    whole = company.api.get("/users/ada")
    replaced = company.api.ask("PUT", "/users/ada", {"user_name": "ada", "name": "Ada L"},
                               If_Match=whole.headers["ETag"])
    assert replaced.status == 204, replaced.octets
    person = entra.show(id)
    assert (person["title"], person["nickName"], person["userName"]) == ("Dr", "A", "ada")
    assert conflicts(company) == []


def test_what_an_admin_says_no_connection_overwrites(company, entra):
    id = company.made("bob", "Technician", title="Dr")
    owned(entra.set(id, "title", "Prof"), "title", "the administrators here")
    owned(entra.client.patch("/Users/" + id, {"op": "remove", "path": "title"}), "title",
          "the administrators here")
    assert entra.set(id, "nickName", "B").status == 200
    body = {"schemas": [USER], "userName": "bob", "nickName": "Bobby", "title": "Dr"}
    assert entra.client.ask("PUT", "/Users/" + id, body).status == 200
    del body["nickName"], body["title"]
    person = done(entra.client.ask("PUT", "/Users/" + id, body))
    # Its own is withdrawn, what others said is not.
    assert "nickName" not in person and person["title"] == "Dr"
    assert person["emails"][0]["value"] == "bob@example.com"
    owned(entra.client.ask("DELETE", "/Users/" + id), "owned", "the administrators here")
    assert company.show("bob")["title"] == "Dr"


def test_two_connections_each_have_their_own(company, entra, okta):
    id = entra.made("ada", externalId="1", title="Dr")
    owned(okta.set(id, "title", "Prof"), "title", "the connection entra-acme")
    assert okta.set(id, "externalId", "o-1").status == 200
    assert (entra.show(id)["externalId"], okta.show(id)["externalId"]) == ("1", "o-1")
    other = okta.made("eve", externalId="1")
    again = entra.make("eva", externalId="1")
    assert (again.status, again.body["scimType"]) == (409, "uniqueness"), again.body
    for client, mine in ((entra, id), (okta, other)):
        found = client.client.find("Users", 'externalId eq "1"').body
        assert [user["id"] for user in found["Resources"]] == [mine]
        assert found["totalResults"] == 1
    assert company.show("ada")["external_id"] == "1"
    owned(okta.client.ask("DELETE", "/Users/" + id), "owned", "the connection entra-acme")
    assert entra.client.ask("DELETE", "/Users/" + id).status == 204


def test_a_link_hands_over_and_ends(company, entra):
    id = company.made("carl", "Technician", title="Dr")
    company.told("user", "link", company.name, "carl", "--connection", "entra-acme",
                 "--external-id", "7")
    assert entra.show(id)["externalId"] == "7"
    assert entra.set(id, "title", "Prof").status == 200
    refused(company.edit("carl", title="Dr"), 409, "owned", "title")
    done(company.api.post("/users/carl/unlink", {"connection": "entra-acme"}), 204)
    done(company.edit("carl", title="Dr"), 204)
    assert "externalId" not in entra.show(id)
    assert [action for action in company.actions(id) if "link" in action] == [
        "user.linked", "user.unlinked"]


def test_an_adopting_connection_takes_over_but_no_admin(company):
    adopting = Connection(company, "adopts")
    company.api.ask("PATCH", "/tokens/adopts", {"adopts": True})
    id, boss = company.made("dora", "Technician", title="Dr"), company.made("boss", "Admin")
    assert adopting.set(id, "title", "Prof").status == 200
    refused(company.edit("dora", title="Dr"), 409, "owned", "title")
    owned(adopting.set(boss, "emails", [{"value": "evil@example.com"}]), "emails.value",
          "the administrators here")
    assert company.show("boss")["emails"] == ["boss@example.com"]
    adopting.close()


def test_a_deactivated_persons_external_id_brings_that_person_back(company, entra, okta):
    id = entra.made("finn", externalId="f-1", title="Dr")
    assert entra.set(id, "active", False).status == 200
    assert entra.make("finn", externalId="f-1", active=False).status == 409
    back = entra.make("finn", externalId="f-1")
    assert (back.status, back.body["id"], back.body["active"]) == (201, id, True), back.body
    assert "title" not in back.body
    assert entra.make("finn", externalId="f-1").status == 409
    assert entra.set(id, "active", False).status == 200
    assert okta.make("finn", externalId="f-1").body["scimType"] == "uniqueness"
    done(company.api.post("/users/finn/activate"), 204)
    done(company.api.post("/users/finn/deactivate", {"reason": "left"}), 204)
    # Whom an administrator keeps out, no connection lets in by making them again.
    assert entra.make("finn", externalId="f-1").status == 409


def test_conflicts_are_listed_and_settled_each_way(company, entra):
    id = company.made("gina", "Technician", title="Dr")
    owned(entra.set(id, "title", "Prof"), "title", "the administrators here")
    row = the_conflict(company)
    assert row["subject"] == {"id": id, "kind": "user", "name": "gina", "display_name": "gina",
                              "active": True}
    assert row["source"]["name"] == "entra-acme"
    assert (row["type"], row["attribute"], row["ours"], row["theirs"], row["times"]) == (
        "owned", "title", "Dr", "Prof", 1)
    assert [c["id"] for c in conflicts(company, "--filter", f'subject eq "{id}"')] == [row["id"]]
    assert conflicts(company, "--filter", 'state eq "ignored"') == []
    company.told("conflict", "ignore", company.name, row["id"])
    owned(entra.set(id, "title", "Prof"), "title", "the administrators here")
    shown = company.told("conflict", "show", company.name, row["id"])
    assert shown["state"] == "ignored"
    owned(entra.set(id, "title", "Miss"), "title", "the administrators here")
    settle(company, the_conflict(company), "keep-local")
    assert company.show("gina")["title"] == "Dr"
    owned(entra.set(id, "title", "Sir"), "title", "the administrators here")
    settle(company, the_conflict(company), "take-upstream")
    assert company.show("gina")["title"] == "Sir"
    assert entra.set(id, "title", "Dame").status == 200
    actions = company.actions(row["id"])
    assert actions.count("conflict.settled") == 3 and actions.count("conflict.opened") == 3
    refused(company.key("users.view").get("/conflicts"), 403, "forbidden")


def test_of_what_has_several_values_both_may_stand(company, entra):
    id = company.made("gus", "Technician")
    owned(entra.set(id, "emails", [{"value": "gus@other.example"}]), "emails.value",
          "the administrators here")
    row = the_conflict(company)
    assert (row["ours"], row["theirs"]) == ("gus@example.com", "gus@other.example")
    assert "merge" in row["answers"]
    settle(company, row, "merge")
    person = entra.show(id)
    assert {mail["value"] for mail in person["emails"]} == {"gus@example.com", "gus@other.example"}
    assert conflicts(company, "--filter", 'state eq "open"') == []


def test_who_claims_a_name_is_linked_by_an_admin_only(company, entra):
    id = company.made("hugo", "Technician")
    answer = entra.make("hugo", externalId="h-1")
    assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")
    assert answer.body["detail"].endswith("recorded as a conflict")
    assert entra.client.find("Users", 'externalId eq "h-1"').body["totalResults"] == 0
    row = the_conflict(company)
    assert (row["type"], row["attribute"], row["offered"]) == (
        "uniqueness", "userName", "externalId:h-1")
    settle(company, row, "link")
    found = entra.client.find("Users", 'externalId eq "h-1"').body["Resources"]
    assert [user["id"] for user in found] == [id]
    assert entra.set(id, "title", "Prof").status == 200


def test_a_conflict_goes_with_its_subject(company, entra):
    company.made("ines", "Technician")
    assert entra.make("ines", externalId="i-1").status == 409
    assert the_conflict(company)
    company.set_policy("delete.mode", "hard")
    done(company.api.ask("DELETE", "/users/ines"), 204)
    assert conflicts(company) == []
    assert entra.make("ines", externalId="i-1").status == 201


# ---- beside a directory ----

def mail_of(corp, number):
    return corp.person(number)["mail"][0]


@pytest.fixture(scope="module")
def world():
    with short_folder() as folder, OpenLdap(folder + "/corp") as corp, Sandbox(folder + "/box") as box:
        company = Company(box, "pegotec")
        company.set_policy("email.uniqueness", "tenant")
        entra = Connection(company, "entra-acme")
        one = entra.made("scim-one", emails=[{"value": mail_of(corp, 1), "primary": True}])
        boss = company.made("boss", "Admin", emails=[mail_of(corp, 2)])
        directory = Directory(box, company.name).create(corp)
        directory.follow()
        yield company, entra, corp, directory, one, boss
        entra.close()
        company.close()


def test_one_address_of_two_sources_is_never_one_person(world):
    """G10: never merged by e-mail; the later one is held until an admin has decided."""
    company, entra, corp, directory, one, _ = world
    person = corp.person(1)

    def found():
        return entra.client.find("Users", f'userName eq "{person["uid"]}"').body["Resources"]
    assert found() == []
    row = next(c for c in conflicts(company) if c.get("subject", {}).get("id") == one)
    assert (row["type"], row["attribute"], row["theirs"]) == (
        "email_scim", "emails.value", mail_of(corp, 1))
    assert row["source"]["kind"] == "directory" and row["anchor"]
    shown = company.told("conflict", "show", company.name, row["id"])
    assert [(c["user"]["name"], c["matched"]) for c in shown["candidates"]] == [
        ("scim-one", ["emails.value"])]
    assert f"userName={person['uid']}" in shown["facts"] and "link" in shown["answers"]
    # Once the address is free, the next compare gives it to whom the directory means.
    settle(company, row, "take-upstream")
    assert "emails" not in entra.show(one)
    directory.compare()
    assert [user["emails"][0]["value"] for user in found()] == [mail_of(corp, 1)]


def test_nobody_gets_an_admins_account_by_its_address(world):
    """SyncJacking: the directory and SCIM both claim the Admin's address."""
    company, entra, corp, _, _, boss = world
    mail = mail_of(corp, 2)
    answer = entra.make("hijack", emails=[{"value": mail, "primary": True}])
    assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")
    person = company.show("boss")
    assert person["id"] == boss and person["emails"] == [mail]
    sources = {c["source"]["kind"] for c in conflicts(company)
               if c.get("subject", {}).get("id") == boss}
    assert sources == {"directory", "client"}
    assert entra.client.find("Users", f'emails.value eq "{mail}"').body["totalResults"] == 1
    company.told("user", "link", company.name, "boss", "--connection", "entra-acme")


def test_scim_neither_deletes_nor_overwrites_what_the_directory_says(world):
    """G9."""
    company, entra, corp, directory, _, _ = world
    person = corp.person(5)
    found = entra.client.find("Users", f'userName eq "{person["uid"]}"').body["Resources"][0]
    owned(entra.client.ask("DELETE", "/Users/" + found["id"]), "owned", "the directory corp")
    owned(entra.set(found["id"], "name.familyName", "Other"), "name.familyName",
          "the directory corp")
    assert entra.show(found["id"]) == found
    assert entra.set(found["id"], "nickName", "N").status == 200
    directory.compare()
    assert entra.show(found["id"])["nickName"] == "N"


def test_a_group_is_spoken_of_by_its_display_name(entra, okta):
    staff = done(entra.client.create_group("Staff"), 201)["id"]
    taken = okta.client.create_group("Staff")
    assert taken.status == 409 and taken.body["detail"].startswith("displayName: "), taken.body
    owned = okta.client.patch(f"/Groups/{staff}", {
        "op": "replace", "path": "displayName", "value": "Bosses"})
    assert owned.status == 409 and owned.body["detail"].startswith("displayName: "), owned.body
