"""No scenario of directory sync is forgotten: each has its tests, on each server that it names."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

from corp import SERVERS
from scenarios import ABUSE, SCENARIOS

HERE = Path(__file__).parent
CLASSES = {made.__name__: kind for kind, made in SERVERS.items()}
# Of a file whose tests are each of one server: a word of its name says which.
WORDS = {"active_directory": "samba", "389": "ds389"}


def path_of(file):
    """Either a file of tests, or one that such files take theirs from."""
    path = HERE / f"test_{file}.py"
    return path if path.exists() else HERE / f"{file}.py"


@lru_cache(None)
def text_of(file):
    return path_of(file).read_text(encoding="utf-8")


@lru_cache(None)
def names_in(file):
    return {node.name.removeprefix("test_") for node in ast.parse(text_of(file)).body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@lru_cache(None)
def servers_of_file(file):
    if not path_of(file).name.startswith("test_"):
        takers = [path.stem.removeprefix("test_") for path in HERE.glob("test_*.py")
                  if f"from {file} import *" in path.read_text(encoding="utf-8")]
        return set().union(*map(servers_of_file, takers))
    words = set(re.findall(r"\w+", text_of(file)))
    return set(SERVERS) if "SERVERS" in words else {
        kind for name, kind in CLASSES.items() if name in words}


def servers_of(file, name):
    told = {kind for word, kind in WORDS.items() if name.startswith(word)}
    return told or servers_of_file(file)


def named(tests):
    return [(file, name) for file, names in tests.items() for name in names]


def test_each_of_the_102_scenarios_has_a_row():
    assert sorted(SCENARIOS) == list(range(1, 103))
    assert [f"H{number}" for number in range(1, 19) if f"H{number}" not in ABUSE] == []


@pytest.mark.parametrize("number", [*SCENARIOS, *ABUSE])
def test_the_tests_that_a_row_names_are_there(number):
    tests = SCENARIOS[number].tests if number in SCENARIOS else ABUSE[number]
    assert named(tests)
    assert [one for one in named(tests) if one[1] not in names_in(one[0])] == []


@pytest.mark.parametrize("number", SCENARIOS)
def test_a_scenario_runs_on_each_server_that_it_names_or_says_why_not(number):
    row = SCENARIOS[number]
    ran = set().union(*(servers_of(*one) for one in named(row.tests)))
    assert row.servers - ran == set(row.otherwise), (ran, row)
    assert ran or set(row.tests) <= {"sync_hostile", "sync_evil", "webhook"}, row
    assert all(len(why.split()) > 4 for why in row.otherwise.values()), row
