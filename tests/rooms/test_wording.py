"""What a room may be called, and for when it may be announced."""

from datetime import timedelta

import pytest

from rooms.services import wording
from tests.rooms.cast import NOW

INVISIBLE = "\u200d" * 8


def checked(**fields: object) -> dict[str, object]:
    return wording.checked(fields, now=NOW)


@pytest.mark.parametrize("title", [INVISIBLE, "Four", "x" * 81, "  a \u202e b "])
def test_a_title_says_something_in_5_to_80_characters(title: str) -> None:
    with pytest.raises(wording.TitleLength):
        checked(title=title)


def test_a_title_neither_hides_nor_covers_what_stands_beside_it() -> None:
    told = checked(title="The \u202esea" + "\u0301" * 40, description="One\r\n\r\n\r\n\r\ntwo")
    assert told == {"title": "The seá" + "\u0301" * 4, "description": "One\n\ntwo"}


def test_a_topic_is_one_topic_however_it_was_typed() -> None:
    assert checked(topics=["#Radio", " radio ", "Slow  Sound", "", "#"]) == {"topics": ["radio", "slow sound"]}


def test_a_room_is_announced_up_to_a_year_ahead() -> None:
    start = NOW + timedelta(days=365)
    assert checked(scheduled_start=start) == {"scheduled_start": start}


@pytest.mark.parametrize(
    "start",
    [NOW + timedelta(days=365, seconds=1), NOW, (NOW + timedelta(days=1)).replace(tzinfo=None), "2099-01-01", None],
)
def test_a_start_beyond_a_year_or_past_or_without_a_zone_is_refused(start: object) -> None:
    with pytest.raises(wording.BadField) as refused:
        checked(scheduled_start=start)
    assert refused.value.field == "scheduled_start"
