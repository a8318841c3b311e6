"""The habits of real identity providers: tests/scim/recorded holds, for each product, requests as
its public documentation shows them and what it expects to hear."""

import json
import sys

import pytest

from muster import TOP

sys.path.insert(0, str(TOP / "tests/scim"))
import runner  # noqa: E402

RECORDED = {path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((TOP / "tests/scim/recorded").glob("*.json"))}


@pytest.fixture(scope="module")
def tenants(sandbox):
    made = runner.Runner(*(runner.Peer(t.scim_url, t.scim_token)
                           for t in (sandbox.new_tenant() for _ in "AB")))
    yield made
    made.close()


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{product}-{case['name']}")
                                  for product, cases in RECORDED.items() for case in cases])
def test_habit(tenants, case):
    tenants.run(case)


def test_every_product_of_the_list_is_recorded():
    assert set(RECORDED) == {"aws", "entra", "google", "jumpcloud", "okta", "onelogin", "ping",
                             "sailpoint"}
