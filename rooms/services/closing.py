"""How a live room comes to its end, whoever ends it."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType

from django.db import transaction

from rooms import events, media_gateway
from rooms.models import Participant, Room, RoomState, SpeakRequest, SpeakRequestState
from rooms.protocol import RoomEnded
from rooms.services import search_index
from rooms.signals import room_ended


def end_held_room(*, room: Room, why: str, now: datetime, note: Mapping[str, str] = MappingProxyType({})) -> bool:
    """End a room that this transaction holds; False when somebody was first.

    `why` is host, staff, host_lost or stage_empty; `note` is staff's reason, by language, for everybody to read.
    Everybody's place is closed with the room.
    """
    changes = {"ended_at": now, "end_reason": why, "closed_note": dict(note)}
    if not Room.objects.move(room.pk, RoomState.LIVE, RoomState.ENDED, **changes):
        return False
    search_index.forget_room(room_id=room.pk)
    SpeakRequest.objects.open().filter(room=room).update(state=SpeakRequestState.LOWERED, closed_at=now)
    Participant.objects.present().filter(room=room).update(
        left_at=now, muted=True, muted_by=None, socket="", media_connected=False
    )
    events.announce(room_id=room.pk, event=RoomEnded(why=why, note=dict(note)), at=now)
    media_gateway.nudge_on_commit(room.pk)
    # Robust: whoever listens above must not undo, or hide, the end of a room.
    transaction.on_commit(partial(room_ended.send_robust, sender=Room, room_id=room.pk, why=why))
    return True
