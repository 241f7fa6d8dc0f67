"""The cast of a room and the builders that put it there; all of it goes through services."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.models import User
from rooms.models import Participant, Room, SpeakRequest
from rooms.services import entry, hands, lifecycle, stage

NOW = datetime(2026, 3, 14, 19, 0, tzinfo=UTC)


def later(seconds: float) -> datetime:
    """So many seconds after the play began."""
    return NOW + timedelta(seconds=seconds)


def person(handle: str, **fields: Any) -> User:
    """Somebody with an account; `follower_count` 0 unless said."""
    return User.objects.create(handle=handle, display_name=handle.title(), **fields)


def guest() -> User:
    """Somebody who listens without an account."""
    return User.objects.create(handle="guest_1", display_name="Guest", is_guest=True)


def open_room(host: User, **fields: Any) -> Room:
    """A live room with its host inside and connected on device "host-1"."""
    room = lifecycle.open_room(creator=host, title=fields.pop("title", "What the sea remembers"), now=NOW, **fields)
    come_in(host, room, device="host-1")
    return room


def come_in(who: User, room: Room, *, device: str = "", hidden: bool = False, now: datetime = NOW) -> Participant:
    """Join and connect the websocket."""
    device = device or f"{who.handle}-1"
    joined = entry.join_room(actor=who, room_id=room.pk, device=device, hidden=hidden, now=now)
    entry.connection_changed(
        participant_id=joined.participant_id, device=device, connected=True, socket=f"web:{device}", now=now
    )
    return Participant.objects.get(pk=joined.participant_id)


def drop_off(place: Participant, *, now: datetime) -> None:
    """The websocket of somebody goes away without a word."""
    entry.connection_changed(
        participant_id=place.pk, device=place.device, connected=False, socket=f"web:{place.device}", now=now
    )


def raise_and_accept(who: User, host: User, room: Room, *, now: datetime = NOW) -> UUID:
    """A hand goes up and the host accepts it."""
    hand = hands.raise_hand(actor=who, room_id=room.pk, now=now)
    hands.offer(actor=host, room_id=room.pk, hand_id=hand, now=now)
    return hand


def bring_on_stage(who: User, host: User, room: Room, *, now: datetime = NOW) -> Participant:
    """Join, hand, accept, take."""
    come_in(who, room, now=now)
    raise_and_accept(who, host, room, now=now)
    stage.take_offer(actor=who, room_id=room.pk, now=now)
    return place_of(who, room)


def place_of(who: User, room: Room) -> Participant:
    """Somebody's row in the room, as it is now."""
    return Participant.objects.get(person=who, room=room)


def hand_of(who: User, room: Room) -> SpeakRequest:
    """Somebody's newest hand in the room."""
    return SpeakRequest.objects.filter(participant__person=who, room=room).latest("raised_at")


@dataclass(frozen=True, slots=True)
class Cast:
    """A live room with its people: the host and one speaker on stage, a listener, a guest, a stranger outside."""

    room: Room
    host: User
    speaker: User
    listener: User
    guest: User
    stranger: User

    @property
    def listener_place(self) -> Participant:
        return place_of(self.listener, self.room)

    @property
    def speaker_place(self) -> Participant:
        return place_of(self.speaker, self.room)

    @property
    def host_place(self) -> Participant:
        return place_of(self.host, self.room)


def full_cast() -> Cast:
    """Everybody, where `Cast` says."""
    host = person("host", follower_count=600)
    room = open_room(host)
    cast = Cast(room, host, person("speaker"), person("listener"), guest(), person("stranger"))
    bring_on_stage(cast.speaker, host, room)
    come_in(cast.listener, room)
    come_in(cast.guest, room)
    return cast
