"""The whole room for one person: what a websocket, a page and REST's join begin with."""

from datetime import datetime
from uuid import UUID

from accounts.models import User
from rooms import admission, stage_rules
from rooms.models import Participant, Room
from rooms.protocol import Snapshot
from rooms.queries import cards, queue, roster
from rooms.services import places, playback, reactions


def snapshot(*, room_id: UUID | str, viewer: User, device: str, now: datetime) -> Snapshot:
    """The room as `viewer` sees it from `device`, in ten queries at most.

    The number is read first: an event between it and the rest comes twice, and never not at all.
    Raises `NoSuchRoom`, `RoomEnded`…, and `JoinFirst` for somebody who is not in the room.
    """
    key = places.as_uuid(room_id)
    room = Room.objects.select_related("creator").filter(pk=key).first() if key else None
    if room is None:
        raise admission.NoSuchRoom
    admission.check_live(room=room)
    place = Participant.objects.present().select_related("person").filter(room=room, person=viewer).first()
    if place is None:
        raise stage_rules.JoinFirst
    stage, blocked = roster.stage_seen_by(room_id=room.pk, viewer_id=viewer.pk)
    audience = roster.audience(room_id=room.pk)
    return Snapshot(
        seq=room.seq,
        room=cards.room_fields(room),
        you=cards.you(room=room, place=place),
        stage=list(stage),
        hands=queue.hands(room_id=room.pk),
        listeners=list(audience.listeners),
        listener_count=audience.listener_count,
        hidden_count=audience.hidden_count,
        tally=reactions.tally(room_id=room.pk),
        blocked=[one.person.id for one in blocked],
        media=playback.media_info(participant=place, room=room, now=now),
    )
