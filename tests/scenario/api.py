"""The admin API as its own description has it: what the contract and matrix tests walk through."""

import re
from urllib.parse import quote

METHODS = ("get", "post", "put", "patch", "delete")
LETTERS = re.compile(r"\{(\w+)\}")


class Operation:
    """One method of one path of the description."""

    def __init__(self, path, method, row):
        self.path, self.method, self.row = path, method.upper(), row
        self.id = row["operationId"]
        self.permissions = row["x-permissions"]
        self.needs_key = row.get("security") != []
        self.needs_version = any(p.get("$ref", "").endswith("/IfMatchNeeded")
                                 for p in row["parameters"])

    def __repr__(self):
        return f"{self.method} {self.path}"

    def body_schema(self):
        content = self.row.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    def fill(self, values):
        """The path with its parameters, by name."""
        return LETTERS.sub(lambda found: quote(values[found[1]], safe=""), self.path)

    def parameters(self):
        return LETTERS.findall(self.path)

    def least_body(self, values=None):
        """What must be in the body, made up where nothing is known."""
        schema = self.body_schema()
        if schema is None:
            return None
        made = {"string": "made-up", "integer": 1, "boolean": True, "array": ["made-up"]}
        return {name: (values or {}).get(name, made.get(self._type(schema, name), {}))
                for name in schema["required"]}

    @staticmethod
    def _type(schema, name):
        kind = schema["properties"][name].get("type")
        return kind[0] if isinstance(kind, list) else kind


def goes_on(row):
    """Its answer has no end."""
    return "text/event-stream" in row["responses"].get("200", {}).get("content", {})


def operations(document):
    return [Operation(path, method, row) for path, methods in document["paths"].items()
            for method, row in methods.items() if method in METHODS and not goes_on(row)]


def of_tenant(operation):
    return operation.path.startswith("/tenants/{tenant}/") and operation.id.endswith("_of_tenant")
