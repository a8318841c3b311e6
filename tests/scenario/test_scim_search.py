"""Filters of all shapes over SCIM, and searches over all types of resources at once."""

import json
from urllib.parse import quote, urlencode

import pytest

from muster import Scim, USER

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MUSTER_GROUP = "urn:ietf:params:scim:schemas:extension:muster:2.0:Group"
MUSTER_USER = "urn:ietf:params:scim:schemas:extension:muster:2.0:User"


def create(client, user_name, **more):
    made = client.ask("POST", "/Users", {"schemas": [USER, ENTERPRISE], "userName": user_name,
                                         **more})
    assert made.status == 201, made.body
    return made.body["id"]


class Office:
    """Three people, two groups in each other, and a role that one of them holds."""

    def __init__(self, tenant):
        self.tenant, self.scim = tenant, tenant.scim()
        self.ids = {
            "ada": create(self.scim, "ada", externalId="X-1", displayName="Ada L", title="Chief",
                          emails=[{"value": "ada@work.example", "type": "work", "primary": True},
                                  {"value": "ada@home.example", "type": "home"}]),
            "bob": create(self.scim, "bob", externalId="x-1", active=False,
                          emails=[{"value": "bob@work.example", "type": "work"}]),
            "cyd": create(self.scim, "cyd", displayName='Cyd "the \\ eye"')}
        boss = self.scim.patch(f"/Users/{self.ids['bob']}", {
            "op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": self.ids["ada"]}})
        assert boss.status == 200, boss.body
        claim = self.scim.patch(f"/Users/{self.ids['ada']}", {
            "op": "add", "path": "roles",
            "value": [{"value": "floor-7", "display": "Floor", "type": "site", "primary": True}]})
        assert claim.status == 200, claim.body
        self.ids["Night Shift"] = self.group("Night Shift", self.ids["ada"], self.ids["bob"])
        self.ids["All"] = self.group("All", self.ids["Night Shift"], self.ids["cyd"])
        tenant.show_roles()
        viewer = self.scim.find("Groups", 'displayName eq "Viewer"').body["Resources"][0]["id"]
        tenant.sandbox.muster("role", "assign", tenant.name, viewer, self.ids["cyd"])
        self.ids["Viewer"] = viewer

    def group(self, name, *members):
        made = self.scim.create_group(name, *members)
        assert made.status == 201, made.body
        return made.body["id"]

    def said(self, text):
        for name, of in self.ids.items():
            text = text.replace(f"<{name}>", of)
        return text

    def find(self, kind, text, client=None):
        found = (client or self.scim).find(kind, self.said(text))
        assert found.status == 200, (text, found.body)
        resources = found.body["Resources"]
        assert found.body["totalResults"] == len(resources)
        return {r.get("userName", r.get("displayName")) for r in resources}


@pytest.fixture(scope="module")
def office(sandbox):
    made = Office(sandbox.new_tenant())
    yield made
    made.scim.close()


# ---- what is found ----

@pytest.mark.parametrize("text, names", [
    ('groups.display eq "night shift"', {"ada", "bob"}),
    ('groups.display co "hift"', {"ada", "bob"}),
    ('groups.display sw "V"', {"cyd"}),
    ('groups.value eq "<All>"', {"cyd"}),
    ('groups.value eq "nothing"', set()),
    ('groups eq "<Night Shift>"', {"ada", "bob"}),
    ('groups[display eq "All" and type eq "direct"]', {"cyd"}),
    ('groups[value eq "<All>" and display eq "Night Shift"]', set()),
    ('groups[display eq "Night Shift"].value sw "<Night Shift>"', {"ada", "bob"}),
    ('groups pr', {"ada", "bob", "cyd"}),
    ('not (groups.display eq "All")', {"ada", "bob"}),
    ('roles.value eq "Viewer"', {"cyd"}),
    ('roles eq "viewer"', {"cyd"}),
    ('roles.display co "iew" and not (title pr)', {"cyd"}),
    ('roles[type eq "role"]', {"cyd"}),
    ('roles pr', {"ada", "cyd"}),
    ('not (roles pr)', {"bob"}),
    ('roles.value ne "Viewer"', {"ada", "bob"}),
    ('roles.value eq "floor-7"', {"ada"}),
    ('roles.value eq "floor-7" or roles.value eq "Viewer"', {"ada", "cyd"}),
    ('roles[value eq "Floor-7" and type eq "site" and primary eq "True"]', {"ada"}),
    ('roles[value eq "Viewer" and primary eq true]', set()),
    ('roles[value eq "floor-7" and type eq "role"]', set()),
    ('roles.type eq "site" or roles[type eq "role"]', {"ada", "cyd"}),
    ('manager.value eq "<ada>"', {"bob"}),
    ('manager eq "<ada>"', {"bob"}),
    ('manager.displayName eq "ada l"', {"bob"}),
    (f'{ENTERPRISE}:manager.displayName sw "A"', {"bob"}),
    ('manager.value ne "<ada>"', {"ada", "cyd"}),
    ('manager pr', {"bob"}),
    ('emails.type ne "work"', {"ada", "cyd"}),
    ('emails[type ne "work"]', {"ada"}),
    ('emails[type eq "work"].value co "bob"', {"bob"}),
    ('emails.primary eq true', {"ada"}),
    ('emails[primary eq "True"]', {"ada"}),
    ('externalId eq "x-1"', {"bob"}),
    ('EXTERNALID EQ "X-1"', {"ada"}),
    ('userName eq ada', {"ada"}),
    ('userName eq ada or (userName eq cyd)', {"ada", "cyd"}),
    ('externalId eq 1', set()),
    ('displayName ew "the \\\\ eye\\""', {"cyd"}),
    ('displayName co "\\u0022the"', {"cyd"}),
    ('id eq "<ada>"', {"ada"}),
    ('id sw "<ada>"', {"ada"}),
    ('id ne "<ada>"', {"bob", "cyd"}),
    (f'{USER}:userName eq "ada"', {"ada"}),
    (f'{USER.upper()}:USERNAME eq "ada"', {"ada"}),
    (f'schemas eq "{ENTERPRISE}"', {"bob"}),
    (f'{ENTERPRISE} pr', {"bob"}),
    (f'{ENTERPRISE}: pr', {"bob"}),
    (f'schemas co "enterprise" and {USER} pr', {"bob"}),
    ('meta.resourceType eq "User" and title pr', {"ada"}),
    ('meta.resourceType eq "Group"', set()),
    ('meta.created gt "2020-01-01T01:00:00+01:00" and userName sw "a"', {"ada"}),
    ('meta.version eq "W/\\"1\\"" or title eq "chief"', None),
    ('title eq null', {"bob", "cyd"}),
    ('title gt "Chee" and title le "chief"', {"ada"}),
])
def test_people_are_found_by(office, text, names):
    found = office.find("Users", text)
    assert found == names if names is not None else "ada" in found


@pytest.mark.parametrize("text, names", [
    ('members.value eq "<ada>"', {"Night Shift"}),
    ('members eq "<Night Shift>"', {"All"}),
    ('members.display eq "ada"', {"Night Shift"}),
    ('members.display eq "night shift"', {"All"}),
    ('members[type eq "Group"]', {"All"}),
    ('members[type eq "User" and display eq "cyd"] and displayName ne "Viewer"', {"All"}),
    ('members[type eq "Group" and display eq "cyd"]', set()),
    ('members.value sw "<bob>"', {"Night Shift"}),
    ('members pr and displayName sw "n"', {"Night Shift"}),
    (f'{MUSTER_GROUP}:groupType eq "directory"', {"Night Shift", "All"}),
    ('groupType eq "role" and members.display eq "cyd"', {"Viewer"}),
    ('groupType ne "role"', {"Night Shift", "All"}),
    ('members[value eq "<ada>"] or members.display eq "cyd" and groupType eq "role"',
     {"Night Shift", "Viewer"}),
])
def test_groups_are_found_by(office, text, names):
    assert office.find("Groups", text) == names


def test_times_are_compared_as_they_are_shown(office):
    shown = office.scim.get(f"/Users/{office.ids['ada']}").body["meta"]["lastModified"]
    assert "ada" in office.find("Users", f'meta.lastModified eq "{shown}"')
    assert "ada" not in office.find("Users", f'meta.lastModified gt "{shown}"')
    assert "ada" in office.find("Users", f'meta.lastModified ge "{shown}"')
    assert "ada" not in office.find("Users", f'meta.lastModified ne "{shown}"')
    whole = shown[:19] + "Z"
    if shown[20:23] != "000":
        assert "ada" in office.find("Users", f'meta.lastModified gt "{whole}"')


# ---- what is refused ----

@pytest.mark.parametrize("text, named", [
    ("active gt true", "active"), ("active co \"t\"", "active"), ("active eq \"yes\"", "active"),
    ("active eq 1", "active"), ("emails.primary ge true", "primary"),
    ("meta.created gt \"yesterday\"", "meta.created"), ("meta.created eq 5", "meta.created"),
    ("meta.created sw \"2020\"", "meta.created"), ("meta.created gt null", "meta.created"),
    ("userName eq true", "userName"), ("groups.display eq false", "groups.display"),
    ("groups.nosuch eq \"x\"", "groups.nosuch"), ("manager.value co \"x\"", "manager.value"),
    ("addresses eq \"x\"", "addresses"), ("name eq \"x\"", "name"),
    ("nosuch pr", "nosuch"), ("urn:x:y pr", "urn:x:y"), (f"{ENTERPRISE} eq \"x\"", "enterprise"),
    ("lastLogin pr", "lastLogin"), ("title[value eq \"x\"]", "title"),
    ("emails[nosuch eq \"x\"]", "nosuch"), ("userName eq 'ada'", ""), ("userName eq", ""),
    ("$ref pr", "$ref"), ("groups[emails eq \"x\"]", "emails"), ("schemas eq 5", "schemas"),
])
def test_what_cannot_be_asked_is_named(office, text, named):
    refused = office.scim.find("Users", text)
    assert (refused.status, refused.body["scimType"]) == (400, "invalidFilter"), refused.body
    assert named in refused.body["detail"]


@pytest.mark.parametrize("text", [
    "password pr", "password eq \"x\"", "not (password eq \"x\")", "password sw \"$\"",
    f"{USER}:password pr", "password.value pr", "password[value sw \"$\"]",
    "PASSWORD eq null", "title pr or password pr", "emails[password pr]",
    "groups[password pr]", "manager.password pr", "userPassword pr", "tokenDigest pr",
    f"{MUSTER_USER}:password pr"])
def test_secrets_cannot_be_asked_for(office, text):
    for path in (f"/Users?filter={quote(text)}", f"/?filter={quote(text)}"):
        refused = office.scim.get(path)
        assert (refused.status, refused.body["scimType"]) == (400, "invalidFilter"), refused.body
    body = {"schemas": [SEARCH], "filter": text}
    assert office.scim.ask("POST", "/Users/.search", body).body["scimType"] == "invalidFilter"


def test_secrets_are_neither_sorted_by_nor_shown(office):
    assert office.scim.get("/Users?sortBy=password").status == 400
    for name in ("password", f"{USER}:password", "PASSWORD"):
        people = office.scim.get(f"/Users?attributes={name}").body["Resources"]
        assert all(set(person) == {"schemas", "id"} for person in people)


def test_limits_of_a_filter(office):
    assert office.scim.find("Users", " or ".join(["title pr"] * 200)).status == 200
    for text in (" or ".join(["title pr"] * 201), "(" * 33 + "title pr" + ")" * 33,
                 f'userName eq "{"x" * 10000}"'):
        answer = office.scim.ask("POST", "/Users/.search", {"schemas": [SEARCH], "filter": text})
        assert (answer.status, answer.body["scimType"]) == (400, "invalidFilter")
    assert office.scim.find("Users", "(" * 32 + "title pr" + ")" * 32).status == 200


def test_who_sees_no_roles_finds_nobody_by_them(office):
    made = office.tenant.sandbox.muster("token", "create", office.tenant.name, "people only",
                                        "--type", "scim", "--permission", "users.view", "--json")
    narrow = Scim(office.tenant.scim_url, json.loads(made.stdout)["token"])
    assert office.find("Users", "title pr", narrow) == {"ada"}
    assert office.find("Users", "roles pr", narrow) == {"ada"}
    for text in ('roles.value eq "Viewer"', 'groups.display eq "All"', "groups pr",
                 'groups.value eq "<Viewer>"', 'groups[value eq "<All>"]'):
        assert office.find("Users", text, narrow) == set(), text
    narrow.close()


def test_a_role_that_is_no_group_here_is_found_as_a_role_alone(sandbox):
    tenant = sandbox.new_tenant()
    client = tenant.scim()
    ada = create(client, "ada")
    tenant.sandbox.muster("role", "assign", tenant.name, "Viewer", ada)
    for text, count in (('roles.value eq "Viewer"', 1), ('groups.display eq "Viewer"', 0),
                        ("groups pr", 0), ('groups[type eq "direct"]', 0), ("roles pr", 1)):
        assert client.find("Users", text).body["totalResults"] == count, text
    client.close()


# ---- at the root ----

def root(office, ask="GET", **query):
    if ask == "GET":
        answer = office.scim.get(f"/?{urlencode(query, quote_via=quote)}")
    else:
        answer = office.scim.ask("POST", "/.search", {"schemas": [SEARCH], **query})
    assert answer.status == 200, answer.body
    return answer.body


def shown(body):
    return [r.get("userName", r.get("displayName")) for r in body["Resources"]]


@pytest.mark.parametrize("ask", ["GET", "POST"])
def test_the_root_finds_resources_of_all_types(office, ask):
    everything = root(office, ask, count=1000)
    types = [r["meta"]["resourceType"] for r in everything["Resources"]]
    assert types == sorted(types, reverse=True) and set(types) == {"User", "Group"}
    assert everything["totalResults"] == len(types)
    for resource in everything["Resources"]:
        assert f"/{resource['meta']['resourceType']}s/" in resource["meta"]["location"]
    for text, names in [
            ('meta.resourceType eq "User"', ["ada", "bob", "cyd"]),
            ('displayName sw "A" and meta.resourceType eq "Group" and groupType eq "directory"',
             ["All"]),
            ('userName eq "ada" or displayName eq "All"', ["ada", "All"]),
            ('title eq null and id eq "<All>"', ["All"]),
            ('members.value eq "<ada>" or manager.value eq "<ada>"', ["bob", "Night Shift"]),
            ('not (userName pr) and groupType eq "directory"', ["Night Shift", "All"]),
            ('emails[type eq "home"]', ["ada"]),
            ('externalId pr', ["ada", "bob"])]:
        found = root(office, ask, filter=office.said(text))
        assert shown(found) == names, text
        assert found["totalResults"] == len(names)


def test_what_no_type_has_is_named(office):
    for text in ("nosuch pr", 'userName eq "a" or nosuch eq 5', 'emails[nosuch eq "x"]',
                 'members.nosuch pr'):
        answer = office.scim.get(f"/?filter={quote(text)}")
        assert (answer.status, answer.body["scimType"]) == (400, "invalidFilter")
        assert "nosuch" in answer.body["detail"]


@pytest.mark.parametrize("query", [{}, {"sortBy": "meta.created", "sortOrder": "descending"},
                                   {"filter": "displayName pr"}, {"sortBy": "externalId"}],
                         ids=json.dumps)
def test_pages_of_the_root_hold_it_all(office, query):
    whole = [r["id"] for r in root(office, count=1000, **query)["Resources"]]
    for count in (1, 3, 1000):
        walked, start = [], 1
        while start <= len(whole):
            page = root(office, startIndex=start, count=count, **query)
            assert page["totalResults"] == len(whole)
            walked += [r["id"] for r in page["Resources"]]
            start += len(page["Resources"])
        assert walked == whole
        walked, cursor = [], ""
        while cursor is not None:
            page = root(office, "POST", cursor=cursor, count=count, **query)
            walked += [r["id"] for r in page["Resources"]]
            cursor = page.get("nextCursor")
        assert walked == whole


def test_attributes_are_those_of_each_type(office):
    found = root(office, attributes="userName,members", filter=office.said(
        'id eq "<ada>" or id eq "<Night Shift>"'))["Resources"]
    assert set(found[0]) == {"schemas", "id", "userName"}
    assert set(found[1]) == {"schemas", "id", "members"} and len(found[1]["members"]) == 2


def test_the_root_is_one_tenant_s_own(sandbox, office):
    other = Scim(office.tenant.scim_url, sandbox.acme.scim_token)
    assert other.get("/").octets == other.get("/Users").octets
    assert other.get("/").status == 404
    bare = Scim(office.tenant.scim_url.rsplit("/", 1)[0], office.tenant.scim_token)
    for path in ("/", ""):
        assert bare.get(path).body["totalResults"] == root(office)["totalResults"]
    ada = bare.get(f"/?filter={quote('userName eq ada')}").body["Resources"][0]
    assert bare.get(ada["meta"]["location"].split("/scim/v2", 1)[1]).status == 200
    assert bare.ask("POST", "/.search", {"schemas": [SEARCH]}).status == 200
    assert bare.get("/nobody").status == 404
    assert bare.get("/.search").status == 405


# ---- parts of what refers to others ----

@pytest.mark.parametrize("names, keys", [
    ("attributes=members.value", {"value"}),
    ("attributes=members.display,MEMBERS.$REF", {"display", "$ref"}),
    ("attributes=members", {"value", "display", "$ref", "type"}),
    ("excludedAttributes=members.display", {"value", "$ref", "type"}),
    ("excludedAttributes=members.display,members.$ref,members.type", {"value"}),
    ("excludedAttributes=members", None),
    ("excludedAttributes=members.value,members.display,members.$ref,members.type,members.kind",
     None),
    ("attributes=displayName", None),
    ("attributes=members.nosuch", None),
])
def test_parts_of_members_are_chosen(office, names, keys):
    group = office.scim.get(f"/Groups/{office.ids['Night Shift']}?{names}")
    assert group.status == 200
    shown_keys = [set(member) for member in group.body.get("members", [])]
    assert shown_keys == ([keys] * 2 if keys else [])


@pytest.mark.parametrize("names, keys", [
    ("attributes=groups.display", {"display"}),
    (f"attributes={USER}:groups.value", {"value"}),
    ("excludedAttributes=groups.$ref", {"value", "display", "type"}),
    (f"attributes={USER}", {"value", "display", "$ref", "type"}),
    ("excludedAttributes=groups", None),
])
def test_parts_of_groups_are_chosen(office, names, keys):
    person = office.scim.get(f"/Users/{office.ids['ada']}?{names}").body
    assert [set(group) for group in person.get("groups", [])] == ([keys] if keys else [])
