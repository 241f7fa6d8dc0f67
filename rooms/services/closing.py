"""How a live room comes to its end, whoever ends it."""

from datetime import datetime
from functools import partial

from django.db import transaction

from rooms import events, media_gateway
from rooms.models import Participant, Room, RoomState, SpeakRequest, SpeakRequestState
from rooms.protocol import RoomEnded
from rooms.signals import room_ended


def end_held_room(*, room: Room, why: str, now: datetime) -> bool:
    """End a room that this transaction holds; False when somebody was first.

    `why` is host, staff, host_lost or stage_empty. Everybody's place is closed with the room.
    """
    if not Room.objects.move(room.pk, RoomState.LIVE, RoomState.ENDED, ended_at=now, end_reason=why):
        return False
    SpeakRequest.objects.open().filter(room=room).update(state=SpeakRequestState.LOWERED, closed_at=now)
    Participant.objects.present().filter(room=room).update(
        left_at=now, muted=True, muted_by=None, socket="", media_connected=False
    )
    events.announce(room_id=room.pk, event=RoomEnded(why=why), at=now)
    media_gateway.nudge_on_commit(room.pk)
    # Robust: whoever listens above must not undo, or hide, the end of a room.
    transaction.on_commit(partial(room_ended.send_robust, sender=Room, room_id=room.pk, why=why))
    return True
