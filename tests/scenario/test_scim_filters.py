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


def test_ids_have_their_order_among_all_texts(sandbox):
    scim = sandbox.new_tenant().scim()
    ids = [scim.create_user(f"ida{n}").body["id"] for n in range(5)]
    ids = sorted(ids + [p["id"] for p in scim.get("/Users").body["Resources"] if p["id"] not in ids])
    middle = ids[len(ids) // 2]
    texts = ["", "0", "1", "zzz", "g", "-", ":", "00000000-", "ffffffff", middle, middle.upper(),
             middle[:20], middle + "0", middle[:8] + "0" + middle[9:], middle[:8] + "!", middle[:35],
             middle[:8] + "0", middle[:10] + "~", middle[:14] + ":", middle[:-1] + "g", "x" * 50]
    holds = {"gt": str.__gt__, "ge": str.__ge__, "lt": str.__lt__, "le": str.__le__}
    for text in texts:
        for operator, compare in holds.items():
            found = scim.ask("POST", "/Users/.search", {
                "schemas": [SEARCH], "filter": f"id {operator} {json.dumps(text)}"})
            assert found.status == 200, found.body
            got = sorted(person["id"] for person in found.body["Resources"])
            assert got == [i for i in ids if compare(i, text.lower())], (operator, text)
    scim.close()
