"""Runs the protocol cases of cases.json against two empty tenants of a SCIM server.

A case is a list of requests, each with what its answer must be. It starts from a fixture; cases
that change nothing share one.
"""

import http.client
import json
import re
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote, urlsplit

FOLDER = Path(__file__).resolve().parent
CASES = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
FIXTURES = json.loads((FOLDER / "fixtures.json").read_text(encoding="utf-8"))
ABSENT = object()


class Reply:
    def __init__(self, response):
        octets = response.read()
        self.status, self.headers = response.status, response.headers
        self.text = octets.decode("utf-8", "replace")
        try:
            self.json = json.loads(octets)
        except ValueError:
            self.json = ABSENT


class Peer:
    """A tenant as one client sees it, by one kept connection."""

    def __init__(self, url, token):
        parts = urlsplit(url)
        self.url, self.base, self.token = url, parts.path.rstrip("/"), token
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)

    def ask(self, method, path, query=None, headers=None, body=None):
        head = {"accept": "application/scim+json", "authorization": f"Bearer {self.token}"}
        if body is not None:
            body = body.encode()
            head["content-type"] = "application/scim+json"
        head.update(headers or {})
        pairs = "&".join(f"{k}={quote(str(v), safe='')}" for k, v in (query or {}).items())
        self.connection.request(method, self.base + path + (f"?{pairs}" if pairs else ""), body,
                                {k: v for k, v in head.items() if v is not None})
        return Reply(self.connection.getresponse())

    def close(self):
        self.connection.close()


# ---- variables ----

def moment(match):
    """{{dt:seconds:minutes}}: so far from now, in the zone so many minutes east."""
    zone = timezone(timedelta(minutes=int(match[2])))
    at = datetime.now(zone) + timedelta(seconds=int(match[1]))
    return at.isoformat(timespec="seconds")


def substitute(value, known):
    if isinstance(value, str):
        value = re.sub(r"\{\{dt:([+-]?\d+):([+-]?\d+)\}\}", moment, value)
        return re.sub(r"\{\{(\w+)\}\}", lambda m: str(known.get(m[1], m[0])), value)
    if isinstance(value, list):
        return [substitute(item, known) for item in value]
    if isinstance(value, dict):
        return {substitute(k, known): substitute(v, known) for k, v in value.items()}
    return value


def at_pointer(value, pointer):
    """RFC 6901; ABSENT: there is nothing."""
    for word in pointer.split("/")[1:]:
        word = word.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and word in value:
            value = value[word]
        elif isinstance(value, list) and word.isdigit() and int(word) < len(value):
            value = value[int(word)]
        else:
            return ABSENT
    return value


# ---- comparing: as JSON, where true is no 1 ----

def text_of(value):
    return None if value is ABSENT else json.dumps(value, sort_keys=True)


def is_same(a, b):
    return text_of(a) == text_of(b)


def has(value, wanted):
    """An object has at least the wanted members; an array in it has a fitting element."""
    if not isinstance(wanted, dict):
        return is_same(value, wanted)
    if not isinstance(value, dict):
        return False
    for name, part in wanted.items():
        own = value.get(name, ABSENT)
        if isinstance(own, list):
            if not (is_same(own, part) or any(has(item, part) for item in own)):
                return False
        elif not has(own, part):
            return False
    return True


def is_empty(value):
    return value is ABSENT or value is None or value in ("", [], {})


def has_null(value):
    if isinstance(value, (dict, list)):
        return any(map(has_null, value.values() if isinstance(value, dict) else value))
    return value is None


def column(value, pointer):
    return [text_of(at_pointer(item, pointer)) for item in value]


def texts(values):
    return [text_of(value) for value in values]


TYPES = {"array": list, "object": dict, "string": str, "boolean": bool, "number": (int, float)}


def is_type(value, name):
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


# Each: the value, its elements if it is an array, the check, the variables, the reply, the base.
OPERATIONS = {
    "eq": lambda v, a, c, *_: is_same(v, c["value"]),
    "ne": lambda v, a, c, *_: not is_same(v, c["value"]),
    "absent": lambda v, *_: v is ABSENT,
    "present": lambda v, *_: not is_empty(v),
    "absentOrEmpty": lambda v, *_: is_empty(v),
    "length": lambda v, a, c, *_: len(a) == c["value"],
    "oneOf": lambda v, a, c, *_: any(
        is_same(x, v) or (x is None and v is ABSENT) for x in c["value"]),
    "contains": lambda v, a, c, *_: any(has(x, c["value"]) for x in a),
    "notContains": lambda v, a, c, *_: not any(has(x, c["value"]) for x in a),
    "set": lambda v, a, c, *_: sorted(map(str, column(a, c["by"]))) == sorted(texts(c["value"])),
    "list": lambda v, a, c, *_: column(a, c["by"]) == texts(c["value"]),
    "setOfValues": lambda v, a, c, *_: sorted(texts(a)) == sorted(texts(c["value"])),
    "count": lambda v, a, c, *_: sum(has(x, c["where"]) for x in a) == c["value"],
    "countAtMost": lambda v, a, c, *_: sum(has(x, c["where"]) for x in a) <= c["value"],
    "type": lambda v, a, c, *_: is_type(v, c["value"]),
    "matches": lambda v, a, c, *_: isinstance(v, str) and bool(re.search(c["value"], v)),
    "eqVar": lambda v, a, c, known, *_: is_same(v, known.get(c["value"], ABSENT)),
    "neVar": lambda v, a, c, known, *_: v is not ABSENT and not is_same(v, known[c["value"]]),
    "eqIgnoreCase": lambda v, a, c, *_: str(v).lower() == c["value"].lower(),
    "eqHeader": lambda v, a, c, known, reply, base: v == reply.headers[c["value"]],
    "noNulls": lambda v, *_: not has_null(v),
    "notContainsBaseOf": lambda v, a, c, known, reply, base: base + "/" not in str(v),
}


def check_body(check, reply, known, base):
    value = at_pointer(reply.json, check["ptr"])
    items = value if isinstance(value, list) else []
    assert OPERATIONS[check["op"]](value, items, check, known, reply, base), \
        f"{check}: got {str(text_of(value))[:300]}"


def check_header(check, reply):
    value = reply.headers.get(check["name"])
    holds = {"present": lambda: bool(value),
             "matches": lambda: bool(value) and bool(re.search(check["value"], value)),
             "eq": lambda: value == check["value"]}[check.get("op", "eq")]()
    assert holds, f"header {check['name']} is {value!r}"


def one_or_many(value):
    return value if isinstance(value, list) else [value]


# ---- running ----

def body_of(request, known):
    parts = request.get("raw_body_gen")
    if parts:
        units = (parts["unit"].replace("{i}", str(i)) for i in range(parts["count"]))
        return parts["prefix"] + parts.get("join", "").join(units) + parts["suffix"]
    if "raw_body" in request:
        return request["raw_body"]
    return json.dumps(substitute(request["body"], known)) if "body" in request else None


class Runner:
    """Knows which fixture stands in the tenant `a`; `b` is empty."""

    def __init__(self, a, b):
        self.a, self.b = a, b
        self.a_on_b = Peer(b.url, a.token)
        self.standing, self.known = None, {}

    def close(self):
        for peer in (self.a, self.b, self.a_on_b):
            peer.close()

    def wipe(self, peer):
        """All but what may not go, such as built-in roles."""
        for kind in ("Groups", "Users", "TestResources"):
            listed = peer.ask("GET", f"/{kind}", {"count": 1000, "attributes": "id"})
            for resource in listed.json["Resources"]:
                peer.ask("DELETE", f"/{kind}/{resource['id']}")

    def set_up(self, fixture):
        self.wipe(self.a)
        self.wipe(self.b)
        self.known = {}
        for request in FIXTURES[fixture]["requests"]:
            reply = self.a.ask(request["method"], request["path"],
                               body=json.dumps(substitute(request["body"], self.known)))
            assert reply.status == 201, f"{request['path']}: {reply.status} {reply.text}"
            self.save(request, reply, self.known)

    def save(self, request, reply, known):
        for name, source in request.get("save", {}).items():
            known[name] = reply.headers[source[7:]] if source.startswith("header:") \
                else at_pointer(reply.json, source)

    def check(self, expect, reply, known):
        wanted = one_or_many(expect["status"])
        assert reply.status in wanted, f"status {reply.status}, not {wanted}: {reply.text[:300]}"
        if reply.status >= 400 and expect.get("scimType"):
            given = at_pointer(reply.json, "/scimType")
            assert (None if given is ABSENT else given) in one_or_many(expect["scimType"]), \
                f"scimType of {reply.text[:300]}"
        for header in expect.get("headers", []):
            check_header(header, reply)
        if reply.status >= 300 and any(status < 300 for status in wanted):
            return
        for check in expect.get("checks", []):
            check_body(substitute(check, known), reply, known, self.a.base)

    def step(self, request, known):
        if "sleep_ms" in request:
            time.sleep(request["sleep_ms"] / 1000)
            return
        peer = {"B": self.b, "A-token-on-B": self.a_on_b}.get(request.get("tenant"), self.a)
        reply = peer.ask(request["method"], substitute(request["path"], known),
                         substitute(request.get("query"), known),
                         substitute(request.get("headers"), known), body_of(request, known))
        self.check(request["expect"], reply, known)
        self.save(request, reply, known)

    def run(self, case):
        if self.standing != case["fixture"]:
            self.standing = None
            self.set_up(case["fixture"])
        self.standing = None if case["mutates"] else case["fixture"]
        known = dict(self.known)
        for number, request in enumerate(case["requests"]):
            try:
                self.step(request, known)
            except AssertionError as error:
                raise AssertionError(f"{case['name']} ({case['rfc_section']}), request {number} "
                                     f"{request['method']} {request['path']} "
                                     f"{request.get('query', '')}: {error}") from None
