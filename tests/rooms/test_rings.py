"""The purple ring: for whom, of whom, and never across a block."""

from uuid import UUID

import pytest

from accounts.models import User
from accounts.services import blocks, follows
from rooms.models import Room
from rooms.queries import rings
from rooms.services import entry, lifecycle
from tests.rooms.cast import NOW, Cast, later, person

pytestmark = pytest.mark.django_db


def seen(viewer: User) -> dict[str, UUID]:
    """Handle → room, by both ways of asking, which agree."""
    shown, _stages = rings.rings_and_stages(viewer=viewer, most=9, people=())
    one_by_one = {ring.person.handle: ring.room_id for ring in shown}
    by_id = {User.objects.get(pk=who).handle: stage.room_id for who, stage in rings.stages_for(viewer=viewer).items()}
    crowd = {
        ring.person.handle: ring.room_id for ring in rings.rings_of(viewers=[viewer.pk]).get(viewer.pk, {}).values()
    }
    assert one_by_one == by_id == crowd
    return one_by_one


@pytest.fixture
def fan(cast: Cast) -> User:
    fan = person("fan")
    for whom in (cast.host, cast.speaker, cast.listener):
        follows.follow(actor=fan, person_id=whom.pk, now=NOW)
    return fan


def test_who_hosts_or_speaks_has_a_ring_and_who_listens_has_none(cast: Cast, fan: User) -> None:
    assert seen(fan) == {"host": cast.room.pk, "speaker": cast.room.pk}
    assert seen(cast.stranger) == {}
    assert rings.stages_for(viewer=cast.guest) == {}


def test_it_goes_with_the_stage_and_with_the_room(cast: Cast, fan: User) -> None:
    entry.leave_room(actor=cast.speaker, room_id=cast.room.pk, now=later(1))
    assert seen(fan) == {"host": cast.room.pk}
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(2))
    assert seen(fan) == {}
    assert rings.live_stages() == {}


@pytest.mark.parametrize("who_blocks", ["host", "fan"])
def test_a_block_takes_the_ring_of_the_blocked_and_of_all_on_their_stage(
    cast: Cast, fan: User, who_blocks: str
) -> None:
    one, other = (cast.host, fan) if who_blocks == "host" else (fan, cast.host)
    blocks.block_person(actor=one, person_id=other.pk, now=NOW)
    assert seen(fan) == {}


def test_many_viewers_are_answered_at_once_each_by_their_own_blocks(cast: Cast, fan: User) -> None:
    other_fan = person("other_fan")
    follows.follow(actor=other_fan, person_id=cast.speaker.pk, now=NOW)
    blocks.block_person(actor=cast.host, person_id=fan.pk, now=NOW)
    found = rings.rings_of(viewers=[fan.pk, other_fan.pk])
    assert {viewer: list(people) for viewer, people in found.items()} == {other_fan.pk: [cast.speaker.pk]}
    assert rings.rings_of(viewers=[other_fan.pk], people=[cast.host.pk]) == {}


def test_somebody_on_two_stages_has_one_ring_to_the_newest(cast: Cast, fan: User) -> None:
    User.objects.filter(pk=cast.host.pk).update(follower_count=600)
    second: Room = lifecycle.open_room(creator=cast.host, title="Another sea", now=later(60))
    assert seen(fan)["host"] == second.pk
    assert rings.live_stages()[cast.host.pk] == (second.pk, "Another sea")
