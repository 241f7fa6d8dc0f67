"""Rooms to come: when they may begin, and series that come again by the clock on the wall."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Hosting, User
from accounts.services import switches
from rooms import eligibility
from rooms.models import Repeat, Room, RoomSeries, RoomState
from rooms.queries.room_page import room_page
from rooms.services import lifecycle, schedule
from rooms.services.wording import BadField
from tests.rooms.cast import NOW, person

pytestmark = pytest.mark.django_db

PARIS = "Europe/Paris"
START = datetime(2026, 3, 21, 19, tzinfo=UTC)


@pytest.fixture
def host() -> User:
    return person("host", follower_count=600)


def series_room(host: User, repeat: str = Repeat.WEEKLY, start: datetime = START, zone: str = PARIS) -> Room:
    return lifecycle.schedule_room(
        creator=host, title="Every Saturday", scheduled_start=start, repeat=repeat, time_zone=zone, now=NOW
    )


def waiting() -> list[datetime]:
    rooms = Room.objects.scheduled().order_by("scheduled_start")
    return [start for start in rooms.values_list("scheduled_start", flat=True) if start]


def starts(count: int, **rule: Any) -> list[datetime]:
    """The next so many starts of a rule, on its own wall."""
    zone, found = rule["zone"], []
    after = rule.pop("after")
    for _time in range(count):
        after = schedule.start_after(after=after, **rule)
        found.append(after.astimezone(ZoneInfo(zone)))
    return found


def test_it_begins_a_quarter_of_an_hour_early_and_not_before(host: User) -> None:
    room = lifecycle.schedule_room(creator=host, title="What the sea remembers", scheduled_start=START, now=NOW)
    early = START - timedelta(minutes=15)
    with pytest.raises(eligibility.TooEarly) as refused:
        lifecycle.start_room(actor=host, room_id=room.pk, now=early - timedelta(seconds=1))
    assert refused.value.data == {"from": early.isoformat()}
    assert lifecycle.start_room(actor=host, room_id=room.pk, now=early).state == RoomState.LIVE


def test_every_week_at_the_same_time_on_the_wall_whatever_the_clocks_do() -> None:
    rule = {"repeat": Repeat.WEEKLY, "first": date(2026, 3, 21), "wall": time(20, 0), "zone": PARIS}
    found = starts(3, after=datetime(2026, 3, 20, tzinfo=UTC), **rule)
    assert [f"{moment:%d.%m. %H:%M %z}" for moment in found] == [
        "21.03. 20:00 +0100", "28.03. 20:00 +0100", "04.04. 20:00 +0200",
    ]  # fmt: skip


def test_a_time_that_clocks_skip_comes_an_hour_later_and_one_that_comes_twice_the_first_time() -> None:
    rule = {"repeat": Repeat.WEEKLY, "first": date(2026, 3, 22), "wall": time(2, 30), "zone": PARIS}
    assert f"{starts(1, after=datetime(2026, 3, 23, tzinfo=UTC), **rule)[0]:%d. %H:%M %z}" == "29. 03:30 +0200"
    found = starts(2, after=datetime(2026, 10, 20, tzinfo=UTC), **rule)
    assert [f"{moment:%d. %H:%M %z}" for moment in found] == ["25. 02:30 +0200", "01. 02:30 +0100"]


def test_every_month_on_the_31st_is_the_last_day_of_shorter_months() -> None:
    rule = {"repeat": Repeat.MONTHLY, "first": date(2027, 1, 31), "wall": time(9, 0), "zone": "Asia/Tokyo"}
    found = starts(4, after=datetime(2027, 1, 1, tzinfo=UTC), **rule)
    assert [f"{moment:%m-%d %H:%M}" for moment in found] == ["01-31 09:00", "02-28 09:00", "03-31 09:00", "04-30 09:00"]


def test_every_month_on_the_5th_is_the_5th() -> None:
    rule = {"repeat": Repeat.MONTHLY, "first": date(2027, 1, 5), "wall": time(9, 0), "zone": "UTC"}
    found = starts(2, after=datetime(2027, 1, 6, tzinfo=UTC), **rule)
    assert [f"{moment:%m-%d}" for moment in found] == ["02-05", "03-05"]


def test_the_next_is_announced_when_one_begins_and_only_once(host: User) -> None:
    room = series_room(host)
    assert waiting() == [START]
    for _time in range(2):
        lifecycle.start_room(actor=host, room_id=room.pk, now=START)
    # Clocks go forward on the 29th: 20:00 in Paris is 19:00 UTC before, 18:00 after.
    assert waiting() == [START + timedelta(days=7)]
    (following,) = Room.objects.scheduled()
    assert (following.title, following.creator, following.series) == ("Every Saturday", host, room.series)
    lifecycle.start_room(actor=host, room_id=following.pk, now=START + timedelta(days=7))
    assert waiting() == [START + timedelta(days=14, hours=-1)]


def test_a_room_that_was_moved_leaves_the_rhythm_of_its_series_alone(host: User) -> None:
    room = series_room(host)
    sunday = START + timedelta(days=1)
    lifecycle.change_room(actor=host, room_id=room.pk, changes={"scheduled_start": sunday}, now=NOW)
    lifecycle.start_room(actor=host, room_id=room.pk, now=sunday)
    assert waiting() == [START + timedelta(days=7)]


def test_one_that_is_cancelled_or_forgotten_is_followed_by_the_next(host: User) -> None:
    room = series_room(host)
    lifecycle.cancel_room(actor=host, room_id=room.pk, now=NOW)
    assert waiting() == [START + timedelta(days=7)]
    # Nobody came for a month: what is over is not announced.
    schedule.cancel_overdue(now=START + timedelta(days=30))
    assert waiting() == [datetime(2026, 4, 25, 18, tzinfo=UTC)]


def test_all_later_ones_can_be_cancelled_too(host: User) -> None:
    room = series_room(host)
    lifecycle.cancel_room(actor=host, room_id=room.pk, end_series=True, now=NOW)
    assert waiting() == []
    assert RoomSeries.objects.get().ended_at == NOW


def test_who_may_not_host_any_more_has_no_series_any_more(host: User) -> None:
    room = series_room(host)
    User.objects.filter(pk=host.pk).update(hosting=Hosting.WITHDRAWN)
    schedule.cancel_overdue(now=START + timedelta(hours=1))
    room.refresh_from_db()
    assert (room.state, waiting()) == (RoomState.CANCELLED, [])
    assert RoomSeries.objects.get().ended_at is not None


def test_a_site_that_takes_no_new_rooms_keeps_what_was_promised(host: User) -> None:
    series_room(host)
    warden = person("warden", is_staff=True, is_superuser=True)
    switches.set_switches(actor=warden, no_new_rooms=True, read_only=False, why="A flood.")
    schedule.cancel_overdue(now=START + timedelta(hours=1))
    assert waiting() == [START + timedelta(days=7)]


@pytest.mark.parametrize("fields", [{"repeat": "DAILY", "zone": PARIS}, {"repeat": "WEEKLY", "zone": "../etc/passwd"}])
def test_a_rule_or_a_zone_that_there_is_not_is_refused(host: User, fields: dict[str, str]) -> None:
    with pytest.raises(BadField):
        series_room(host, **fields)
    assert not Room.objects.exists()


def test_staff_make_a_room_official_and_everybody_sees_it(host: User, told: Callable[..., Any]) -> None:
    room = series_room(host)
    staff = {"actor": person("warden", is_staff=True), "now": NOW}
    (frame,) = told(room, lifecycle.set_official, is_official=True, **staff)
    assert (frame["type"], frame["data"]["room"]["is_official"]) == ("state.changed", True)
    assert told(room, lifecycle.set_official, is_official=True, **staff) == [], "it was so already"
    room.refresh_from_db()
    assert room.is_official
    lifecycle.start_room(actor=host, room_id=room.pk, now=START)
    assert Room.objects.scheduled().get().is_official


def test_one_of_a_series_that_was_moved_is_told_to_be(host: User) -> None:
    room = series_room(host)
    assert not room_page(room_id=room.pk, viewer=host, now=NOW).is_moved
    changes = {"scheduled_start": START + timedelta(minutes=30)}
    lifecycle.change_room(actor=host, room_id=room.pk, changes=changes, now=NOW)
    assert room_page(room_id=room.pk, viewer=host, now=NOW).is_moved
    lifecycle.cancel_room(actor=host, room_id=room.pk, now=NOW)
    following = Room.objects.scheduled().get()
    assert following.scheduled_start == START + timedelta(days=7), "those that come after keep their time"
    assert not room_page(room_id=following.pk, viewer=host, now=NOW).is_moved
