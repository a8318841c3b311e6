"""A company of one of the presets, and what its administrators ask for."""

import itertools
import json
from urllib.parse import quote, urlencode

from muster import Api, Scim, wait_until

numbers = itertools.count(1)


def done(answer, status=200):
    assert answer.status == status, answer.octets
    return answer.body


def refused(answer, status, code, attribute=None):
    assert (answer.status, answer.body["code"]) == (status, code), answer.octets
    assert attribute is None or answer.body["attribute"] == attribute, answer.octets


class Company:
    """A tenant made after a preset, and a key that holds all that its Admins do."""

    def __init__(self, sandbox, preset):
        self.sandbox, self.name = sandbox, f"{preset}{next(numbers)}"
        self.told("tenant", "create", self.name, "--preset", preset)
        self.base_dn = f"o={self.name},{sandbox.values['SUFFIX']}"
        self.api = self.key()
        self.operator = Api(f"{sandbox.values['API_URL']}/tenants/{self.name}",
                            sandbox.values["OPERATOR_TOKEN"])

    def told(self, *words):
        out = self.sandbox.muster("--json", *words).stdout
        return json.loads(out) if out else None

    def key(self, *permissions):
        """A key that holds these permissions; all, if none is named."""
        words = [word for name in permissions for word in ("--permission", name)]
        made = self.told("token", "create", self.name, f"key{next(numbers)}", "--type", "api",
                         *words)
        return Api(self.sandbox.values["API_URL"], made["token"])

    def key_of(self, role):
        """What a person of this role may do, a key may."""
        return self.key(*self.role(role)["permission"])

    def person(self, user):
        """A key of this person's own."""
        made = self.told("token", "create", self.name, f"key{next(numbers)}", "--type", "personal",
                         "--user", user)
        return Api(self.sandbox.values["API_URL"], made["token"])

    def role(self, name):
        return done(self.api.get(f"/roles/{quote(name)}"))

    def create(self, user, *roles, **said):
        return self.api.post("/users", {"user": user, "emails": [f"{user}@example.com"],
                                        "roles": list(roles), **said})

    def made(self, user, *roles, **said):
        return done(self.create(user, *roles, **said), 201)["id"]

    def show(self, user):
        return done(self.api.get("/users/" + user))

    def edit(self, user, **said):
        return self.api.ask("PATCH", "/users/" + user, said)

    def assign(self, kind, name, user):
        return self.api.post(f"/{kind}s/{quote(name)}/members", {"user": user})

    def unassign(self, kind, name, user):
        return self.api.ask("DELETE", f"/{kind}s/{quote(name)}/members/{user}")

    def explain(self, user, permission, **more):
        return done(self.api.get("/explain?" + urlencode(
            {"user": user, "permission": permission, **more})))

    def may(self, user, permission, **more):
        return self.explain(user, permission, **more)["allowed"]

    def missing(self, user, permission, **more):
        return [why["reason"] for why in self.explain(user, permission, **more)["missing"]]

    def actions(self, target):
        rows = self.api.pages(f"/audit?target={target}&oldest_first=true")
        return [row["action"] for row in rows]

    def ended(self, job):
        wait_until(lambda: done(self.api.get("/jobs/" + job))["state"] == "done")
        return job

    def bulk(self, action, *users, **said):
        """The rows of a bulk action that has ended."""
        answer = self.api.post("/users/bulk", {"action": action, "users": list(users), **said})
        job = self.ended(done(answer, 202)["job"])
        return {row["user"]: row["outcome"] for row in self.api.pages(f"/jobs/{job}/rows")}, job

    def result(self, job):
        return self.api.get(f"/jobs/{self.ended(job)}/result").octets.decode()

    def activity(self, user, count):
        """At least so many rows; they are written a moment after the sign-in."""
        def rows():
            return self.api.pages(f"/users/{user}/activity")
        return wait_until(lambda: len(rows()) >= count and rows())

    def scim(self, token):
        return Scim(f"{self.sandbox.values['HTTP_URL']}/scim/v2/{self.name}", token)

    def set_policy(self, policy, value):
        """As an operator, and whomever it touches."""
        effect = self.told("policy", "set", self.name, policy, "--value", value)
        if not effect["applied"]:
            self.told("policy", "set", self.name, policy, "--value", value, "--confirm",
                      str(effect["count"]))

    def bind(self, user, password):
        """As a person, over LDAPS."""
        connection = self.sandbox.ldap()
        connection.simple_bind_s(f"uid={user},ou=people,{self.base_dn}", password)
        return connection

    def close(self):
        self.api.close()
        self.operator.close()
