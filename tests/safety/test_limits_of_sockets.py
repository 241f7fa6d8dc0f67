"""What one person, one address and one socket may hold: each limit at its border and one beyond."""

from datetime import timedelta

import pytest
from django.conf import settings as site
from django.utils import timezone

from rooms import events
from rooms.models import Room
from rooms.protocol import COMMAND_BURST, COMMANDS_PER_SECOND, MalformedFrame, parse_command
from rooms.services import lifecycle, stage, tickets
from rooms.stage_rules import StageFull
from spaces_site.boundary.nesting import MAX_DEPTH
from tests.rooms.cast import NOW, Cast, come_in, open_room, person, raise_and_accept
from tests.rooms.sockets.clients import InProcess
from tests.rooms.sockets.conftest import hub_ends as hub_ends
from tests.rooms.sockets.people import sign_in
from tests.safety.production import settings_of


def test_limit_sockets_and_seats_as_they_are_shipped() -> None:
    told = settings_of("production")
    assert told["SOCKETS_PER_PERSON"] == 5
    assert told["SOCKETS_PER_ADDRESS"] == 30
    assert told["SEAT_GRACE_SECONDS"] == 30
    assert told["STAGE_LIMIT"] == 13


@pytest.mark.parametrize(("asked", "given"), [("50", 50), ("51", 50), ("1", 1), ("0", 1)])
def test_limit_stage_is_configured_from_1_to_50(asked: str, given: int) -> None:
    assert settings_of("production", STAGE_LIMIT=asked)["STAGE_LIMIT"] == given


def test_limit_stage_of_a_new_room_is_13(db: None) -> None:
    host = person("host", follower_count=600)
    room = open_room(host)
    assert room.stage_limit == site.STAGE_LIMIT == 13
    for number in range(12):
        someone = person(f"speaker_{number}")
        come_in(someone, room)
        raise_and_accept(someone, host, room)
        stage.take_offer(actor=someone, room_id=room.pk, now=NOW)
    late = person("late")
    come_in(late, room)
    with pytest.raises(StageFull):
        raise_and_accept(late, host, room)


@pytest.mark.usefixtures("hub_ends")
async def test_limit_sockets_of_an_address_is_30(transactional_cast: Cast) -> None:
    assert site.SOCKETS_PER_ADDRESS == 30
    keys = [sign_in(person(f"neighbour_{number}")) for number in range(31)]
    held = []
    for key in keys:
        client = InProcess(transactional_cast.room.pk, session=key)
        client.socket.scope["client"] = ["192.0.2.7", 40_000]
        await client.connect()
        held.append(client)
    assert (await held[29].command("ping"))["type"] == "ack"
    assert await held[30].closed() == 4429
    for client in held[:30]:
        await client.leave()


def nested(depth: int) -> str:
    """A ping whose frame is so many containers deep."""
    inner = "[" * (depth - 2) + "]" * (depth - 2)
    return '{"type": "ping", "id": "c1", "data": {"x": ' + inner + "}}"


def test_limit_json_depth_of_a_frame_is_16() -> None:
    assert parse_command(nested(MAX_DEPTH)).type == "ping"
    for depth in (MAX_DEPTH + 1, 3_000):
        with pytest.raises(MalformedFrame):
            parse_command(nested(depth))


def test_limit_ws_frames_are_20_a_second_and_40_in_one_go() -> None:
    assert (COMMANDS_PER_SECOND, COMMAND_BURST) == (20, 40)


def test_limit_ticket_of_a_socket_lives_for_30_seconds_and_opens_once(cast: Cast) -> None:
    assert tickets.TICKET_SECONDS == 30
    ticket = tickets.issue_ticket(person=cast.listener, room_id=cast.room.pk, now=NOW)
    (key,) = events.broker().scan_iter(f"*{ticket}")
    assert 29_000 < int(events.broker().pttl(key)) <= 30_000
    assert tickets.redeem_ticket(ticket=ticket, room_id=cast.room.pk) is not None
    assert tickets.redeem_ticket(ticket=ticket, room_id=cast.room.pk) is None
    late = tickets.issue_ticket(person=cast.listener, room_id=cast.room.pk, now=NOW)
    # Its last millisecond has come: the broker itself forgets it.
    (key,) = events.broker().scan_iter(f"*{late}")
    events.broker().pexpire(key, 1)
    while events.broker().exists(key):
        continue
    assert tickets.redeem_ticket(ticket=late, room_id=cast.room.pk) is None


def test_limit_scheduled_rooms_are_50_a_host(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from rooms.eligibility import SCHEDULED_ROOMS_PER_HOST, TooManyRooms
    from rooms.services import pace

    monkeypatch.setattr(pace, "check", lambda *_, **__: None)
    assert SCHEDULED_ROOMS_PER_HOST == 50
    host, now = person("host", follower_count=600), timezone.now()
    for number in range(50):
        lifecycle.schedule_room(
            creator=host, title=f"Evening number {number}", scheduled_start=now + timedelta(days=1), now=now
        )
    with pytest.raises(TooManyRooms):
        lifecycle.schedule_room(
            creator=host, title="One evening too many", scheduled_start=now + timedelta(days=1), now=now
        )
    assert Room.objects.scheduled().count() == 50
