"""Whose device is there now, and what happens when a web process dies with its sockets."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Coalesce

from rooms import events
from rooms.models import Participant, Role, Room, RoomState, WebProcess
from rooms.protocol import SpeakerConnection
from rooms.services import places
from rooms.stage_rules import is_on_stage

#: A web process that wrote no heartbeat for so long is dead.
PROCESS_DEAD = timedelta(seconds=30)


def set_connection(place: Participant, *, connected: bool, socket: str | None, now: datetime) -> bool:
    """Note that a websocket (`socket` names it) or the media leg (None) came or went.

    A listener is there while either is. On stage a silent leg alone means "reconnecting": it is
    noticed within seconds, a dead websocket only after its heartbeat. The goodbye of a websocket
    that is not the newest is nothing. Returns whether the person is there now.
    """
    if socket is None:
        place.media_connected = connected
        here = connected or (bool(place.socket) and not is_on_stage(place))
    else:
        if not connected and place.socket != socket:
            return place.disconnected_at is None
        place.socket = socket if connected else ""
        here = connected or place.media_connected
    if here:
        place.disconnected_at = None
    elif place.disconnected_at is None:
        place.disconnected_at = now
    place.save(update_fields=["media_connected", "socket", "disconnected_at"])
    return here


def devices_inside(*, participant_ids: Collection[str]) -> dict[str, str]:
    """Participant id → the device that holds the place, of those who are still in a live room."""
    inside = Participant.objects.present().filter(pk__in=participant_ids, room__state=RoomState.LIVE)
    return {str(pk): device for pk, device in inside.values_list("pk", "device")}


def web_process_alive(*, process: str, now: datetime) -> bool:
    """The heartbeat of a web process, every few seconds.

    False when the process was not known (a first heartbeat, or it was taken for dead): it then
    calls `entry.connection_changed` once for each of its sockets.
    """
    if WebProcess.objects.filter(pk=process).update(heartbeat_at=now):
        return True
    WebProcess.objects.bulk_create([WebProcess(pk=process, heartbeat_at=now)], ignore_conflicts=True)
    return False


def forget_dead_processes(*, now: datetime) -> None:
    """Take the sockets of dead web processes as gone; their people have the usual grace to return."""
    for process in WebProcess.objects.filter(heartbeat_at__lte=now - PROCESS_DEAD):
        held = Participant.objects.present().filter(socket__startswith=f"{process.pk}:")
        held.filter(role=Role.LISTENER, media_connected=True).update(socket="")
        held.filter(role=Role.LISTENER).update(socket="", disconnected_at=Coalesce("disconnected_at", now))
        for place_id, room_id in held.values_list("pk", "room_id"):
            _drop_from_stage(room_id, place_id, now)
        WebProcess.objects.filter(pk=process.pk, heartbeat_at=process.heartbeat_at).delete()


def _drop_from_stage(room_id: UUID, place_id: UUID, now: datetime) -> None:
    # One room a transaction: two rooms held at once could wait for each other.
    with transaction.atomic():
        room = places.hold_room(room_id=room_id)
        place = Participant.objects.present().filter(pk=place_id).exclude(socket="").first()
        if place is not None and not set_connection(place, connected=False, socket=place.socket, now=now):
            tell_connection(room=room, place=place, connected=False, now=now)


def forget_legs(*, room: Room, now: datetime) -> None:
    """The sound of the held room has a new owner, who knows no peer connection yet; those that return are told.

    Who has no websocket either (browser and node ended together) is gone, with the usual grace to return:
    else nobody would ever say so, and the place were held for ever.
    """
    legs = Participant.objects.present().filter(room=room, media_connected=True)
    lost = list(legs.filter(socket="", disconnected_at=None))
    legs.update(media_connected=False)
    Participant.objects.filter(pk__in=[place.pk for place in lost]).update(disconnected_at=now)
    for place in lost:
        if is_on_stage(place):
            tell_connection(room=room, place=place, connected=False, now=now)


def tell_connection(*, room: Room, place: Participant, connected: bool, now: datetime) -> None:
    """Tell the room that somebody on stage lost or regained the network."""
    event = SpeakerConnection(participant=str(place.pk), connected=connected)
    events.announce(room_id=room.pk, event=event, at=now)
