"""What the served documents say of each attribute holds: it is written, read, left out, searched in
another case, changed and removed, and the door does what the document promises."""

import itertools
import uuid
from urllib.parse import quote

import pytest

from muster import GROUP, PATCH_OP, USER

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MUSTER_USER = "urn:ietf:params:scim:schemas:extension:muster:2.0:User"
TEST = "urn:ietf:params:scim:schemas:test:2.0:TestResource"
TEST_MORE = "urn:ietf:params:scim:schemas:extension:test:2.0:TestResource"
CORE = {"User": USER, "Group": GROUP, "TestResource": TEST}
SAMPLES = {"string": "Some Text", "boolean": True, "integer": 7, "decimal": 2.5, "binary": "AAEC/w==",
           "dateTime": "2090-01-02T03:04:05.000Z", "reference": "https://example.com/Some"}
MISFITS = {"string": 1, "boolean": "yes", "integer": 1.5, "decimal": "2", "binary": "no base64!",
           "dateTime": "yesterday", "reference": {"a": 1}}
# Not sampled: what other entries, a policy or a person's state decides, each with tests of its own.
ELSEWHERE = {"manager", "members", "groups", "roles", "entitlements", "scopes", "platform", "groupType",
             "fullAccess", "password", "statusReason", "invited", "active"}
number = itertools.count()


class Kind:
    """A resource type as the door describes it, and one of its resources as small as may be."""

    def __init__(self, scim, document, schemas):
        self.scim, self.name, self.endpoint = scim, document["name"], document["endpoint"]
        self.urns = [document["schema"]] + [e["schema"] for e in document["schemaExtensions"]]
        self.schemas = {urn: schemas[urn] for urn in self.urns}

    def body(self):
        body = {"schemas": self.urns}
        for urn, schema in self.schemas.items():
            for row in schema["attributes"]:
                if row["required"]:
                    place(body, self.core, urn, row["name"], f"{self.name} {next(number)}")
        return body

    @property
    def core(self):
        return self.urns[0]

    def make(self, urn=None, row=None, value=None):
        body = self.body()
        if row:
            place(body, self.core, urn, row["name"], value)
        return self.scim.ask("POST", self.endpoint, body)

    def read(self, id, **query):
        text = "&".join(f"{key}={quote(value)}" for key, value in query.items())
        answer = self.scim.get(f"{self.endpoint}/{id}?{text}")
        assert answer.status == 200, answer.body
        return answer.body

    def patch(self, id, op, path, *value):
        operation = {"op": op, "path": path, **({"value": value[0]} if value else {})}
        return self.scim.ask("PATCH", f"{self.endpoint}/{id}?attributes=id", {
            "schemas": [PATCH_OP], "Operations": [operation]})


def place(body, core, urn, name, value):
    (body if urn == core else body.setdefault(urn, {}))[name] = value


def find(resource, core, urn, name):
    return (resource if urn == core else resource.get(urn, {})).get(name)


def sample(row):
    if row["type"] == "complex":
        parts = {part["name"]: sample(part) for part in row["subAttributes"]
                 if part["mutability"] != "readOnly"}
        if row["name"] == "emails":
            parts["value"] = f"Some{next(number)}@example.com"
        return [parts] if row["multiValued"] else parts
    value = (row.get("canonicalValues") or [SAMPLES[row["type"]]])[0]
    if row["uniqueness"] == "server":
        value = f"{value} {uuid.uuid4()}"
    return [value] if row["multiValued"] else value


def path_of(kind, urn, row):
    return row["name"] if urn == kind.core else f"{urn}:{row['name']}"


def refused(answer, scim_type):
    assert (answer.status, answer.body["scimType"]) == (400, scim_type), answer.body


@pytest.fixture(scope="module")
def kinds(sandbox):
    scim = sandbox.new_tenant().scim()
    schemas = {s["id"]: s for s in scim.get("/Schemas").body["Resources"]}
    types = {t["name"]: t for t in scim.get("/ResourceTypes").body["Resources"]}
    yield {name: Kind(scim, types[name], schemas) for name in CORE}
    scim.close()


def rows(kind, wanted=lambda row: True):
    for urn, schema in kind.schemas.items():
        for row in schema["attributes"]:
            if row["name"] not in ELSEWHERE and wanted(row):
                yield urn, row


def is_written(row):
    return row["mutability"] in ("readWrite", "immutable")


each_kind = pytest.mark.parametrize("name", list(CORE))


@each_kind
def test_what_can_be_written_is_read_again(kinds, name):
    kind = kinds[name]
    for urn, row in rows(kind, is_written):
        value = sample(row)
        made = kind.make(urn, row, value)
        assert made.status == 201, (row["name"], made.body)
        shown = kind.read(made.body["id"], attributes=path_of(kind, urn, row))
        assert find(shown, kind.core, urn, row["name"]) == value, row["name"]


@each_kind
def test_a_value_of_another_type_is_refused(kinds, name):
    kind = kinds[name]
    for urn, row in rows(kind, is_written):
        if row["type"] != "complex":
            misfit = MISFITS[row["type"]]
            refused(kind.make(urn, row, [misfit] if row["multiValued"] else misfit), "invalidValue")
            continue
        for part in row["subAttributes"]:
            value = {**(sample(row)[0] if row["multiValued"] else {}), part["name"]: MISFITS[part["type"]]}
            refused(kind.make(urn, row, [value] if row["multiValued"] else value), "invalidValue")


@each_kind
def test_several_values_are_for_attributes_that_have_several(kinds, name):
    kind = kinds[name]
    for urn, row in rows(kind, lambda row: is_written(row) and row["type"] != "complex"):
        one, other = (["left", "leave"] if "canonicalValues" in row else ["One", "Two"]) \
            if row["type"] == "string" else [1, 2]
        if row["multiValued"]:
            pair = row.get("canonicalValues", [one, other])[:2]
            made = kind.make(urn, row, pair)
            assert made.status == 201, (row["name"], made.body)
            assert find(kind.read(made.body["id"]), kind.core, urn, row["name"]) == pair
        else:
            refused(kind.make(urn, row, [one, other]), "invalidValue")


@each_kind
def test_case_counts_where_the_document_says_so(kinds, name):
    kind = kinds[name]
    for urn, row in rows(kind, lambda row: is_written(row) and row["type"] in ("string", "reference")):
        value = sample(row)
        made = kind.make(urn, row, value)
        text = (value[0] if row["multiValued"] else value).swapcase()
        given = f'{path_of(kind, urn, row)} eq "{text}" and id eq "{made.body["id"]}"'
        found = kind.scim.find(kind.endpoint[1:], given)
        assert found.status == 200, found.body
        assert found.body["totalResults"] == (0 if row["caseExact"] else 1), row["name"]


@each_kind
def test_what_is_needed_cannot_be_missing_or_taken_away(kinds, name):
    kind = kinds[name]
    for urn, row in rows(kind, lambda row: row["required"]):
        body = kind.body()
        (body if urn == kind.core else body[urn]).pop(row["name"])
        refused(kind.scim.ask("POST", kind.endpoint, body), "invalidValue")
        made = kind.make().body
        refused(kind.patch(made["id"], "remove", path_of(kind, urn, row)), "mutability")
    for urn, row in rows(kind, lambda row: not row["required"] and row["mutability"] == "readWrite"):
        made = kind.make(urn, row, sample(row)).body
        gone = kind.patch(made["id"], "remove", path_of(kind, urn, row))
        assert gone.status in (200, 204), (row["name"], gone.body)
        assert find(kind.read(made["id"]), kind.core, urn, row["name"]) is None, row["name"]


@each_kind
def test_what_is_unique_is_had_by_one(kinds, name):
    kind = kinds[name]
    for urn, row in rows(kind, lambda row: is_written(row) and row["type"] != "complex"):
        value = sample(row)
        assert kind.make(urn, row, value).status == 201
        again = kind.make(urn, row, value)
        if row["uniqueness"] == "server":
            assert (again.status, again.body["scimType"]) == (409, "uniqueness"), row["name"]
        else:
            assert again.status == 201, (row["name"], again.body)


@each_kind
def test_what_is_read_only_is_passed_over_and_not_patched(kinds, name):
    kind = kinds[name]
    for urn, row in rows(kind, lambda row: row["mutability"] == "readOnly"):
        value = sample(row)
        made = kind.make(urn, row, value)
        assert made.status == 201, (row["name"], made.body)
        assert find(kind.read(made.body["id"]), kind.core, urn, row["name"]) != value
        refused(kind.patch(made.body["id"], "replace", path_of(kind, urn, row), value), "mutability")


@each_kind
def test_what_is_immutable_stays_as_it_was_first_said(kinds, name):
    kind = kinds[name]
    for urn, row in rows(kind, lambda row: row["mutability"] == "immutable"):
        made, path = kind.make().body, path_of(kind, urn, row)
        assert kind.patch(made["id"], "add", path, "first").status in (200, 204)
        assert kind.patch(made["id"], "add", path, "first").status in (200, 204)
        for op, *value in (("add", "x"), ("replace", "x"), ("remove",)):
            refused(kind.patch(made["id"], op, path, *value), "mutability")
        assert kind.scim.ask("PUT", f"{kind.endpoint}/{made['id']}", kind.body()).status == 200
        assert find(kind.read(made["id"]), kind.core, urn, row["name"]) == "first"


@each_kind
def test_what_is_shown_when_is_as_the_document_says(kinds, name):
    kind = kinds[name]
    for urn, row in rows(kind, lambda row: row["mutability"] != "readOnly"):
        made, path = kind.make(urn, row, sample(row)).body, path_of(kind, urn, row)
        shown = {how: find(kind.read(made["id"], **query), kind.core, urn, row["name"]) is not None
                 for how, query in (("plain", {}), ("asked", {"attributes": path}),
                                    ("other", {"attributes": "id"}),
                                    ("excluded", {"excludedAttributes": path}))}
        wanted = {"always": "plain asked other excluded", "default": "plain asked",
                  "request": "asked", "never": ""}[row["returned"]].split()
        assert [how for how in shown if shown[how]] == wanted, (row["name"], row["returned"])
        answered = kind.make(urn, row, sample(row)).body
        assert (find(answered, kind.core, urn, row["name"]) is not None) == (row["returned"] != "never")
        if row["returned"] == "never":
            answer = kind.scim.find(kind.endpoint[1:], f"{path} pr")
            assert (answer.status, answer.body["scimType"]) == (400, "invalidFilter")


@each_kind
def test_nothing_is_shown_that_no_document_has(kinds, name):
    kind = kinds[name]
    body = kind.body()
    for urn, row in rows(kind, is_written):
        if not row["required"]:
            place(body, kind.core, urn, row["name"], sample(row))
    made = kind.scim.ask("POST", kind.endpoint, body)
    assert made.status == 201, made.body
    shown = kind.read(made.body["id"])
    known = {row["name"] for row in kind.schemas[kind.core]["attributes"]}
    assert set(shown) <= known | set(kind.urns) | {"id", "meta", "schemas"}
    for urn in kind.urns[1:]:
        assert set(shown.get(urn, {})) <= {row["name"] for row in kind.schemas[urn]["attributes"]}
    assert shown["schemas"] == [urn for urn in kind.urns if urn == kind.core or urn in shown]


# ---- the documents themselves ----

def test_each_document_is_served_alone_where_it_says_it_lies(kinds):
    scim = kinds["User"].scim
    for collection, type_name in (("ResourceTypes", "ResourceType"), ("Schemas", "Schema")):
        answer = scim.get(f"/{collection}")
        assert answer.body["totalResults"] == len(answer.body["Resources"])
        for document in answer.body["Resources"]:
            alone = scim.get(f"/{collection}/{document['id']}")
            assert alone.body == document
            assert document["meta"]["resourceType"] == type_name
            assert document["meta"]["location"].endswith(f"{scim.base}/{collection}/{document['id']}")
            tag = alone.headers["ETag"]
            again = scim.get(f"/{collection}/{document['id']}", If_None_Match=tag)
            assert (again.status, again.octets) == (304, b"")
        assert scim.get(f"/{collection}", If_None_Match=answer.headers["ETag"]).status == 304


def test_discovery_is_not_filtered(kinds):
    scim = kinds["User"].scim
    for path in ("Schemas", "ResourceTypes", "ServiceProviderConfig", "Schemas/" + USER):
        answer = scim.get(f"/{path}?filter={quote('id eq 1')}")
        assert (answer.status, answer.body["status"]) == (403, "403")
    assert scim.get("/Schemas?startIndex=2&count=1&sortBy=id").body["startIndex"] == 1


def test_each_type_leads_to_its_schemas_and_its_endpoint(kinds):
    scim = kinds["User"].scim
    schemas = {s["id"] for s in scim.get("/Schemas").body["Resources"]}
    for kind in scim.get("/ResourceTypes").body["Resources"]:
        assert {kind["schema"], *(e["schema"] for e in kind["schemaExtensions"])} <= schemas
        assert scim.get(kind["endpoint"]).status == 200


def test_the_configuration_says_what_the_door_does(kinds):
    scim = kinds["User"].scim
    config = scim.get("/ServiceProviderConfig").body
    assert config["meta"]["resourceType"] == "ServiceProviderConfig"
    assert "securityEvents" not in config
    assert config["pagination"]["cursor"] and config["pagination"]["index"]
    listed = scim.get("/Groups?count=100000").body
    assert listed["itemsPerPage"] <= config["filter"]["maxResults"]
    for feature in ("patch", "filter", "sort", "etag", "changePassword"):
        assert config[feature]["supported"] is True
    schemes = config["authenticationSchemes"]
    assert schemes[0]["type"] == "oauthbearertoken" and schemes[0]["primary"] is True


def test_a_server_that_is_not_for_tests_has_no_resource_for_them(own_sandbox):
    config = own_sandbox.folder / "musterd.yaml"
    own_sandbox.stop()
    config.write_text(config.read_text().replace("test_resource: true", "test_resource: false"))
    own_sandbox.start()
    scim = own_sandbox.new_tenant().scim()
    names = [t["name"] for t in scim.get("/ResourceTypes").body["Resources"]]
    assert "TestResource" not in names and "User" in names
    assert TEST not in {s["id"] for s in scim.get("/Schemas").body["Resources"]}
    for path in ("/TestResources", "/Schemas/" + TEST, "/ResourceTypes/TestResource"):
        assert scim.get(path).status == 404
    assert scim.ask("POST", "/TestResources", {"schemas": [TEST]}).status == 404
    scim.close()
