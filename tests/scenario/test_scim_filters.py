"""Filters against another reader of RFC 7644: tests/scim/filters.json says whom each one finds, by
the parser and the evaluator of tests/scim/make_filters.mjs. FILTERS=file takes another table."""

import json
import os
from pathlib import Path

from muster import TOP

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
TABLE = Path(os.environ.get("FILTERS") or TOP / "tests/scim/filters.json")


def test_every_filter_finds_whom_the_table_says(sandbox):
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    scim = sandbox.new_tenant().scim()
    names = []
    for person in table["people"]:
        made = scim.ask("POST", "/Users", person)
        assert made.status == 201, (person, made.body)
        names.append(made.body["userName"])
    wrong = []
    for text, wanted in table["filters"]:
        found = scim.ask("POST", "/Users/.search", {
            "schemas": [SEARCH], "filter": text, "attributes": ["userName"], "count": 1000})
        assert found.status == 200, (text, found.body)
        got = {person["userName"] for person in found.body["Resources"]}
        if got != {names[i] for i in wanted} or found.body["totalResults"] != len(got):
            wrong.append((text, sorted(got ^ {names[i] for i in wanted})))
    assert not wrong, f"seed {table['seed']}: {len(wrong)} of {len(table['filters'])}: {sorted(wrong, key=lambda row: len(row[0]))[:12]}"
    scim.close()
