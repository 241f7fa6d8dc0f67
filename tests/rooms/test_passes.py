"""A room that needs passes: none, no sound, at every door; and a pass that is taken back shuts it at once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from rest_framework.test import APIClient

from accounts.services import blocks
from rooms import admission, refusals
from rooms.models import Participant, PassSource, Removal, Room, RoomPass, RoomState
from rooms.services import entry, hosts, passes, playback, whip
from rooms.services.stage import take_offer
from tests.rooms.cast import NOW, Cast, come_in, guest, later, open_room, person, place_of, raise_and_accept
from tests.rooms.test_concurrency import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(db: None) -> Room:
    """A live room that needs passes, with its host inside."""
    return ticketed(open_room(person("host", follower_count=600)))


def ticketed(room: Room) -> Room:
    passes.require_passes(room=room, now=NOW)
    return room


def give(who: Any, room: Room, source: PassSource = PassSource.TICKET) -> bool:
    return passes.issue_pass(room_id=room.pk, person_id=who.pk, source=source, now=NOW)


def test_without_a_pass_nobody_joins_and_with_one_they_do(room: Room) -> None:
    fan = person("fan")
    with pytest.raises(refusals.NeedsTicket) as refused:
        entry.join_room(actor=fan, room_id=room.pk, device="d", now=NOW)
    assert refused.value.data == {"room_id": str(room.pk)}
    assert not Participant.objects.filter(person=fan).exists()
    give(fan, room)
    assert come_in(fan, room).left_at is None


def test_a_guest_cannot_have_one(room: Room) -> None:
    with pytest.raises(refusals.NeedsTicket):
        come_in(guest(), room)


def test_the_host_needs_none_and_comes_back(room: Room) -> None:
    entry.leave_room(actor=room.creator, room_id=room.pk, now=later(1))
    assert come_in(room.creator, room, now=later(2)).role == "HOST"


def test_moving_to_another_device_asks_again(room: Room) -> None:
    fan = person("fan")
    give(fan, room)
    come_in(fan, room)
    RoomPass.objects.update(revoked_at=NOW)
    with pytest.raises(refusals.NeedsTicket):
        entry.move_here(actor=fan, room_id=room.pk, device="other", now=later(1))


def test_what_else_shuts_the_door_is_told_first(room: Room) -> None:
    fan = person("fan")
    Removal.objects.create(room=room, person=fan, by=room.creator, removed_at=NOW)
    with pytest.raises(refusals.PutOut):
        come_in(fan, room)


def test_a_pass_does_not_open_what_a_block_shuts(room: Room) -> None:
    fan = person("fan")
    give(fan, room)
    blocks.block_person(actor=room.creator, person_id=fan.pk, now=NOW)
    with pytest.raises(refusals.NoSuchRoom):
        come_in(fan, room)


@pytest.mark.parametrize("stage", [False, True], ids=["listener", "speaker"])
def test_a_pass_taken_back_ends_place_sound_and_microphone(
    room: Room, stage: bool, told: Callable[..., list[dict[str, Any]]]
) -> None:
    fan = person("fan")
    give(fan, room)
    come_in(fan, room)
    if stage:
        raise_and_accept(fan, room.creator, room)
        take_offer(actor=fan, room_id=room.pk, now=NOW)
    events = told(room, passes.revoke_pass, person_id=fan.pk, source=PassSource.TICKET, now=later(1))
    place = place_of(fan, room)
    assert (place.left_at, place.muted, place.role) == (later(1), True, "LISTENER")
    assert [one["type"] for one in events if one["type"] == "speaker.left"] == (["speaker.left"] if stage else [])
    with pytest.raises(playback.NotJoined):
        playback.media_info(participant=place, room=room, now=later(1))
    with pytest.raises(playback.NotOnStage):
        playback.speak_grant(person_id=fan.pk, room_id=room.pk, device=place.device, now=later(1))
    standing = playback.standing_of(room_ids=[str(room.pk)], since=NOW)[str(room.pk)]
    assert standing.gone == {str(place.pk): later(1)}
    with pytest.raises(refusals.NeedsTicket):
        come_in(fan, room, now=later(2))


def test_a_microphone_of_a_program_dies_with_the_pass(room: Room) -> None:
    fan = person("fan")
    give(fan, room)
    come_in(fan, room)
    raise_and_accept(fan, room.creator, room)
    take_offer(actor=fan, room_id=room.pk, now=NOW)
    grant = whip.media_grant(actor=fan, room_id=room.pk, now=NOW)
    passes.revoke_pass(room_id=room.pk, person_id=fan.pk, source=PassSource.TICKET, now=later(1))
    with pytest.raises(playback.NotOnStage):
        whip.publish(actor=AnonymousUser(), bearer=grant, room_id=room.pk, sdp="v=0", now=later(1))


def test_another_pass_keeps_somebody_in(room: Room) -> None:
    fan = person("fan")
    give(fan, room)
    give(fan, room, PassSource.GUEST_LIST)
    come_in(fan, room)
    assert passes.revoke_pass(room_id=room.pk, person_id=fan.pk, source=PassSource.TICKET, now=later(1))
    assert place_of(fan, room).left_at is None


def test_a_pass_is_issued_and_taken_back_once(room: Room) -> None:
    fan = person("fan")
    assert (give(fan, room), give(fan, room)) == (True, False)
    told = {"room_id": room.pk, "person_id": fan.pk, "source": PassSource.TICKET, "now": later(1)}
    assert (passes.revoke_pass(**told), passes.revoke_pass(**told)) == (True, False)
    assert give(fan, room)


def test_a_co_host_has_a_pass_of_their_own(room: Room) -> None:
    fan = person("fan")
    give(fan, room)
    come_in(fan, room)
    raise_and_accept(fan, room.creator, room)
    take_offer(actor=fan, room_id=room.pk, now=NOW)
    hosts.name_cohost(actor=room.creator, room_id=room.pk, participant_id=place_of(fan, room).pk, now=NOW)
    passes.revoke_pass(room_id=room.pk, person_id=fan.pk, source=PassSource.TICKET, now=later(1))
    assert place_of(fan, room).left_at is None
    assert RoomPass.objects.standing().get().source == PassSource.CREW


# --- the open doors -------------------------------------------------------------------------------


def test_sound_without_an_account_is_not_open_even_where_guests_are_allowed(room: Room) -> None:
    assert room.guests_allowed
    with pytest.raises(playback.NoOpenDoor):
        playback.open_grant(room_id=room.pk, now=NOW)
    assert not playback.standing_of(room_ids=[str(room.pk)], since=NOW)[str(room.pk)].open


def test_the_door_says_so_on_pages_and_in_lists(room: Room) -> None:
    fan, holder = person("fan"), person("holder")
    give(holder, room)
    for who, door in ((fan, "needs_ticket"), (holder, "open"), (room.creator, "open")):
        api = APIClient()
        api.force_login(who)
        told = api.get(f"/api/v1/rooms/{room.pk}/").json()["data"]
        assert (told["is_ticketed"], told["viewer"]["door"], told["viewer"]["ticket"]) == (True, door, who == holder)
    assert Client().get(f"/api/v1/rooms/{room.pk}/").json()["data"]["viewer"]["door"] == "needs_ticket"


@pytest.mark.django_db(transaction=True)
def test_every_http_door_refuses_without_a_pass() -> None:
    room = ticketed(open_room(person("host", follower_count=600)))
    api = APIClient()
    api.force_login(person("fan"))
    joined = api.post(f"/api/v1/rooms/{room.pk}/join/", {"device": "d"})
    assert (joined.status_code, joined.json()["code"]) == (402, "needs_ticket")
    assert api.post(f"/api/v1/rooms/{room.pk}/move-here/", {"device": "d"}).status_code == 402
    for path in ("snapshot/", "events/?after=0", "roster/", "hands/"):
        assert api.get(f"/api/v1/rooms/{room.pk}/{path}").status_code == 402, path
    assert api.post(f"/api/v1/rooms/{room.pk}/media-grant/").status_code == 402
    whip_answer = api.post(f"/api/v1/rooms/{room.pk}/whip/", "v=0", content_type="application/sdp")
    assert whip_answer.status_code == 402
    assert not Participant.objects.filter(room=room).exclude(person=room.creator).exists()


# --- the guest list -------------------------------------------------------------------------------


def test_who_opened_the_room_keeps_the_guest_list(room: Room) -> None:
    friend = person("friend")
    told = passes.add_guest(actor=room.creator, room_id=room.pk, handle="@Friend ", now=NOW)
    assert told.handle == "friend"
    passes.add_guest(actor=room.creator, room_id=room.pk, person_id=friend.pk, now=NOW)
    assert [one.handle for one in passes.guest_list(actor=room.creator, room_id=room.pk)] == ["friend"]
    come_in(friend, room)
    assert passes.take_guest_off(actor=room.creator, room_id=room.pk, person_id=friend.pk, now=later(1))
    assert place_of(friend, room).left_at == later(1)


def test_nobody_else_keeps_it(room: Room) -> None:
    fan = person("fan")
    for call in (
        lambda: passes.add_guest(actor=fan, room_id=room.pk, handle="fan", now=NOW),
        lambda: passes.take_guest_off(actor=fan, room_id=room.pk, person_id=fan.pk, now=NOW),
        lambda: passes.guest_list(actor=fan, room_id=room.pk),
    ):
        with pytest.raises(Exception, match="not_a_host"):
            call()


def test_a_blocked_or_missing_person_is_nobody(room: Room) -> None:
    foe = person("foe")
    blocks.block_person(actor=room.creator, person_id=foe.pk, now=NOW)
    for handle in ("foe", "nobody_at_all", ""):
        with pytest.raises(passes.NoSuchGuest):
            passes.add_guest(actor=room.creator, room_id=room.pk, handle=handle, now=NOW)


def test_a_guest_list_has_an_end(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "GUEST_LIST_LIMIT", 1)
    person("one")
    person("two")
    passes.add_guest(actor=room.creator, room_id=room.pk, handle="one", now=NOW)
    with pytest.raises(passes.GuestListFull):
        passes.add_guest(actor=room.creator, room_id=room.pk, handle="two", now=NOW)


# --- who may come to hold one ---------------------------------------------------------------------


def test_who_may_hold_a_pass(room: Room) -> None:
    check = admission.check_may_hold_pass
    fan = person("fan")
    check(person=fan, room=room, now=NOW)
    for who in (AnonymousUser(), guest()):
        with pytest.raises(refusals.NoGuests):
            check(person=who, room=room, now=NOW)
    for state, error in ((RoomState.ENDED, refusals.RoomEnded), (RoomState.CANCELLED, refusals.RoomCancelled)):
        room.state = state
        with pytest.raises(error):
            check(person=fan, room=room, now=NOW)
    room.state = RoomState.SCHEDULED
    check(person=fan, room=room, now=NOW)
    fan.is_active = False
    with pytest.raises(refusals.Suspended):
        check(person=fan, room=room, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_joining_and_losing_the_pass_at_once_leaves_nobody_inside(transactional_cast: Cast) -> None:
    room = ticketed(transactional_cast.room)
    for number in range(8):
        fan = person(f"fan_{number}")
        give(fan, room)
        at_once(
            partial(entry.join_room, actor=fan, room_id=room.pk, device="d", now=NOW),
            partial(passes.revoke_pass, room_id=room.pk, person_id=fan.pk, source=PassSource.TICKET, now=later(1)),
        )
        assert not Participant.objects.present().filter(room=room, person=fan).exists()
