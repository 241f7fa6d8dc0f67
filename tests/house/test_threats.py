"""The table of threats is what the tests' names say, and every row has a test or says why not."""

from tests.threats import ASVS, LIMITS, NOT_THERE, TABLE, THREATS, named_tests, render, rows_of

ROWS = {"threats": THREATS, "asvs": ASVS, "limits": LIMITS}


def test_the_table_is_made_from_these_tests() -> None:
    assert TABLE.read_text() == render(), "run: python -m tests.threats"


def test_every_name_stands_for_a_row_that_there_is() -> None:
    unknown = [(path, name) for path, name in named_tests() for table, key in rows_of(name) if key not in ROWS[table]]
    assert unknown == []


def test_every_row_has_a_test_or_says_why_not() -> None:
    shown = {row for _path, name in named_tests() for row in rows_of(name)}
    bare = [(table, key) for table, rows in ROWS.items() for key, row in rows.items() if not row.gap]
    assert [row for row in bare if row not in shown] == []
    assert {("threats", key) for key in THREATS if key not in NOT_THERE} <= shown


def test_every_threat_of_the_model_has_its_row() -> None:
    assert list(THREATS) == [f"{number:02}" for number in range(1, 27)]


def test_names_are_read_as_they_are_meant() -> None:
    assert rows_of("test_threat_12_asvs_17_2_6_a_forged_hello") == [("threats", "12"), ("asvs", "17.2.6")]
    assert rows_of("test_threat_09_limit_ws_message_is_16_kib") == [("threats", "09"), ("limits", "ws")]
    assert rows_of("test_the_limits_hold") == []
