"""Who may enter."""

import pytest
from django.contrib.auth.models import AnonymousUser

from rooms import admission, refusals
from rooms.admission import Door
from rooms.models import Room, RoomState
from tests.rooms.cast import NOW, Cast, guest, later, open_room, person

pytestmark = pytest.mark.django_db


def check(who: object, room: Room) -> None:
    admission.check_may_join(person=who, room=room, now=NOW)  # type: ignore[arg-type]


def test_anybody_may_listen_whatever_their_followers(cast: Cast) -> None:
    check(cast.stranger, cast.room)
    check(cast.guest, cast.room)


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (RoomState.SCHEDULED, refusals.RoomNotStarted),
        (RoomState.ENDED, refusals.RoomEnded),
        (RoomState.CANCELLED, refusals.RoomCancelled),
    ],
)
def test_each_state_that_is_not_live_has_its_own_refusal(state: str, error: type[Exception]) -> None:
    room = Room(creator=person("host"), state=state, scheduled_start=later(60))
    with pytest.raises(error):
        check(person("stranger"), room)


def test_a_room_that_is_over_is_told_before_anything_about_the_person(cast: Cast) -> None:
    cast.room.state = RoomState.ENDED
    cast.stranger.is_active = False
    for who in (cast.stranger, AnonymousUser()):
        with pytest.raises(refusals.RoomEnded):
            check(who, cast.room)


def test_suspended_people_stay_out(cast: Cast) -> None:
    cast.stranger.is_active = False
    with pytest.raises(refusals.Suspended):
        check(cast.stranger, cast.room)


def test_guests_only_where_the_host_allows_them() -> None:
    room = open_room(person("host", follower_count=600), guests_allowed=False)
    with pytest.raises(refusals.NoGuests):
        check(guest(), room)
    check(person("stranger"), room)


def test_nobody_has_to_become_somebody(cast: Cast) -> None:
    with pytest.raises(refusals.SignInFirst):
        check(AnonymousUser(), cast.room)


def test_a_full_room_takes_nobody_new_but_keeps_who_is_in(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "ROOM_CAPACITY", 4)
    with pytest.raises(refusals.RoomFull):
        check(cast.stranger, cast.room)
    check(cast.listener, cast.room)
    monkeypatch.setattr(admission, "ROOM_CAPACITY", 5)
    check(cast.stranger, cast.room)


def test_the_door_tells_the_same_list(cast: Cast) -> None:
    def door(who: object) -> Door:
        return admission.door_for(person=who, room=cast.room, now=NOW).door  # type: ignore[arg-type]

    assert door(cast.stranger) == Door.OPEN
    assert door(AnonymousUser()) == Door.OPEN_TO_GUESTS
    cast.room.guests_allowed = False
    assert door(AnonymousUser()) == door(cast.guest) == Door.SIGN_IN
    cast.stranger.is_active = False
    assert door(cast.stranger) == Door.CLOSED
    for state in (RoomState.SCHEDULED, RoomState.ENDED, RoomState.CANCELLED):
        cast.room.state = state
        assert door(cast.stranger).name == ("NOT_STARTED" if state == RoomState.SCHEDULED else state)


def test_hidden_only_where_allowed(cast: Cast) -> None:
    admission.check_may_hide(room=cast.room)
    cast.room.hidden_allowed = False
    with pytest.raises(refusals.HiddenNotAllowed):
        admission.check_may_hide(room=cast.room)
