"""The next nights on which clocks are changed, found anew on each day that tests run."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

#: Two that change at 2 or 3 o'clock, half a year apart: of one of them the next night is always less than a year ahead.
ZONES = ("Europe/Paris", "Australia/Sydney")
WALL = time(2, 30)


class Night(NamedTuple):
    """02:30 of a day is there twice, or not at all. `moments` are the two that it can mean, in UTC."""

    zone: str
    day: date
    moments: tuple[datetime, datetime]


def next_night(*, twice: bool) -> Night:
    """The next night on which 02:30 comes twice, or with `twice` false is skipped."""
    today = datetime.now(UTC).date()
    for zone in ZONES:
        for ahead in range(2, 360):
            day = today + timedelta(days=ahead)
            first, second = (datetime.combine(day, WALL, ZoneInfo(zone)).replace(fold=fold) for fold in (0, 1))
            earlier, later = first.utcoffset(), second.utcoffset()
            assert earlier is not None
            assert later is not None
            if earlier > later if twice else earlier < later:
                return Night(zone, day, (first.astimezone(UTC), second.astimezone(UTC)))
    raise AssertionError("clocks are not changed any more")
