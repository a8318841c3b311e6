"""The protocol cases of tests/scim against a real musterd, but for those it does not offer yet."""

import re
import sys

import pytest

from muster import TOP

sys.path.insert(0, str(TOP / "tests/scim"))
import runner  # noqa: E402

# Not run, by name: what they need is not there, or is decided otherwise.
LATER = {
    "an empty tenant has no Groups, it says, but every tenant has its built-in roles":
        r"tenant/lists-do-not-leak",
}
RUN = [case for case in runner.CASES
       if not any(re.fullmatch(names, case["name"]) for names in LATER.values())]
# Those that change nothing first, so that they share their fixtures.
RUN.sort(key=lambda case: (case["mutates"], case["fixture"]))
NOT_RUN = 1


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


def test_what_is_not_run_is_listed():
    assert len(runner.CASES) - len(RUN) == NOT_RUN
