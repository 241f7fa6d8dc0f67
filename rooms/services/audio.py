"""Microphones. Everybody opens their own and no one else's; hosts may close others'."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from rooms import events, media_gateway, stage_rules
from rooms.models import Participant, Room
from rooms.protocol import SpeakerMuted, SpeakerUnmuted, YouMuted
from rooms.queries import cards
from rooms.services import places, telling


def mute_self(*, actor: User, room_id: UUID | str, now: datetime) -> None:
    """Close one's own microphone. Raises `NotOnStage`."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id)
        place = places.place_of(person=actor, room=room)
        stage_rules.check_has_microphone(place=place)
        _close(room, place, actor, now)


def unmute_self(*, actor: User, room_id: UUID | str, now: datetime) -> None:
    """Open one's own microphone. Raises `NotOnStage`."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id)
        place = places.place_of(person=actor, room=room)
        stage_rules.check_has_microphone(place=place)
        if not Participant.objects.on_stage().filter(pk=place.pk, muted=True).update(muted=False, muted_by=None):
            return
        events.announce(room_id=room.pk, event=SpeakerUnmuted(participant=str(place.pk)), at=now)
        media_gateway.nudge_on_commit(room.pk)


def mute_speaker(*, actor: User, room_id: UUID | str, participant_id: UUID | str, now: datetime) -> None:
    """A host closes somebody's microphone; only its owner opens it again."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id)
        by = places.place_of(person=actor, room=room)
        stage_rules.check_moderates(place=by)
        place = places.participant_in(room=room, participant_id=participant_id)
        stage_rules.check_may_mute(by=by, place=place)
        if _close(room, place, actor, now) and place.person_id != actor.pk:
            event = YouMuted(by=cards.person_card(actor))
            events.tell_person_on_commit(room_id=room.pk, person_id=place.person_id, event=event)


def _close(room: Room, place: Participant, by: User, now: datetime) -> bool:
    other = by if by.pk != place.person_id else None
    if not Participant.objects.filter(pk=place.pk, muted=False).update(muted=True, muted_by=other):
        return False
    place.muted = True
    events.announce(room_id=room.pk, event=SpeakerMuted(participant=str(place.pk), by=str(by.pk)), at=now)
    telling.tell_place(room=room, place=place)
    media_gateway.nudge_on_commit(room.pk)
    return True
