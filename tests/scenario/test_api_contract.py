"""Every operation of the admin API answers as its own description says."""

import re
import uuid

import jsonschema
import pytest

from api import of_tenant, operations
from muster import TOP, Api

PROBLEM = "application/problem+json"
# By the first word of the path: what stands for a parameter called "name", and for ids.
NAMES = {"tokens": "contract-key", "service-accounts": "contract-service",
         "directories": "contract-directory", "webhooks": "contract-webhook"}
VALUES = {"user": "contract-user", "role": "Technician", "scope": "contract-scope",
          "permission": "contract.look", "app": "contract_app", "kind": "site",
          "external": "contract-17", "group": "contract-group"}
# What is asked so that it succeeds; all others are asked with what must be there, made up.
BODIES = {
    "user_create": {"user": "contract-user", "emails": ["contract@example.com"],
                    "roles": ["Viewer"], "password": "Correct-horse-77"},
    "scope_create": {"scope": "contract-scope"},
    "token_create": {"name": "contract-key", "type": "api", "permissions": ["users.view"],
                     "days": 7},
    "token_edit": {"rate": 7, "days": None},
    "service_create": {"name": "contract-service", "attributes": ["uid", "cn"], "filter": "(uid=*)",
                       "addresses": ["192.0.2.0/24"]},
    "service_edit": {"size_limit": 7, "filter": None},
    "directory_create": {"name": "contract-directory", "uri": "ldap://127.0.0.1:9",
                         "base_dn": "dc=example"},
    "directory_edit": {"limit_count": 7, "poll_seconds": None, "contacts": ["it@example.com"]},
    "webhook_create": {"name": "contract-webhook", "uri": "https://127.0.0.1/hook"},
    "webhook_edit": {"uri": "https://127.0.0.1/hooks", "events": ["user.*"]},
    "webhook_rotate": {"overlap_hours": 2},
    "role_create": {"role": "contract-role", "permissions": ["tasks.view"], "level": 1},
    "role_duplicate": {"name": "contract-copy"},
    "role_assign": {"user": "contract-user"},
    "permission_register": {"permission": "contract.look", "group": "contract"},
    "app_register": {"app": "contract_app", "label": "Contracts"},
    "scope_put": {"name": "contract-site"},
    "scope_edit": {"description": "contract"},
    "scope_assign": {"user": "contract-user"},
    "directory_secret": {"secret": "Correct-horse-78"},
}
QUERIES = {"directory_delete": "?people=keep&count=0"}
SUCCEEDS = set(BODIES) | {
    "user_list", "user_show", "user_password", "user_deactivate", "user_activate", "user_delete",
    "role_list", "role_show", "permission_list", "permission_unregister", "app_list",
    "app_unregister", "scope_show", "scope_delete", "role_unassign", "scope_list",
    "scope_unassign", "group_list",
    "group_show", "token_list", "token_show", "token_revoke", "profile_list", "service_list",
    "service_show", "service_rotate", "service_delete",
    "directory_list", "directory_show", "directory_delete", "webhook_list",
    "webhook_show", "webhook_end_old_secret", "webhook_activate", "webhook_deactivate", "webhook_delete", "tenant_show"}
ORDER = {"POST": 0, "GET": 2, "PUT": 3, "PATCH": 4, "DELETE": 6}
LAST = {"user_delete": 9, "role_unassign": 5, "scope_unassign": 5, "directory_secret": 5,
        "webhook_end_old_secret": 5}


@pytest.fixture(scope="module")
def document(sandbox):
    """Without a key: it holds no secret."""
    answer = Api(sandbox.values["API_URL"], None).get("/openapi.json")
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
    return answer.body


def validator(document, reference):
    return jsonschema.Draft202012Validator(
        {"$ref": reference, "components": document["components"]},
        format_checker=jsonschema.FormatChecker())


def schema_validator(document, schema):
    return jsonschema.Draft202012Validator({**schema, "components": document["components"]},
                                           format_checker=jsonschema.FormatChecker())


def check_answer(document, operation, answer):
    """The answer is one that the description has, of the shape that it says."""
    assert answer.status < 500, (operation, answer.body)
    response = operation.row["responses"].get(str(answer.status))
    if response is None or answer.headers.get("Content-Type") == PROBLEM:
        assert answer.headers["Content-Type"] == PROBLEM, (operation, answer.status, answer.octets)
        validator(document, "#/components/schemas/Problem").validate(answer.body)
        assert answer.body["status"] == answer.status
        return
    if "content" not in response:
        assert answer.octets == b"", operation
        return
    if "application/json" not in response["content"]:
        assert answer.headers["Content-Type"] in response["content"], operation
        return
    schema = response["content"]["application/json"]["schema"]
    schema_validator(document, schema).validate(answer.body)


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_the_description_is_whole(document):
    assert document["openapi"] == "3.1.0"
    for reference in references(document):
        node = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in node, reference
            node = node[step]
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    ids = [operation.id for operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_every_row_with_a_path_is_described(document):
    table = (TOP / "schema/operations.def").read_text(encoding="utf-8")
    rows = [re.search(r'^(\w+),.*?\s(GET|POST|PUT|UPSERT|PATCH|DELETE|NONE), ("[^"]*"|NULL)', row,
                      re.DOTALL).groups() for row in table.split("\nOPERATION(")[1:]]
    described = {(method.upper(), path, row["operationId"].removesuffix("_of_tenant"))
                 for path, methods in document["paths"].items() for method, row in methods.items()}
    assert rows
    for name, method, path in rows:
        if method == "NONE":
            continue
        method = "PUT" if method == "UPSERT" else method
        shown = "/" + re.sub(r":(\w+)", r"{\1}", path.strip('"'))
        assert (method, shown, name.lower()) in described, name


def test_every_argument_says_what_it_is(document):
    for path in document["paths"].values():
        for operation in path.values():
            body = operation.get("requestBody", {"content": {}})["content"]
            for content in body.values():
                for name, schema in content["schema"].get("properties", {}).items():
                    assert schema.get("description"), (operation["operationId"], name)
            for parameter in operation["parameters"]:
                assert "$ref" in parameter or parameter.get("description"), (
                    operation["operationId"], parameter["name"])


def test_every_operation_says_who_may_and_what_comes(document):
    for operation in operations(document):
        assert operation.row["summary"]
        assert isinstance(operation.permissions, list)
        success = [code for code in operation.row["responses"] if code.startswith("2")]
        assert success, operation
        for code in success:
            assert code == "204" or "content" in operation.row["responses"][code], operation
        for parameter in operation.parameters():
            assert any(p.get("name") == parameter and p["in"] == "path" and p["required"]
                       for p in operation.row["parameters"]), (operation, parameter)


def values_for(operation, tenant):
    words = operation.path.split("/")
    first = words[3] if of_tenant(operation) else words[1]
    known = {**VALUES, "tenant": tenant, "name": NAMES.get(first, "made-up")}
    return {name: known.get(name, str(uuid.uuid4())) for name in operation.parameters()}


def place(operation):
    """First what creates, last what deletes."""
    name = operation.id.removesuffix("_of_tenant")
    if operation.method == "POST" and name not in BODIES:
        return 3
    return LAST.get(name, ORDER[operation.method])


@pytest.mark.parametrize("company", ["acme", "globex"])
def test_every_operation_answers_as_described(sandbox, document, company):
    """Of acme as the key's own, of globex by its name in the path."""
    tenant = sandbox.tenant(company)
    assert tenant.scim().create_group("contract-group").status == 201
    api = Api(sandbox.values["API_URL"], tenant.api_token)
    chosen = [o for o in operations(document) if of_tenant(o) == (company == "globex")]
    for operation in sorted(chosen, key=place):
        name = operation.id.removesuffix("_of_tenant")
        headers = {"If_Match": "*"} if operation.needs_version else {}
        answer = api.ask(operation.method, operation.fill(values_for(operation, company))
                         + QUERIES.get(name, ""), BODIES.get(name, operation.least_body()), **headers)
        check_answer(document, operation, answer)
        if name in SUCCEEDS:
            assert answer.status < 300, (operation, answer.body)
