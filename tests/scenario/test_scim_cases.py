"""The protocol cases of tests/scim against a real musterd."""

import sys

import pytest

from muster import TOP

sys.path.insert(0, str(TOP / "tests/scim"))
import runner  # noqa: E402

# Those that change nothing first, so that they share their fixtures.
RUN = sorted(runner.CASES, key=lambda case: (case["mutates"], case["fixture"]))
# What a connection of the profile is not asked for.
EXCEPT = {"rfc": (), "entra": ("rfc",)}


@pytest.fixture(scope="module")
def runners(sandbox):
    made = {}
    for profile in EXCEPT:
        tenants = [sandbox.new_tenant("--profile", profile) for _ in "AB"]
        made[profile] = runner.Runner(*(runner.Peer(t.scim_url, t.scim_token) for t in tenants))
    yield made
    for each in made.values():
        each.close()


@pytest.mark.parametrize("profile, case", [
    pytest.param(profile, case, id=f"{profile}-{case['name']}")
    for profile, others in EXCEPT.items() for case in RUN if case["profile"] not in others])
def test_case(runners, profile, case):
    runners[profile].run(case)
