"""Two companies below one roof: what the directory of one says never reaches the other."""

import uuid

import pytest

from directory import Directory
from evil import BASE, anchor, ber
from harm import Moody, active_people, export
from muster import Scim, wait_until

FREE = ("--limit-count", "100000", "--limit-percent", "100", "--run-limit", "small-percent=100")


class Groups(Moody):
    """... with groups, by number: name, members, attributes that it takes for an identity."""

    def __init__(self, *args, **more):
        self.groups = {}
        super().__init__(*args, **more)

    def _reply(self, search):
        if ber.SYNC not in search.controls or self.mute:
            super()._reply(search)
            return
        for number, attributes in sorted(self.people.items()):
            search.person(number, 1, **attributes)
        for number, (name, members) in sorted(self.groups.items()):
            state = ber.control(ber.STATE, ber.seq(ber.enum(1), ber.octets(anchor(number).bytes)))
            search.entry(f"cn={name},{BASE}", state, objectClass=["groupOfNames"], cn=[name],
                         member=members)
        search.refreshed()


@pytest.fixture
def server():
    made = Groups(20)
    yield made
    made.close()


def follow(box, server, tenant, *options, name="corp"):
    directory = Directory(box, tenant=tenant.name, name=name).create(
        server, *FREE, *options, uri=server.uri)
    directory.follow()
    return directory


def test_two_companies_of_one_server_have_people_of_their_own(sandbox, server, tmp_path):
    one, other = sandbox.new_tenant(), sandbox.new_tenant()
    directories = [follow(sandbox, server, tenant) for tenant in (one, other)]
    assert active_people(one) == active_people(other) == server.names()
    found = [{row["id"] for row in export(sandbox, tenant.name, tmp_path)} for tenant in (one, other)]
    assert not found[0] & found[1]
    directories[1].edit("--active=no")
    before = export(sandbox, other.name, tmp_path)
    for number in range(4):
        del server.people[number]
    server.people[15] = {"title": ["Elsewhere"]}
    directories[0].compare()
    assert active_people(one) == server.names() != active_people(other)
    assert export(sandbox, other.name, tmp_path) == before
    directories[0].delete("disable")
    wait_until(lambda: not active_people(one), 60)
    assert export(sandbox, other.name, tmp_path) == before


def test_who_names_what_is_anothers_gets_nothing_of_it(sandbox, server, tmp_path):
    """Names, addresses, identities and DNs of the other one, in all that a directory may say."""
    victim, hostile = sandbox.new_tenant(), sandbox.new_tenant()
    scim = victim.scim()
    users = [scim.create_user(f"person{n}", title="Ours", externalId=f"x{n}").body
             for n in range(5)]
    group = scim.create_group("crew", *(user["id"] for user in users)).body
    sandbox.muster("user", "create", victim.name, "boss", "--role", "Admin")
    before = export(sandbox, victim.name, tmp_path)
    suffix = victim.base_dn
    roles = {row["name"]: row["id"] for row in before if row.get("kind") == "role"}
    theirs = [user["id"] for user in users] + [group["id"], *roles.values()]
    for number, identity in enumerate(theirs):
        name = users[number % 5]["userName"]
        server.people[number] = {
            "entryUUID": [identity], "uid": [name + ("" if number < 5 else f"-{number}")],
            "mail": [f"{name}@example.com"], "title": ["Taken"], "employeeNumber": [identity],
            "manager": [f"uid=boss,ou=people,{suffix}"],
            "memberOf": [f"cn=Admin,ou=roles,{suffix}"]}
    server.groups = {
        500: ("crew", [f"uid=person{n},{BASE}" for n in range(5)]
              + [f"uid={user['userName']},ou=people,{suffix}" for user in users]),
        501: ("Admin", [f"uid=person0,{BASE}", f"uid=boss,ou=people,{suffix}"]),
        502: (group["id"], [f"uid=person1,{BASE}"])}
    maps = [word for number, target in enumerate([group["id"], *roles.values()])
            for word in ("--group-map", f"crew=role:{target}")]
    directory = follow(
        sandbox, server, hostile, "--map", "employee_number=employeeNumber",
        "--join-rule", "user_name", "--join-rule", "email",
        "--group-map", f"crew=group:{group['id']}", "--group-map", f"{group['id']}=role:Viewer",
        "--group-map", f"{uuid.UUID(int=501)}=role:Viewer", *maps)
    for plan in directory.plans():
        directory.plan(plan["id"])
    for identity in theirs:  # and asked for by hand
        directory.muster("directory", "person", hostile.name, directory.name, identity, "--apply",
                         check=False)
    directory.compare()
    rows = export(sandbox, hostile.name, tmp_path)
    assert not {row.get("id") for row in rows} & {row.get("id") for row in before}
    ids = {row.get("id") for row in rows if row.get("kind") == "user"}
    for row in rows:
        for member in row.get("members", []):
            assert member["kind"] != "user" or member["id"] in ids, row
    assert export(sandbox, victim.name, tmp_path) == before
    # Neither's key opens the other's door, nor tells whether something is there.
    stranger = Scim(victim.scim_url, hostile.scim_token)
    for door in (stranger, hostile.scim()):
        for identity in (users[0]["id"], str(uuid.uuid4())):
            assert door.get(f"/Users/{identity}").status == 404
        door.close()
    directory.delete("disable")
    wait_until(lambda: not active_people(hostile), 60)
    assert export(sandbox, victim.name, tmp_path) == before
    sandbox.verify()
