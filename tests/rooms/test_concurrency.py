"""Many at once, in threads that commit: one winner, no gap, nothing lost. On SQLite and on PostgreSQL."""

import json
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from rooms import events, stage_rules
from rooms.eligibility import TooManyRooms
from rooms.models import Participant, Room, SpeakRequest
from rooms.protocol import recent_events_key
from rooms.services import entry, hands, lifecycle, stage
from spaces_site.errors import DomainError
from tests.rooms.cast import NOW, Cast, come_in, open_room, person, place_of, raise_and_accept

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all acts in threads that start together; each one's result, or its refusal."""
    start = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(index: int, act: Callable[[], object]) -> None:
        start.wait()
        try:
            results[index] = act()
        except DomainError as refusal:
            results[index] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, act)) for index, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return results


def test_limit_stage_asvs_2_3_4_the_last_seat_has_one_taker(transactional_cast: Cast) -> None:
    cast = transactional_cast
    Room.objects.filter(pk=cast.room.pk).update(stage_limit=3)
    people = [person(f"asker_{index}") for index in range(4)]
    for one in people:
        come_in(one, cast.room)
        raise_and_accept(one, cast.host, cast.room)
    results = at_once(*(lambda one=one: stage.take_offer(actor=one, room_id=cast.room.pk, now=NOW) for one in people))
    assert sum(isinstance(result, stage_rules.StageFull) for result in results) == 3
    assert Participant.objects.on_stage().filter(room=cast.room).count() == 3


def test_numbers_have_no_gap_and_no_double_when_all_raise_hands(transactional_cast: Cast) -> None:
    cast = transactional_cast
    people = [person(f"asker_{index}") for index in range(6)]
    for one in people:
        come_in(one, cast.room)
    before = Room.objects.get(pk=cast.room.pk).seq
    at_once(*(lambda one=one: hands.raise_hand(actor=one, room_id=cast.room.pk, now=NOW) for one in people))
    frames = [json.loads(text) for text in events.broker().lrange(recent_events_key(str(cast.room.pk)), 0, -1)]
    raised = sorted(frame["seq"] for frame in frames if frame["type"] == "hand.raised")[-6:]
    assert raised == list(range(before + 1, before + 7))
    caught_up = events.events_after(cast.room.pk, before)
    assert caught_up is not None
    assert [json.loads(text)["seq"] for text in caught_up] == raised


def test_one_person_has_one_hand_and_one_place(transactional_cast: Cast) -> None:
    cast = transactional_cast

    def join() -> object:
        return entry.join_room(actor=cast.stranger, room_id=cast.room.pk, device="same", now=NOW)

    joined = at_once(*[join] * 5)
    assert len(set(joined)) == 1
    raised = at_once(*[lambda: hands.raise_hand(actor=cast.stranger, room_id=cast.room.pk, now=NOW)] * 5)
    assert len(set(raised)) == 1
    assert SpeakRequest.objects.filter(participant=place_of(cast.stranger, cast.room)).count() == 1


def test_limit_live_rooms_the_third_is_opened_once(transactional_db: None) -> None:
    host = person("host", follower_count=600)
    open_room(host)
    open_room(host)
    results = at_once(*[lambda: lifecycle.open_room(creator=host, title="The third room", now=NOW)] * 4)
    assert sum(isinstance(result, TooManyRooms) for result in results) == 3
    assert Room.objects.live().filter(creator=host).count() == 3


def test_asvs_2_3_3_joining_and_ending_at_once_leaves_nobody_inside(transactional_cast: Cast) -> None:
    cast = transactional_cast
    people = [person(f"late_{index}") for index in range(4)]
    at_once(
        lambda: lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=NOW),
        *(
            lambda one=one: entry.join_room(actor=one, room_id=cast.room.pk, device=one.handle, now=NOW)
            for one in people
        ),
    )
    assert not Participant.objects.present().filter(room=cast.room).exists()


def test_ending_at_once_ends_once(transactional_cast: Cast) -> None:
    cast = transactional_cast
    at_once(*[lambda: lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=NOW)] * 4)
    frames = events.broker().lrange(recent_events_key(str(cast.room.pk)), 0, -1)
    assert sum(json.loads(text)["type"] == "room.ended" for text in frames) == 1
