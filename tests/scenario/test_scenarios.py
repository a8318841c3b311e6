"""No scenario of directory sync is forgotten: each has its tests, or a word why it has none."""

from pathlib import Path

from scenarios import SCENARIOS

HERE = Path(__file__).parent


def test_each_of_the_102_scenarios_has_a_row():
    assert sorted(SCENARIOS) == list(range(1, 103))


def text_of(file):
    """Either a file of tests, or one that such files take theirs from."""
    path = HERE / f"test_{file}.py"
    return (path if path.exists() else HERE / f"{file}.py").read_text(encoding="utf-8")


def test_the_tests_that_the_rows_name_are_there():
    for number, row in SCENARIOS.items():
        assert row, number
        for file, names in row.items() if isinstance(row, dict) else ():
            for name in names:
                assert f"\ndef test_{name}(" in "\n" + text_of(file), (number, file, name)
