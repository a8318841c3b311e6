"""Every route of the admin API x every set of permissions x every tenant: default deny, and what is
another tenant's reads like what never was. The routes come from the description, so that a new one
is in here with its row."""

import uuid

import pytest

from api import of_tenant, operations
from muster import Api

NOWHERE = "no-such-company"


class World:
    """Two companies with something of each kind, and a key of acme for each set of permissions."""

    def __init__(self, sandbox):
        self.url = sandbox.values["API_URL"]
        self.operator = Api(self.url, sandbox.values["OPERATOR_TOKEN"])
        self.acme = Api(self.url, sandbox.acme.api_token)
        self.globex = Api(self.url, sandbox.globex.api_token)
        self.document = self.acme.get("/openapi.json").body
        self.operations = operations(self.document)
        self.all = self.permissions_of("sandbox-api")
        self.keys = {}
        for company in (self.acme, self.globex):
            self.furnish(company)

    def permissions_of(self, name):
        return frozenset(next(row["permissions"] for row in self.acme.get("/tokens").body["items"]
                              if row["name"] == name))

    @staticmethod
    def furnish(company):
        for path, body in (
                ("/users", {"user": "matrix-user", "emails": ["matrix@example.com"],
                            "roles": ["Viewer"]}),
                ("/scopes", {"scope": "matrix-scope"}),
                ("/tokens", {"name": "matrix-key", "type": "api", "permissions": []}),
                ("/service-accounts", {"name": "matrix-service"}),
                ("/directories", {"name": "matrix-directory", "uri": "ldap://127.0.0.1:9",
                                  "base_dn": "dc=example"}),
                ("/webhooks", {"name": "matrix-hook", "uri": "https://127.0.0.1/hook"})):
            made = company.post(path, body)
            assert made.status == 201, (path, made.body)

    def key(self, permissions):
        """One that holds exactly these."""
        wanted = frozenset(permissions)
        if wanted not in self.keys:
            made = self.acme.post("/tokens", {
                "name": f"matrix-{len(self.keys)}", "type": "api", "permissions": sorted(wanted)})
            assert made.status == 201, made.body
            self.keys[wanted] = Api(self.url, made.body["token"])
        return self.keys[wanted]

    def changes(self):
        """How often each company has changed."""
        return [self.operator.get(f"/tenants/{name}").body["changes"]
                for name in ("acme", "globex")]

    def ask(self, api, operation, values, body=None):
        headers = {"If_Match": "*"} if operation.needs_version else {}
        known = {name: str(uuid.UUID(int=7)) for name in operation.parameters()}
        return api.ask(operation.method, operation.fill({**known, **values}),
                       body if body is not None else operation.least_body(), **headers)


@pytest.fixture(scope="module")
def world(sandbox):
    return World(sandbox)


def own(operation):
    return {"tenant": "acme"} if "tenant" in operation.parameters() else {}


def is_refusal(answer, operation):
    """By the dispatcher, before anything was looked at."""
    return (answer.status == 403 and answer.body["code"] == "forbidden" and
            answer.body["detail"] == f"the permission {operation.permissions[0]} is missing")


def sets_for(world, operation):
    needed = frozenset(operation.permissions)
    yield frozenset()
    yield world.all - needed
    yield world.all
    for permission in needed & world.all:
        yield frozenset({permission})


def same(one, other):
    """To whoever reads the answers."""
    told = [{name: value for name, value in answer.headers.items()
             if name not in ("Date", "X-Request-Id")} for answer in (one, other)]
    return one.status == other.status and one.octets == other.octets and told[0] == told[1]


def test_without_a_key_nothing_is_answered(world, sandbox):
    before = world.changes()
    for token in (None, "mst_api_no_key", sandbox.acme.scim_token):
        api = Api(world.url, token)
        for operation in world.operations:
            answer = world.ask(api, operation, own(operation))
            if not operation.needs_key:
                assert answer.status == (400 if token else 403), operation
                continue
            assert answer.status == 401 and answer.body["code"] == "credentials", operation
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert world.changes() == before


def test_a_key_opens_what_its_permissions_say_and_nothing_else(world):
    for operation in world.operations:
        for permissions in sets_for(world, operation):
            world.key(permissions)
    refused = [(operation, permissions) for operation in world.operations if operation.permissions
               for permissions in sets_for(world, operation)
               if not permissions & frozenset(operation.permissions)]
    before = world.changes()
    for operation, permissions in refused:
        answer = world.ask(world.key(permissions), operation, own(operation))
        assert is_refusal(answer, operation), (operation, sorted(permissions), answer.octets)
    assert world.changes() == before
    for operation in world.operations:
        for permissions in sets_for(world, operation):
            if operation.permissions and not permissions & frozenset(operation.permissions):
                continue
            answer = world.ask(world.key(permissions), operation, own(operation))
            assert answer.status not in (401, 500), (operation, answer.octets)
            held = operation.permissions[:1] and operation.permissions[0] in permissions
            assert not (held and is_refusal(answer, operation)), (operation, sorted(permissions))


def test_another_company_is_not_there(world):
    before = world.changes()
    for operation in world.operations:
        if "tenant" not in operation.parameters():
            continue
        for api in (world.acme, world.key(())):
            foreign = world.ask(api, operation, {"tenant": "globex"})
            nowhere = world.ask(api, operation, {"tenant": NOWHERE})
            assert foreign.status == 404, (operation, foreign.octets)
            assert same(foreign, nowhere), (operation, foreign.octets, nowhere.octets)
    assert world.changes() == before


def foreign_ids(world, operation):
    """What the parameters may name in globex: ids, and names that acme does not have."""
    parts = operation.path.split("/")
    for place, part in enumerate(parts):
        if not part.startswith("{") or part == "{tenant}":
            continue
        name = part[1:-1]
        rows = world.globex.get("/" + parts[place - 1])
        items = rows.body.get("items", []) if rows.status == 200 else []
        found = [row[key] for row in items for key in ("id", name) if
                 key == "id" and key in row]
        yield name, (found or [world.globex.get("/users").body["items"][0]["id"]])[0]


def test_what_another_company_has_is_not_there(world):
    before = world.changes()[1]
    for operation in world.operations:
        if of_tenant(operation) or "{" not in operation.path.replace("{tenant}", ""):
            continue
        for name, value in foreign_ids(world, operation):
            foreign = world.ask(world.acme, operation, {**own(operation), name: value})
            unknown = world.ask(world.acme, operation,
                                {**own(operation), name: str(uuid.uuid4())})
            assert foreign.status >= 400, (operation, foreign.octets)
            assert same(foreign, unknown), (operation, foreign.octets, unknown.octets)
    assert world.changes()[1] == before


def test_what_another_company_has_is_not_there_in_a_body(world):
    ids = {name: world.globex.get(f"/{name}s").body["items"][0]["id"]
           for name in ("user", "role", "scope")}
    mine = {name: world.acme.get(f"/{name}s").body["items"][0]["id"]
            for name in ("user", "role", "scope")}
    before = world.changes()
    for operation in world.operations:
        schema = operation.body_schema()
        if of_tenant(operation) or not schema or operation.path in ("/users", "/scopes", "/roles"):
            continue
        for name in set(ids) & set(schema["properties"]):
            answers = [world.ask(world.acme, operation, {**own(operation), **mine},
                                 {**operation.least_body(mine), name: value})
                       for value in (ids[name], str(uuid.uuid4()))]
            assert answers[0].status >= 400, (operation, name, answers[0].octets)
            assert same(*answers), (operation, name, answers[0].octets, answers[1].octets)
    assert world.changes() == before


def test_a_suspended_company_is_closed(world, sandbox):
    assert world.operator.post("/tenants", {"name": "sleepy"}).status == 201
    token = sandbox.muster("token", "create", "sleepy", "key", "--type", "api").stdout.split()[-1]
    sleepy = Api(world.url, token)
    assert sleepy.get("/users").status == 200
    assert world.operator.post("/tenants/sleepy/suspend").status == 204
    for operation in world.operations:
        values = {"tenant": "sleepy"} if "tenant" in operation.parameters() else {}
        wanted = 401 if operation.needs_key else 400
        assert world.ask(sleepy, operation, values).status == wanted, operation
    assert world.operator.post("/tenants/sleepy/resume").status == 204
    assert sleepy.get("/users").status == 200


def test_only_who_may_switch_enters_a_company(world):
    def operators_key(*permissions):
        made = world.operator.post("/tokens", {
            "name": "-".join(permissions), "type": "api", "permissions": list(permissions)})
        assert made.status == 201, made.body
        return Api(world.url, made.body["token"])

    staying, entering = operators_key("users.view"), operators_key("users.view", "tenants.switch")
    for operation in world.operations:
        if "tenant" in operation.parameters():
            inside = world.ask(staying, operation, {"tenant": "acme"})
            nowhere = world.ask(staying, operation, {"tenant": NOWHERE})
            assert inside.status == 404 and same(inside, nowhere), (operation, inside.octets)
    people = entering.get("/tenants/globex/users")
    assert people.status == 200
    assert "matrix-user" in [row["user"] for row in people.body["items"]]
    user = people.body["items"][0]["id"]
    assert entering.ask("DELETE", f"/tenants/globex/users/{user}").status == 403
