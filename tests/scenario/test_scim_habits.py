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
PROFILES = set(RECORDED) - {"aws"}


@pytest.fixture(scope="module")
def tenants(sandbox):
    """Of each product, by connections of its own profile."""
    made = {}
    for product in RECORDED:
        profile = product if product in PROFILES else "rfc"
        made[product] = runner.Runner(*(
            runner.Peer(t.scim_url, t.scim_token)
            for t in (sandbox.new_tenant("--profile", profile) for _ in "AB")))
    yield made
    for each in made.values():
        each.close()


@pytest.mark.parametrize("product, case", [
    pytest.param(product, case, id=f"{product}-{case['name']}")
    for product, cases in RECORDED.items() for case in cases])
def test_habit(tenants, product, case):
    tenants[product].run(case)


def test_every_product_of_the_list_is_recorded():
    assert set(RECORDED) == {"aws", "entra", "google", "jumpcloud", "okta", "onelogin", "ping",
                             "sailpoint"}
