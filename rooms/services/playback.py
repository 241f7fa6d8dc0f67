"""Who may listen by HTTP, and with what address.

A grant opens the door by its signature alone; it is minted only for somebody who has joined. That
they left, were removed, moved to another device or that the room ended is re-read twice a second by
`standing_of` and acts on streams that are already open.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rooms import admission, grants, media_gateway
from rooms.grants import Grant, GrantKind
from rooms.models import Participant, Room, RoomState
from rooms.protocol import MediaInfo
from rooms.queries import roster
from spaces_site.errors import DomainError, Kind

#: How long an address opens a door without having been used.
GRANT_LIFETIME = grants.LIFETIME


class NoOpenDoor(DomainError):
    """There is no such live room, or guests may not come in: the answer is the same."""

    kind = Kind.NOT_FOUND
    code = "no_such_sound"
    text = _("There is no live sound here that is open to everybody. Open the room and join it to listen.")


class NotJoined(DomainError):
    """Sound addresses are only for those in the room."""

    kind = Kind.FORBIDDEN
    code = "not_joined"
    text = _("Join the room first.")


class NotOnStage(DomainError):
    """A microphone can be connected only on stage, or on the way there."""

    kind = Kind.FORBIDDEN
    code = "not_on_stage"
    text = _("You can connect your microphone once you are on stage or have raised your hand.")


class ListeningOver(DomainError):
    """The grant is genuine, and its holder has left, was removed, or listens on another device."""

    kind = Kind.FORBIDDEN
    code = "listening_over"
    text = _("You are not in this room any more, or you listen on another device. Join the room to listen here.")


class RoomSilent(DomainError):
    """The room has ended."""

    kind = Kind.GONE
    code = "room_ended"
    text = _("This room has ended.")


class NoSuchSound(DomainError):
    """This part, segment or file is not there, or not any more."""

    kind = Kind.NOT_FOUND
    code = "no_such_part"
    text = _("This piece of sound is not here, or not any more. Load the playlist again.")


class SoundNotReady(DomainError):
    """The mixer is just waking up, or the node is being replaced."""

    kind = Kind.UNAVAILABLE
    code = "sound_not_ready"
    text = _("The sound of this room is just being set up. Try again in a moment.")


class TooFarAhead(DomainError):
    """A blocking playlist request for what is not due for a while (RFC 8216bis section 6.2.5.2)."""

    code = "too_far_ahead"
    text = _("This part of the playlist is too far ahead. Load the playlist without _HLS_msn first.")


class BadPosition(DomainError):
    """`_HLS_part` without `_HLS_msn`, or not numbers."""

    code = "bad_position"
    text = _("_HLS_msn and _HLS_part must be whole numbers, and _HLS_part needs _HLS_msn.")


@dataclass(frozen=True, slots=True)
class Standing:
    """One room as its listeners' doors must know it. `gone`: participant id → when they left."""

    live: bool
    open: bool
    gone: dict[str, datetime]


def media_info(*, participant: Participant, room: Room, now: datetime) -> MediaInfo:
    """Where the sound of `room` is for somebody who joined it; the addresses open for 60 s."""
    if participant.left_at is not None or participant.room_id != room.pk:
        raise NotJoined
    grant = grants.sign(
        room_id=room.pk,
        participant_id=participant.pk,
        person_id=participant.person_id,
        device=participant.device,
        kind=GrantKind.LISTEN,
        now=now,
    )
    return MediaInfo(
        stream=f"/live/{room.pk}/{grant}/stream.mp4",
        hls=f"/live/{room.pk}/{grant}/index.m3u8",
        whip=f"/api/v1/rooms/{room.pk}/whip/",
        ice_servers=list(settings.MEDIA_ICE_SERVERS),
        # Nobody has carried the sound yet: there is no session to ask.
        epoch=room.media_session.epoch if hasattr(room, "media_session") else 0,
    )


def speak_grant(*, person_id: UUID, room_id: UUID, device: str, now: datetime) -> str:
    """A grant for a peer connection: for the stage, a hand that is up, a private mix. Raises `NotOnStage`."""
    here = Participant.objects.present().filter(room_id=room_id, person_id=person_id, device=device)
    place = here.filter(roster.may_connect()).first()
    if place is None:
        raise NotOnStage
    return grants.sign(
        room_id=room_id, participant_id=place.pk, person_id=person_id, device=device, kind=GrantKind.SPEAK, now=now
    )


def open_grant(*, room_id: UUID, now: datetime) -> str:
    """A grant for an anonymous listener of a room that any guest may enter. Raises `NoOpenDoor`."""
    room = Room.objects.live().filter(pk=room_id).first()
    if room is None or not admission.is_open_to_visitors(room=room, now=now):
        raise NoOpenDoor
    return grants.sign(room_id=room_id, participant_id=None, person_id=None, device="", kind=GrantKind.LISTEN, now=now)


def read_grant(*, text: str, room_id: str, now: datetime) -> Grant:
    """The listen grant in an address, by its signature alone. Raises `grants.GrantRefused`."""
    return grants.read(text, room_id=room_id, kind=GrantKind.LISTEN, now=now)


def check_fresh(*, grant: Grant, now: datetime) -> None:
    """Raises `grants.GrantExpired` when the grant is too old to open a door."""
    if grants.is_expired(grant, now=now):
        raise grants.GrantExpired


def ensure_sound(*, room_id: str) -> None:
    """Somebody listens by HTTP: see to it that a media node carries the room."""
    media_gateway.ensure_session(room_id)


def standing_of(*, room_ids: Collection[str], since: datetime) -> dict[str, Standing]:
    """What became of these rooms, and who left them after `since`, in two queries."""
    gone: dict[UUID, dict[str, datetime]] = {}
    left = Participant.objects.filter(room_id__in=room_ids, left_at__gt=since)
    for room_id, pk, left_at in left.values_list("room_id", "pk", "left_at"):
        if left_at is not None:
            gone.setdefault(room_id, {})[str(pk)] = left_at
    rooms = Room.objects.filter(pk__in=room_ids).values_list("pk", "state", "guests_allowed", "needs_pass")
    return {
        str(pk): Standing(state == RoomState.LIVE, guests_allowed and not needs_pass, gone.get(pk, {}))
        for pk, state, guests_allowed, needs_pass in rooms
    }


def gone_since(*, now: datetime) -> datetime:
    """How far back `standing_of` must look: longer than an unused grant lives."""
    return now - media_gateway.REMEMBER_REVOKED
