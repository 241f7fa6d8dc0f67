"""The whole room for one person: what a websocket, a page and REST's join begin with."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from rooms.models import Room
from rooms.protocol import Snapshot
from rooms.queries import cards, pins, queue, roster
from rooms.services import places, playback, reactions, succession


def snapshot(*, room_id: UUID | str, viewer: User, now: datetime) -> Snapshot:
    """The room as `viewer` sees it, in ten queries at most, two more while its host is lost, three with pins.

    The number is read first: an event between it and the rest comes twice, and never not at all.
    Raises `NoSuchRoom`, `RoomEnded`…, and `JoinFirst` for somebody who is not in the room.
    """
    room = places.live_room(room_id=room_id, actor=viewer)
    place = places.place_of(person=viewer, room=room)
    stage, blocked = roster.stage_seen_by(room_id=room.pk, viewer_id=viewer.pk)
    audience = roster.audience(room_id=room.pk)
    return Snapshot(
        seq=room.seq,
        room=cards.room_fields(room) | _host_loss(room),
        you=cards.you(room=room, place=place),
        stage=list(stage),
        hands=queue.hands(room_id=room.pk),
        listeners=list(audience.listeners),
        listener_count=audience.listener_count,
        hidden_count=audience.hidden_count,
        tally=reactions.tally(room_id=room.pk),
        blocked=[one.person.id for one in blocked],
        media=playback.media_info(participant=place, room=room, now=now),
        pins=pins.pin_cards(room_id=room.pk, viewer=viewer, now=now),
    )


def _host_loss(room: Room) -> dict[str, Any]:
    """Whoever comes in while the host is lost learns it too: `host.lost` was told before."""
    lost = room.host_lost_at
    return {} if lost is None else {"host_lost": asdict(succession.host_loss(room=room, since=lost))}
