"""The SCIM door of a real musterd: who gets in, what comes out, what stays away."""

import json
import socket
import threading
from urllib.parse import quote, urlsplit

import pytest

from muster import GROUP, PATCH_OP, USER, Scim, wait_until

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MUSTER_GROUP = "urn:ietf:params:scim:schemas:extension:muster:2.0:Group"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.fixture(scope="module")
def scim(sandbox):
    client = sandbox.new_tenant().scim()
    yield client
    client.close()


def names(answer, key="userName"):
    assert answer.status == 200, answer.body
    return sorted(resource[key] for resource in answer.body["Resources"])


def refused(answer, status, scim_type=None):
    assert (answer.status, answer.body.get("scimType")) == (status, scim_type), answer.body
    assert answer.body["schemas"] == [ERROR] and answer.body["status"] == str(status)
    return answer.body["detail"]


# ---- what is a Group ----

def test_a_built_in_role_is_a_group_for_who_asked_for_it(sandbox):
    tenant = sandbox.new_tenant()
    client = tenant.scim()
    ann = client.create_user("ann").body["id"]
    roles = {row["role"]: row["id"] for row in json.loads(
        sandbox.muster("role", "list", tenant.name, "--json").stdout)}
    sandbox.muster("role", "assign", tenant.name, "Viewer", "ann")
    admin, join = "/Groups/" + roles["Admin"], {
        "op": "add", "path": "members", "value": [{"value": ann}]}

    # A group that a provider pushes meets no role of its name.
    assert client.get("/Groups").body["totalResults"] == 0
    pushed = client.create_group("Admin", ann)
    assert pushed.status == 201 and pushed.body["id"] != roles["Admin"]
    assert names(client.get("/Groups?filter=displayName%20eq%20%22Admin%22"), "id") == [
        pushed.body["id"]]
    shown = client.get("/Users/" + ann).body
    assert [group["value"] for group in shown["groups"]] == [pushed.body["id"]]
    assert [role["value"] for role in shown["roles"]] == ["Viewer"]
    unknown = client.get("/Groups/00000000-0000-7000-8000-000000000000")
    assert client.get(admin).octets == unknown.octets
    assert client.patch(admin, join).octets == unknown.octets
    changed = client.get("/Groups?since=2000-01-01T00:00:00Z").body
    assert [group["id"] for group in changed["Resources"]] == [pushed.body["id"]]

    tenant.show_roles()
    assert client.get("/Groups").body["totalResults"] == len(roles) + 1
    assert client.get(admin).body["displayName"] == "Admin"
    assert {group["display"] for group in client.get("/Users/" + ann).body["groups"]} == {
        "Admin", "Viewer"}
    client.close()


# ---- whose an address is ----

def test_an_address_is_shared_where_the_policy_says_so(sandbox):
    tenant = sandbox.new_tenant()

    def policy(value, *words):
        done = sandbox.muster("policy", "set", tenant.name, "email.uniqueness", "--value", value,
                              "--json", *words)
        return json.loads(done.stdout)

    client = tenant.scim()

    def create(name):
        return client.ask("POST", "/Users", {"schemas": [USER], "userName": name,
                                             "emails": [{"value": "desk@example.com"}]})

    assert policy("tenant", "--confirm", "0")["count"] == 0
    assert create("first").status == 201
    assert "emails.value" in refused(create("second"), 409, "uniqueness")
    policy("none", "--confirm", "0")
    assert create("second").status == 201
    assert names(client.get("/Users?filter=emails.value%20eq%20%22DESK@example.com%22")) == [
        "first", "second"]
    assert policy("tenant")["count"] == 2
    policy("tenant", "--confirm", "2")
    refused(create("third"), 409, "uniqueness")
    assert names(client.get("/Users")) == ["first", "second"]
    client.close()


# ---- who gets in ----

def test_a_stranger_is_asked_for_a_token(sandbox):
    client = sandbox.acme.scim(token="mst_scim_nobody")
    wrong = client.get("/Users")
    refused(wrong, 401)
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")
    client.token = ""
    assert client.get("/Users").octets == wrong.octets


def test_a_stranger_cannot_make_us_read_a_body(sandbox):
    client = sandbox.acme.scim(token="mst_scim_nobody")
    refused(client.ask("POST", "/Users", "{" * 1000), 401)


def test_another_tenants_path_is_as_unknown_as_one_that_never_was(sandbox):
    token = sandbox.acme.scim_token
    other = Scim(sandbox.globex.scim_url, token).get("/Users")
    never = Scim(sandbox.globex.scim_url.replace("globex", "nowhere"), token).get("/Users")
    refused(other, 404)
    assert other.octets == never.octets


def test_another_tenants_people_are_not_there(sandbox):
    theirs = sandbox.globex.scim().create_user("canary-person").body
    mine = sandbox.acme.scim()
    unknown = mine.get("/Users/00000000-0000-7000-8000-000000000000")
    for method, body in (("GET", None), ("DELETE", None),
                         ("PATCH", {"schemas": [PATCH_OP], "Operations": [
                             {"op": "replace", "path": "title", "value": "x"}]}),
                         ("PUT", {"schemas": [USER], "userName": "canary-person"})):
        answer = mine.ask(method, "/Users/" + theirs["id"], body)
        assert (answer.status, answer.octets) == (404, unknown.octets), method
    for text in (f'id eq "{theirs["id"]}"', 'userName sw "canary"', 'not (userName eq "x")'):
        assert b"canary" not in mine.find("Users", text).octets
    detail = refused(mine.create_group("theirs", theirs["id"]), 400, "invalidValue")
    assert detail == refused(mine.create_group("theirs", "00000000-0000-7000-8000-000000000000"),
                             400, "invalidValue")


@pytest.mark.parametrize("method, path, body", [
    ("POST", "/Users", {"schemas": [USER], "userName": "too-late"}),
    ("POST", "/Users/.search", {"schemas": [
        "urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}),
    ("PATCH", "/Users/{id}", {"schemas": [PATCH_OP], "Operations": []}),
])
def test_a_token_revoked_while_the_body_comes_is_refused(sandbox, method, path, body):
    tenant = sandbox.new_tenant()
    user = tenant.scim().create_user("early").body
    name = tenant.base_dn.split(",")[0].removeprefix("o=")
    made = json.loads(sandbox.muster("token", "create", name, "brief", "--json").stdout)
    parts, text = urlsplit(tenant.scim_url), json.dumps(body)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as s:
        s.sendall((f"{method} {parts.path}{path.format(id=user['id'])} HTTP/1.1\r\n"
                   f"Host: {parts.netloc}\r\nAuthorization: Bearer {made['token']}\r\n"
                   "Content-Type: application/scim+json\r\nExpect: 100-continue\r\n"
                   f"Content-Length: {len(text)}\r\n\r\n").encode())
        assert s.recv(1000).startswith(b"HTTP/1.1 100 ")  # the head has been let in
        sandbox.muster("token", "revoke", name, "brief")
        s.sendall(text.encode())
        assert s.recv(65536).startswith(b"HTTP/1.1 401 ")
    assert tenant.scim().get("/Users").body["totalResults"] == 1


def test_many_attribute_names_take_little_memory(own_sandbox):
    def most():
        with open(f"/proc/{own_sandbox.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmHWM"))
    before = most()
    answer = own_sandbox.acme.scim().ask("POST", "/Users/.search", {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "attributes": ["x" * 90] * 8000})
    assert answer.status in (200, 400)
    assert most() - before < 256 * 1024


def test_the_tenant_may_be_left_to_the_token(sandbox):
    base = sandbox.acme.scim_url.rsplit("/", 1)[0]
    client = Scim(base, sandbox.acme.scim_token)
    made = client.create_user("by-token").body
    assert made["meta"]["location"].endswith("/scim/v2/Users/" + made["id"])
    assert client.get("/Users/" + made["id"]).body["userName"] == "by-token"


# ---- people ----

@pytest.mark.parametrize("word", ["Bulk", "Me", "Users", "Groups", "Schemas", ".search"])
def test_a_word_of_ours_is_no_tenant(sandbox, word):
    scim = sandbox.acme.scim()
    scim.base = "/scim/v2"
    for kind in ("Users", "Groups", "Schemas"):
        refused(scim.get(f"/{word}/{kind}"), 404)
    made = {"schemas": [USER], "userName": "lost"}
    assert scim.ask("POST", f"/{word}/Users", made).status in (404, 405)
    assert scim.find("Users", 'userName eq "lost"').body["totalResults"] == 0
    for search in ("/.search", "/Users/.search"):
        assert scim.ask("POST", search, {"schemas": [
            "urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}).status == 200


def test_what_is_created_comes_back(scim):
    made = scim.ask("POST", "/Users", {
        "schemas": [USER, ENTERPRISE], "userName": "bjensen", "externalId": "701984",
        "name": {"familyName": "Jensen", "givenName": "Barbara"}, "nickName": None,
        "emails": [{"value": "b@example.com", "type": "work", "primary": "True"},
                   {"value": "b@home.example", "type": "home"}],
        "addresses": [{"streetAddress": "100 Plaza", "country": "US", "type": "work"}],
        "id": "mine", "meta": {"created": "1999-01-01T00:00:00Z"}, "groups": [{"value": "x"}],
        "favouriteColour": "blue", ENTERPRISE: {"department": "Tours"}})
    assert made.status == 201, made.body
    assert made.headers["Location"] == made.body["meta"]["location"]
    assert made.headers["ETag"] == made.body["meta"]["version"] == 'W/"1"'
    assert made.headers["Content-Type"] == "application/scim+json"
    body = scim.get("/Users/" + made.body["id"]).body
    assert body == made.body
    assert body["name"] == {"familyName": "Jensen", "givenName": "Barbara"}
    assert body["emails"][0] == {"value": "b@example.com", "type": "work", "primary": True}
    assert body[ENTERPRISE] == {"department": "Tours"} and ENTERPRISE in body["schemas"]
    assert body["active"] is True and "groups" not in body and "favouriteColour" not in body


def test_a_password_is_set_and_never_seen(sandbox):
    tenant = sandbox.new_tenant()
    scim = tenant.scim()
    made = scim.create_user("secretive", password="correct horse battery")
    assert made.status == 201 and b"password" not in made.octets and b"argon2" not in made.octets
    tenant.bind(tenant.user_dn("secretive"), "correct horse battery").unbind_s()
    path = "/Users/" + made.body["id"]
    changed = scim.patch(path, {"op": "replace", "value": {"password": "another battery staple"}})
    assert changed.status == 200 and b"another" not in changed.octets
    tenant.bind(tenant.user_dn("secretive"), "another battery staple").unbind_s()
    put = scim.ask("PUT", path, {"schemas": [USER], "userName": "secretive", "title": "T"})
    assert put.status == 200, put.body
    tenant.bind(tenant.user_dn("secretive"), "another battery staple").unbind_s()
    refused(scim.get("/Users?filter=" + quote('password sw "$argon2"')), 400, "invalidFilter")
    refused(scim.create_user("short", password="short"), 400, "invalidValue")
    refused(scim.create_user("long", password="x" * 5000), 400, "invalidValue")
    assert "password" not in scim.get(path + "?attributes=password,userName").body


def test_who_is_made_inactive_is_refused_at_the_next_bind(sandbox):
    tenant = sandbox.new_tenant()
    scim = tenant.scim()
    made = scim.create_user("leaver", password="correct horse battery").body
    tenant.bind(tenant.user_dn("leaver"), "correct horse battery").unbind_s()
    path = "/Users/" + made["id"]
    answer = scim.patch(path, {"op": "Replace", "path": "active", "value": "False"})
    assert answer.body["active"] is False
    with pytest.raises(Exception):
        tenant.bind(tenant.user_dn("leaver"), "correct horse battery")
    for value in (None, 0, [], "yes", {}):
        refused(scim.patch(path, {"op": "replace", "path": "active", "value": value}), 400,
                "invalidValue")
    assert scim.get(path).body["active"] is False
    scim.patch(path, {"op": "replace", "path": "active", "value": True})
    tenant.bind(tenant.user_dn("leaver"), "correct horse battery").unbind_s()


def test_a_taken_name_is_refused_in_any_spelling(scim):
    assert scim.create_user("admin.one").status == 201
    for name in ("ADMIN.ONE", "\uff41dmin.one", "adm\u00adin.one"):
        answer = scim.ask("POST", "/Users", {"schemas": [USER], "userName": name})
        assert "userName" in refused(answer, 409, "uniqueness")


@pytest.mark.parametrize("body, scim_type", [
    ("{", "invalidSyntax"),
    ("[" * 40 + "]" * 40, "invalidSyntax"),
    ('{"schemas":["%s"],"userName":"a","userName":"b"}' % USER, "invalidSyntax"),
    ('{"schemas":["%s"],"userName":"a","USERNAME":"b"}' % USER, "invalidSyntax"),
    ('{"schemas":["%s"],"userName":"a\\u0000"}' % USER, "invalidSyntax"),
    ('{"schemas":["%s"],"userName":"a\\u0001"}' % USER, "invalidValue"),
    ('{"schemas":["%s"],"userName":42}' % USER, "invalidValue"),
    ('{"schemas":["urn:example:no"],"userName":"a"}', "invalidValue"),
    ('{"userName":"a"}', "invalidValue"),
    ('{"schemas":["%s"]}' % USER, "invalidValue"),
    ('{"schemas":["%s"],"userName":"a","active":"maybe"}' % USER, "invalidValue"),
    ('{"schemas":["%s"],"userName":"a","emails":[{"value":"a@b.c","primary":true},'
     '{"value":"d@e.f","primary":true}]}' % USER, "invalidValue"),
    ('{"schemas":["%s"],"userName":"%s"}' % (USER, "x" * 300), "invalidValue"),
])
def test_a_bad_body_is_refused_with_its_reason(scim, body, scim_type):
    assert refused(scim.ask("POST", "/Users", body), 400, scim_type)


def test_only_json_is_read(scim):
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        refused(scim.ask("POST", "/Users", "x", Content_Type=media_type), 415)
    assert scim.ask("POST", "/Users", {"schemas": [USER], "userName": "plain-json"},
                    Content_Type="application/json; charset=utf-8").status == 201


# ---- PATCH ----

def test_a_patch_is_all_or_nothing(scim):
    made = scim.create_user("atomic", title="before").body
    path = "/Users/" + made["id"]
    change = {"op": "replace", "path": "title", "value": "after"}
    for last, scim_type in (({"op": "remove"}, "noTarget"),
                            ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
                            ({"op": "remove", "path": "userName"}, "mutability"),
                            ({"op": "add", "path": "groups", "value": []}, "mutability"),
                            ({"op": "replace", "path": "emails[type eq \"no\"].value",
                              "value": "a@b.c"}, "noTarget"),
                            ({"op": "replace", "path": "name..x", "value": "a"}, "invalidPath"),
                            ({"op": "replace", "path": "emails[", "value": "a"}, "invalidPath")):
        refused(scim.patch(path, change, last), 400, scim_type)
    assert scim.get(path).body == made
    refused(scim.patch(path, *[change] * 1001), 413, "tooLarge")


def test_nobody_overwrites_what_they_have_not_seen(scim):
    path = "/Users/" + scim.create_user("versions").body["id"]
    first = scim.get(path).headers["ETag"]
    assert scim.ask("GET", path, If_None_Match=first).status == 304
    title = {"schemas": [PATCH_OP],
             "Operations": [{"op": "add", "path": "title", "value": "one"}]}
    assert scim.ask("PATCH", path, title, If_Match=first).status == 200
    title["Operations"][0]["value"] = "two"
    refused(scim.ask("PATCH", path, title, If_Match=first), 412)
    refused(scim.ask("DELETE", path, If_Match=first), 412)
    assert scim.get(path).body["title"] == "one"
    assert scim.ask("PATCH", path, title, If_Match="*").status == 200


def test_changes_that_meet_are_both_there(sandbox):
    tenant = sandbox.new_tenant()
    path = "/Users/" + tenant.scim().create_user("busy").body["id"]
    statuses = []

    def add_numbers(kind):
        scim = tenant.scim()
        for n in range(20):
            statuses.append(scim.patch(path, {"op": "add", "path": "phoneNumbers", "value": [
                {"value": f"{kind}-{n}", "type": "other"}]}).status)
        scim.close()

    threads = [threading.Thread(target=add_numbers, args=(kind,)) for kind in ("555", "666")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40
    assert len(tenant.scim().get(path).body["phoneNumbers"]) == 40


# ---- groups ----

def test_members_come_and_go(scim):
    people = [scim.create_user(f"member-{n}").body["id"] for n in range(3)]
    path = "/Groups/" + scim.create_group("Night Shift", people[0]).body["id"]
    add = {"op": "add", "path": "members", "value": [{"value": people[1]}, {"value": people[2]}]}
    assert scim.patch(path, add).status == 204
    assert scim.patch(path, add).status == 204
    assert sorted(m["value"] for m in scim.get(path).body["members"]) == sorted(people)
    assert scim.get("/Users/" + people[0]).body["groups"][0]["display"] == "Night Shift"
    gone = {"op": "remove", "path": f'members[value eq "{people[0]}"]'}
    assert scim.patch(path, gone).status == 204
    assert scim.patch(path, gone).status == 204
    assert "groups" not in scim.get("/Users/" + people[0]).body
    assert scim.find("Groups", f'members.value eq "{people[1]}"').body["totalResults"] == 1
    assert scim.patch(path, {"op": "replace", "path": "members",
                             "value": [{"value": people[0]}]}).status == 204
    assert [m["value"] for m in scim.get(path).body["members"]] == [people[0]]
    assert scim.patch(path, {"op": "replace", "value": {"displayName": "Day Shift"}}).status == 204
    body = scim.get(path + "?excludedAttributes=members").body
    assert body["displayName"] == "Day Shift" and "members" not in body
    assert scim.ask("DELETE", path).status == 204
    refused(scim.get(path), 404)


def test_a_group_may_be_a_scope_or_a_role(scim):
    for word in ("scope", "role", "directory"):
        made = scim.ask("POST", "/Groups", {
            "schemas": [GROUP, MUSTER_GROUP], "displayName": "A " + word,
            MUSTER_GROUP: {"groupType": word}})
        assert made.status == 201, made.body
        assert scim.get("/Groups/" + made.body["id"]).body[MUSTER_GROUP] == {"groupType": word}


def test_a_role_shows_on_its_holder(scim):
    person = scim.create_user("role-holder").body["id"]
    role = scim.ask("POST", "/Groups", {
        "schemas": [GROUP, MUSTER_GROUP], "displayName": "Crane Driver",
        MUSTER_GROUP: {"groupType": "role"}, "members": [{"value": person}]})
    assert role.status == 201, role.body
    roles = scim.get("/Users/" + person).body["roles"]
    assert [r["value"] for r in roles] == ["Crane Driver"]


# ---- lists ----

def test_pages_are_disjoint_and_complete(sandbox):
    scim = sandbox.new_tenant().scim()
    for n in range(7):
        assert scim.create_user(f"page-{n}").status == 201
    seen = []
    for start in (1, 4, 7):
        body = scim.get(f"/Users?startIndex={start}&count=3").body
        assert body["totalResults"] == scim.get("/Users?count=0").body["totalResults"]
        assert body["itemsPerPage"] == len(body["Resources"])
        seen += [resource["id"] for resource in body["Resources"]]
    assert len(seen) == len(set(seen)) == scim.get("/Users").body["totalResults"]
    refused(scim.get("/Users?count=many"), 400, "invalidValue")
    refused(scim.get("/Users?count=1&count=2"), 400, "invalidValue")


def test_a_filter_of_any_size_is_answered_or_refused(scim):
    refused(scim.find("Users", "(" * 40 + 'userName eq "x"' + ")" * 40), 400, "invalidFilter")
    refused(scim.find("Users", " or ".join(['userName eq "x"'] * 201)), 400, "invalidFilter")
    refused(scim.find("Users", 'nosuch eq "x"'), 400, "invalidFilter")
    assert scim.find("Users", 'userName eq "*)(uid=*"').body["totalResults"] == 0
    assert scim.find("Users", 'userName eq "\\u0000"').status == 400


def test_discovery_tells_the_truth(scim):
    config = scim.get("/ServiceProviderConfig").body
    assert config["patch"]["supported"] and config["etag"]["supported"]
    assert config["bulk"]["supported"] and config["sort"]["supported"]
    schemas = {schema["id"]: schema for schema in scim.get("/Schemas").body["Resources"]}
    assert {USER, GROUP, ENTERPRISE, MUSTER_GROUP} <= set(schemas)
    assert scim.get("/Schemas/" + USER).body == schemas[USER]
    refused(scim.get("/Schemas/urn:nothing"), 404)
    for kind in scim.get("/ResourceTypes").body["Resources"]:
        assert scim.get(kind["endpoint"]).status == 200
        assert kind["schema"] in schemas
        assert all(e["schema"] in schemas for e in kind["schemaExtensions"])
    refused(scim.get("/Me"), 404)


def test_what_can_be_written_is_in_the_schema(scim):
    """Each attribute that the schema calls a writable string is kept."""
    attributes = scim.get("/Schemas/" + USER).body["attributes"]
    body = {"schemas": [USER], "userName": "schema-user"}
    for a in attributes:
        if a["type"] in ("string", "reference") and a["mutability"] == "readWrite" and \
                not a["multiValued"] and a["name"] != "userName":
            body[a["name"]] = "value of " + a["name"]
        if a["type"] == "complex" and a["mutability"] == "readWrite":
            parts = {s["name"]: "a@b.example" for s in a["subAttributes"]
                     if s["type"] in ("string", "reference")}
            body[a["name"]] = [parts] if a["multiValued"] else parts
    made = scim.ask("POST", "/Users", body)
    assert made.status == 201, made.body
    got = scim.get("/Users/" + made.body["id"]).body
    assert {key: got.get(key) for key in body} == body


MUSTER_USER = "urn:ietf:params:scim:schemas:extension:muster:2.0:User"
PLATFORM = {"partsListType": "Full BOM", "discounts": {"default": 12.5, "a": 0, "b": None}}


def make_extended(scim, name, **extension):
    body = {"schemas": [USER, MUSTER_USER], "userName": name, MUSTER_USER: extension}
    return scim.ask("POST", "/Users", body)


def extension_of(scim, id):
    return scim.get("/Users/" + id).body.get(MUSTER_USER, {})


def test_what_the_platform_keeps_comes_back_as_it_was(scim):
    said = {"platform": PLATFORM, "hasHistory": True, "authMethods": ["password", "totp"],
            "mustChangePassword": True, "emailVerified": True, "expires": "2099-01-01T00:00:00.000Z",
            "apps": [{"value": "reports", "version": "1.2", "status": "installed"},
                     {"value": "nfc"}]}
    made = make_extended(scim, "platform-person", **said)
    assert made.status == 201, made.body
    got = extension_of(scim, made.body["id"])
    assert got.pop("emailVerifiedAt")
    assert got == said


def test_a_replacement_that_does_not_speak_of_the_extension_keeps_it(scim):
    made = make_extended(scim, "kept-person", platform=PLATFORM, hasHistory=True).body
    plain = {"schemas": [USER], "userName": "kept-person", "title": "Dr"}
    assert scim.ask("PUT", "/Users/" + made["id"], plain).status == 200
    assert extension_of(scim, made["id"]) == {"platform": PLATFORM, "hasHistory": True}
    said = {**plain, "schemas": [USER, MUSTER_USER], MUSTER_USER: {"hasHistory": False}}
    assert scim.ask("PUT", "/Users/" + made["id"], said).status == 200
    assert extension_of(scim, made["id"]) == {"hasHistory": False}


def test_a_discount_is_a_percentage_or_nothing(scim):
    for discounts in ({"a": 101}, {"a": -1}, {"a": "5"}, {"d": 5}, [5], {"default": True}):
        refused(make_extended(scim, "bargain", platform={"discounts": discounts}), 400,
                "invalidValue")
    refused(make_extended(scim, "bargain", platform="Full BOM"), 400, "invalidValue")
    refused(make_extended(scim, "bargain", platform={"x": "y" * 4096}), 413, "tooLarge")


def test_a_person_is_inactive_for_a_reason(scim):
    made = scim.create_user("leaver").body
    path = "/Users/" + made["id"]

    def patch(value):
        return scim.ask("PATCH", path, {"schemas": [PATCH_OP], "Operations": [
            {"op": "replace", "value": value}]})

    assert patch({"active": False}).status == 200
    assert extension_of(scim, made["id"])["statusReason"] == "other"
    assert patch({f"{MUSTER_USER}:statusReason": "left"}).status == 200
    got = extension_of(scim, made["id"])
    assert got["statusReason"] == "left" and got["deactivatedAt"] and got["deactivatedBy"]
    assert names(scim.find("Users", f'{MUSTER_USER}:statusReason eq "left"')) == ["leaver"]
    refused(patch({f"{MUSTER_USER}:statusReason": "bored"}), 400, "invalidValue")
    assert patch({"active": True}).status == 200
    assert extension_of(scim, made["id"]) == {}


def test_when_somebody_signed_in_is_read_only(scim):
    made = scim.create_user("never-seen").body
    refused(scim.find("Users", f"{MUSTER_USER}:lastLogin pr"), 400, "invalidFilter")
    refused(scim.ask("PATCH", "/Users/" + made["id"], {"schemas": [PATCH_OP], "Operations": [
        {"op": "replace", "path": f"{MUSTER_USER}:lastLogin", "value": "2020-01-01T00:00:00Z"}]}),
        400, "mutability")
    assert extension_of(scim, made["id"]) == {}


def test_a_person_shows_the_scopes_that_hold_them(sandbox):
    tenant = sandbox.new_tenant()
    scim, api = tenant.scim(), tenant.api("scopes.view", "scopes.edit")
    made = scim.create_user("scoped").body
    site = api.ask("PUT", "/scopes/site/plant-17", {"name": "Bandung"}).body
    other = scim.ask("POST", "/Groups", {
        "schemas": [GROUP, MUSTER_GROUP], "displayName": "Unkind",
        MUSTER_GROUP: {"groupType": "scope"}, "members": [{"value": made["id"]}]}).body
    assert scim.ask("PATCH", "/Groups/" + site["id"], {"schemas": [PATCH_OP], "Operations": [
        {"op": "add", "path": "members", "value": [{"value": made["id"]}]}]}).status == 204
    got = scim.get("/Users/" + made["id"])
    scopes = {row["display"]: row for row in got.body[MUSTER_USER]["scopes"]}
    assert MUSTER_USER in got.body["schemas"]
    assert scopes == {
        "Bandung": {"value": site["id"], "display": "Bandung", "kind": "site",
                    "$ref": scopes["Bandung"]["$ref"]},
        "Unkind": {"value": other["id"], "display": "Unkind", "$ref": scopes["Unkind"]["$ref"]}}
    assert scopes["Bandung"]["$ref"].endswith("/Groups/" + site["id"])
    path = "/Users/" + made["id"]
    assert set(scim.get(path + "?attributes=scopes").body) == {"schemas", "id", MUSTER_USER}
    without = scim.get(path + f"?excludedAttributes={MUSTER_USER}:scopes").body
    assert MUSTER_USER not in without and len(without["groups"]) == 2
    assert scim.find("Users", 'userName eq "scoped"').body["Resources"] == [got.body]
    # Read-only: passed over in what is put, refused in a patch.
    assert scim.ask("PUT", path, {**got.body, MUSTER_USER: {"scopes": []}}).status == 200
    assert scim.get(path).body[MUSTER_USER]["scopes"] == got.body[MUSTER_USER]["scopes"]
    refused(scim.ask("PATCH", path, {"schemas": [PATCH_OP], "Operations": [
        {"op": "remove", "path": f"{MUSTER_USER}:scopes"}]}), 400, "mutability")
    known = {a["name"]: a for a in scim.get("/Schemas/" + MUSTER_USER).body["attributes"]}
    parts = {part["name"] for part in known["scopes"]["subAttributes"]}
    assert set(scopes["Bandung"]) == parts and known["scopes"]["mutability"] == "readOnly"
    scim.close()
    api.close()


def test_full_access_is_no_ones_where_the_company_has_none(scim):
    refused(make_extended(scim, "emperor", fullAccess=True), 400, "invalidValue")


def test_who_has_a_history_is_not_deleted(scim):
    made = make_extended(scim, "worker", hasHistory=True).body
    assert scim.ask("DELETE", "/Users/" + made["id"]).status == 409
    assert scim.get("/Users/" + made["id"]).status == 200


def test_nobody_stands_above_themselves(scim):
    boss, hand = scim.create_user("tree-boss").body, scim.create_user("tree-hand").body

    def put_under(person, manager):
        return scim.ask("PATCH", "/Users/" + person["id"], {"schemas": [PATCH_OP], "Operations": [
            {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": manager["id"]}}]})

    assert put_under(hand, boss).status == 200
    refused(put_under(boss, hand), 400, "invalidValue")
    assert names(scim.find("Users", f'manager.value eq "{boss["id"]}"')) == ["tree-hand"]


def test_what_can_be_written_of_the_extension_is_in_its_schema(scim):
    schema = scim.get("/Schemas/" + MUSTER_USER).body
    known = {a["name"]: a["mutability"] for a in schema["attributes"]}
    made = make_extended(scim, "complete", platform=PLATFORM, apps=[{"value": "x"}],
                         mustChangePassword=False, invited=False).body
    assert set(made[MUSTER_USER]) <= set(known)
    assert known["deactivatedAt"] == known["emailVerifiedAt"] == "readOnly"


def test_the_door_stays_open_while_people_are_written(sandbox):
    tenant = sandbox.new_tenant()

    def write(n):
        scim = tenant.scim()
        for i in range(25):
            assert scim.create_user(f"many-{n}-{i}").status == 201
        scim.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    scim = tenant.scim()
    wait_until(lambda: scim.get("/Users?count=0").body["totalResults"] == 100)
    for thread in threads:
        thread.join()
    assert scim.find("Users", 'userName sw "many-"').body["totalResults"] == 100
