"""Moving one person within a held room: onto the stage, to the audience, out.

The caller holds the room (`places.hold_room`) and has asked the rules.
"""

from datetime import datetime

from rooms import events, media_gateway
from rooms.models import Participant, PassSource, Role, Room, RoomPass, SpeakRequest, SpeakRequestState
from rooms.protocol import HandLowered, RoleChanged, SpeakerJoined, SpeakerLeft, SpeakerMuted
from rooms.queries import cards
from rooms.services import telling
from rooms.stage_rules import HOST_ROLES, is_on_stage


def to_stage(*, room: Room, place: Participant, role: Role, now: datetime) -> None:
    """Seat a present person on stage, muted and named; their hand goes down."""
    close_hand(room=room, place=place, to=SpeakRequestState.TAKEN, now=now)
    _save(place, role=role, muted=True, muted_by=None, is_hidden=False, stage_joined_at=now)
    events.announce(room_id=room.pk, event=SpeakerJoined(speaker=cards.stage_person(place)), at=now)
    telling.warn_blockers(room=room, place=place)
    _told(room, place)


def to_audience(*, room: Room, place: Participant, now: datetime) -> None:
    """Move somebody from the stage to the audience; a listener's right to be there starts anew."""
    gone = None if place.socket else now
    _save(place, role=Role.LISTENER, muted=True, muted_by=None, disconnected_at=gone, stage_left_at=now)
    events.announce(room_id=room.pk, event=SpeakerLeft(participant=str(place.pk), to="audience"), at=now)
    _told(room, place)


def set_role(*, room: Room, place: Participant, role: Role, why: str, now: datetime) -> None:
    """Give somebody on stage another role. Whom the lock of the microphones now binds is muted."""
    muted = place.muted or (room.mics_locked and role == Role.SPEAKER)
    if muted and not place.muted:
        event = SpeakerMuted(participant=str(place.pk), by=str(place.person_id))
        events.announce(room_id=room.pk, event=event, at=now)
    _save(place, role=role, muted=muted)
    if room.needs_pass and role in HOST_ROLES:
        # Whoever hosts comes back in whatever becomes of the ticket that they came by.
        held = {"room": room, "person_id": place.person_id, "source": PassSource.CREW, "revoked_at": None}
        RoomPass.objects.get_or_create(**held, defaults={"issued_at": now})
    changed = RoleChanged(participant=str(place.pk), role=role.name.lower(), why=why)
    events.announce(room_id=room.pk, event=changed, at=now)
    telling.tell_place(room=room, place=place)
    media_gateway.nudge_on_commit(room.pk)


def out(*, room: Room, place: Participant, now: datetime, to: str = "out") -> None:
    """Somebody left, or was removed (`to`). The host's row remembers that it was the host's, in case they come back."""
    was_on_stage, device = is_on_stage(place), place.device
    close_hand(room=room, place=place, to=SpeakRequestState.LOWERED, now=now)
    role = place.role if place.role == Role.HOST else Role.LISTENER
    _save(place, role=role, muted=True, muted_by=None, left_at=now, socket="", media_connected=False)
    if was_on_stage:
        events.announce(room_id=room.pk, event=SpeakerLeft(participant=str(place.pk), to=to), at=now)
        media_gateway.nudge_on_commit(room.pk)
    media_gateway.revoke_on_commit(place.pk, room_id=room.pk, device=device)
    telling.count_on_commit(room_id=room.pk)


def close_hand(*, room: Room, place: Participant, to: SpeakRequestState, now: datetime) -> bool:
    """Close this person's open hand or offer and tell the room why; False when there is none.

    Raises `ValueError` for what cannot be: an offer that is refused, a raised hand that is declined.
    """
    request = SpeakRequest.objects.open().filter(participant=place).first()
    if request is None or not SpeakRequest.objects.move(request.pk, request.state, to, closed_at=now):
        return False
    tell_hand_closed(room=room, request=request, why=to, now=now)
    return True


def tell_hand_closed(*, room: Room, request: SpeakRequest, why: SpeakRequestState, now: datetime) -> None:
    """Tell the room that a hand left the queue."""
    event = HandLowered(hand=str(request.pk), participant=str(request.participant_id), why=why.lower())
    events.announce(room_id=room.pk, event=event, at=now)


def _save(place: Participant, **changes: object) -> None:
    for name, value in changes.items():
        setattr(place, name, value)
    place.save(update_fields=list(changes))


def _told(room: Room, place: Participant) -> None:
    telling.tell_place(room=room, place=place)
    telling.count_on_commit(room_id=room.pk)
    media_gateway.nudge_on_commit(room.pk)
