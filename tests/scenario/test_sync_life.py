"""People come, change and go in the company's directory, and we follow."""

import ldap
import pytest

from corp import PASSWORD, OpenLdap
from directory import Directory
from conftest import short_folder
from muster import Sandbox, wait_until

ROLES = {"app-technicians": "Technician", "app-supervisors": "Supervisor", "app-admins": "Manager",
         "app-viewers": "Viewer"}


@pytest.fixture(scope="module")
def world():
    """A company of 200 and a Muster in step with it."""
    with short_folder() as folder, OpenLdap(folder + "/corp") as corp, Sandbox(folder + "/box") as box:
        directory = Directory(box).create(
            corp, *(word for group, role in ROLES.items()
                    for word in ("--group-map", f"{group}=role:{role}")))
        directory.follow()
        yield corp, box, directory


@pytest.fixture
def scim(world):
    client = world[1].acme.scim()
    yield client
    client.close()


def find(scim, name):
    found = scim.find("Users", f'userName eq "{name}"').body
    return found["Resources"][0] if found["totalResults"] else None


def may_bind(box, name, password=PASSWORD):
    try:
        box.acme.bind(box.acme.user_dn(name), password).unbind_s()
        return True
    except ldap.INVALID_CREDENTIALS:
        return False


def test_the_first_sync_equals_what_the_company_says(world, scim):
    corp, _, directory = world
    truth = corp.truth()
    users = {user["userName"]: user for user in scim.get("/Users?count=1000").body["Resources"]}
    ours = {person["uid"] for person in truth["people"]}
    assert ours <= set(users)
    assert set(users) - ours == {"admin"}
    for person in truth["people"]:
        user = users[person["uid"]]
        assert user["active"] is not person["disabled"], person["uid"]
        assert [email["value"] for email in user["emails"]] == person["mail"]
        assert user["name"]["familyName"] == person["sn"]
        assert user["name"]["givenName"] == person["givenName"]
        direct = {group["display"] for group in user["groups"]} - set(ROLES.values())
        assert direct == set(person["groups"]), person["uid"]
        roles = {role["display"] for role in user.get("roles", [])}
        assert roles == {role for group, role in ROLES.items() if group in person["all_groups"]}
    assert directory.status()["counts"]["held"] == 0


def test_a_person_disabled_upstream_is_refused_and_comes_back_with_the_same_roles(world, scim):
    corp, box, directory = world
    name = corp.person(1)["uid"]
    before = find(scim, name)
    assert may_bind(box, name)
    corp.change("disable", "--uid", name)
    wait_until(lambda: not may_bind(box, name), 120, what="the refusal")
    assert find(scim, name)["active"] is False
    corp.change("enable", "--uid", name)
    wait_until(lambda: may_bind(box, name), 120, what="the return")
    after = find(scim, name)
    assert after["id"] == before["id"]
    assert after["roles"] == before["roles"]
    assert directory.status()["state"] == "following"


def test_a_local_suspension_outlives_what_the_directory_says(world, scim):
    corp, box, _ = world
    name = corp.person(10)["uid"]
    user = find(scim, name)
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False})
    corp.change("disable", "--uid", name)
    corp.change("enable", "--uid", name)
    corp.change("title:Seen", "--uid", name)
    wait_until(lambda: find(scim, name)["title"] == "Seen", 120, what="the later change")
    assert find(scim, name)["active"] is False
    assert not may_bind(box, name)


def test_a_renamed_person_stays_the_same_with_all_memberships(world, scim):
    corp, _, _ = world
    name = corp.person(12)["uid"]
    before = find(scim, name)
    corp.change("rename:renamed.person", "--uid", name)
    after = wait_until(lambda: find(scim, "renamed.person"), 120, what="the new name")
    assert after["id"] == before["id"]
    assert find(scim, name) is None
    assert ({group["value"] for group in after["groups"]}
            == {group["value"] for group in before["groups"]})


def test_a_hired_person_arrives_with_groups_and_roles(world, scim):
    corp, _, _ = world
    corp.people += 1
    person = corp.person(corp.people - 1)
    corp.people -= 1
    corp.change("hire:1")
    expected = {role for group, role in ROLES.items() if group in person["all_groups"]}

    def complete():
        user = find(scim, person["uid"])
        return user and {role["display"] for role in user.get("roles", [])} == expected and (
            {group["display"] for group in user["groups"]} - set(ROLES.values())
            == set(person["groups"]))
    wait_until(complete, 120, what="the newcomer with everything")


def test_a_group_change_gives_and_takes_the_role(world, scim):
    corp, _, _ = world
    person = next(p for p in corp.truth()["people"][20:]
                  if "app-viewers" not in p["all_groups"] and not p["disabled"])
    has = lambda: "Viewer" in {role["display"] for role in find(scim, person["uid"]).get("roles", [])}
    assert not has()
    corp.change("group-add:app-viewers", "--uid", person["uid"])
    wait_until(has, 120, what="the role")
    corp.change("group-remove:app-viewers", "--uid", person["uid"])
    wait_until(lambda: not has(), 120, what="its end")


def test_a_deleted_person_is_deactivated_and_kept(world, scim):
    corp, box, _ = world
    name = corp.person(30)["uid"]
    identity = find(scim, name)["id"]
    corp.change("delete", "--uid", name)
    wait_until(lambda: find(scim, name)["active"] is False, 120, what="the deactivation")
    assert find(scim, name)["id"] == identity
    assert not may_bind(box, name)


def test_a_renamed_unit_is_compared_without_being_asked(world, scim):
    corp, _, directory = world
    person = next(p for p in corp.truth()["people"][40:] if p["site"] == "austin")
    unit = person["dn"].partition(",")[2]
    before = directory.status()["last_full"]
    corp.modify(f"dn: {unit}\nchangetype: modrdn\nnewrdn: ou=Austin Works\ndeleteoldrdn: 1\n")
    wait_until(lambda: directory.status()["last_full"] > before, 120, "the compare")
    directory.follow()
    assert find(scim, person["uid"])["active"] is True
    assert directory.status()["people"] > 150


def test_a_second_compare_changes_nothing(world):
    _, _, directory = world
    counts = directory.compare()["counts"]
    assert {name: n for name, n in counts.items() if n and name != "unchanged"} == {}
    assert counts["unchanged"] > 200


def test_a_mailbox_that_belongs_to_somebody_here_is_not_taken(world, scim):
    corp, _, directory = world
    made = scim.create_user("owner.here")
    assert made.status == 201
    name = corp.person(50)["uid"]
    corp.change("mail:owner.here@example.com", "--uid", name)
    directory.wait_count("held", 1)
    assert find(scim, "owner.here")["emails"][0]["value"] == "owner.here@example.com"
    user = find(scim, name)
    assert user["active"] is True
    assert all(email["value"] != "owner.here@example.com" for email in user.get("emails", []))
    assert any("taken" in note for note in directory.status()["notes"])


def test_a_name_that_somebody_here_has_is_not_taken_and_the_old_one_stays(world, scim):
    corp, _, directory = world
    made = scim.create_user("name.here")
    assert made.status == 201
    name = corp.person(52)["uid"]
    corp.change("rename:name.here", "--uid", name)
    note = wait_until(lambda: next((note for note in directory.status()["notes"]
                                    if "userName" in note), None), 120, "a note on the name")
    assert note.startswith("uid=name.here,") and "taken" in note
    assert find(scim, "name.here")["id"] == made.body["id"]
    assert find(scim, name)["active"] is True
    directory.compare()
    notes = directory.status()["notes"]
    assert len(notes) == len(set(notes)), notes
    directory.muster("user", "delete", directory.tenant, "name.here")
    directory.compare()
    assert find(scim, name) is None
    assert find(scim, "name.here")["active"] is True
    assert not any("userName" in note for note in directory.status()["notes"])


def test_the_last_admin_stays_until_there_is_another(world, scim):
    corp, box, directory = world
    name = corp.person(54)["uid"]
    directory.muster("role", "assign", directory.tenant, "Admin", name)
    directory.muster("user", "deactivate", directory.tenant, "admin")
    corp.change("disable", "--uid", name)
    wait_until(lambda: any(note.startswith(name + ":") and "last active Admin" in note
                           for note in directory.status()["notes"]), 120, "a note on the Admin")
    assert find(scim, name)["active"] is True
    directory.muster("user", "activate", directory.tenant, "admin")
    # Now there is another one; but an Admin is taken away by a person only.
    held = directory.wait_state("held", 300)
    assert "Admins" in held["reason"]
    directory.approve(held["plan"])
    wait_until(lambda: find(scim, name)["active"] is False, 300, "the deactivation")
    assert not may_bind(box, name)


def test_a_forgotten_directory_leaves_its_people(world, scim):
    corp, box, directory = world
    name = corp.person(60)["uid"]
    directory.delete("keep")
    wait_until(lambda: not isinstance(directory.try_status(), dict), 120, what="the end of the job")
    assert find(scim, name)["active"] is True
    assert may_bind(box, name)
