"""What other sites are told about a room: in the frame that they embed, in their link previews, by oEmbed.

They ask as nobody, so the answer is the same for everybody. Of a room that is not open to everybody they hear
that it is one, and where.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rooms import admission
from rooms.models import Participant, Room, RoomState
from rooms.protocol import PersonCard
from rooms.queries import roster
from rooms.queries.cards import STATE_NAMES, person_card


@dataclass(frozen=True, slots=True)
class Outside:
    """A room as everybody may see it. `state` is scheduled, live, ended or canceled; neutral: nothing but `id`."""

    id: UUID
    is_neutral: bool = True
    title: str = ""
    description: str = ""
    language: str = ""
    state: str = ""
    is_official: bool = False
    #: Who is on stage, or who will be: its creator.
    people: tuple[PersonCard, ...] = ()
    scheduled_start: datetime | None = None
    #: The host's clock, by which others are told the time.
    zone: str = "UTC"
    listener_count: int = 0
    #: Whether it sounds for whoever has no account.
    is_open: bool = False


def is_told_outside(room: Room) -> bool:
    """Whether other sites may say what a room is about: open without account or ticket, and not closed by staff."""
    return room.guests_allowed and not room.needs_pass and not room.closed_note


def outside(*, room_id: UUID, now: datetime) -> Outside | None:
    """The room as the frame shows it; None where there is none that anybody may know of."""
    room = Room.objects.select_related("creator").filter(pk=room_id, creator__is_active=True).first()
    if room is None:
        return None
    if room.state != RoomState.LIVE or not is_told_outside(room):
        return told(room=room, people=())
    return told(
        room=room,
        people=tuple(one.person for one in roster.on_stage(room_id=room.pk)),
        listener_count=Participant.objects.listening().filter(room=room).count(),
        is_open=admission.is_open_to_visitors(room=room, now=now),
    )


def told(*, room: Room, people: tuple[PersonCard, ...], listener_count: int = 0, is_open: bool = False) -> Outside:
    """The same for whoever has read the room, its creator and its stage already."""
    if not is_told_outside(room):
        return Outside(room.pk)
    return Outside(
        id=room.pk,
        is_neutral=False,
        title=room.title,
        description=room.description,
        language=room.language,
        state=STATE_NAMES[RoomState(room.state)],
        is_official=room.is_official,
        people=people or (person_card(room.creator),),
        scheduled_start=room.scheduled_start,
        zone=room.creator.time_zone,
        listener_count=listener_count,
        is_open=is_open,
    )
