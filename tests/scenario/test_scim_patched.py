"""PATCH on generated people: tests/scim/patched.json holds what scim-patch and the RFC agree on, made
by patch-oracle.mjs beside it."""

import json

from muster import PATCH_OP, TOP

CASES = json.loads((TOP / "tests/scim/patched.json").read_text(encoding="utf-8"))
GIVEN = {"id", "meta", "schemas", "active", "userName", "groups", "roles"}


def bare(value):
    """Neither the order of values counts nor what is empty."""
    if isinstance(value, dict):
        kept = {key: bare(part) for key, part in value.items()}
        return {key: part for key, part in kept.items() if part not in (None, "", False, [], {})}
    if isinstance(value, list):
        return sorted((bare(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def played(scim, case):
    made = scim.ask("POST", "/Users", case["document"])
    assert made.status == 201, made.body
    path = f"/Users/{made.body['id']}"
    done = scim.ask("PATCH", path, {"schemas": [PATCH_OP], "Operations": case["operations"]})
    shown = scim.get(path).body
    assert scim.ask("DELETE", path).status == 204
    return done.status, bare({key: part for key, part in shown.items() if key not in GIVEN})


def test_a_patch_makes_of_a_person_what_it_should(sandbox):
    scim = sandbox.new_tenant().scim()
    for number, case in enumerate(CASES):
        status, shown = played(scim, case)
        assert status == case["status"], (number, case)
        if status == 200:
            assert shown == bare(case["body"]), (number, case)
    scim.close()
