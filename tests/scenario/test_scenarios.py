"""No scenario of directory sync is forgotten: each has its tests, or a word why it has none."""

from pathlib import Path

from scenarios import SCENARIOS

HERE = Path(__file__).parent


def test_each_of_the_102_scenarios_has_a_row():
    assert sorted(SCENARIOS) == list(range(1, 103))


def test_the_tests_that_the_rows_name_are_there():
    for number, row in SCENARIOS.items():
        assert row, number
        for file, names in row.items() if isinstance(row, dict) else ():
            text = (HERE / f"test_{file}.py").read_text(encoding="utf-8")
            for name in names:
                assert f"\ndef test_{name}(" in "\n" + text, (number, file, name)
