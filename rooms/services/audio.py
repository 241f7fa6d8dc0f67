"""Microphones. Everybody opens their own and no one else's; hosts may close others', one or all."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from rooms import events, media_gateway, restrictions, stage_rules
from rooms.models import Participant, Role, Room
from rooms.protocol import MicsLocked, SpeakerMuted, SpeakerUnmuted, StageMuted, YouMuted
from rooms.queries import cards
from rooms.services import places, telling


def mute_self(*, actor: User, room_id: UUID | str, now: datetime) -> None:
    """Close one's own microphone. Raises `NotOnStage`."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        place = places.place_of(person=actor, room=room)
        stage_rules.check_has_microphone(place=place)
        _close(room, place, actor, now)


def unmute_self(*, actor: User, room_id: UUID | str, now: datetime) -> None:
    """Open one's own microphone. Raises `NotOnStage`, `MicsLocked`, `restrictions.MicrophoneOff`."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        place = places.place_of(person=actor, room=room)
        stage_rules.check_may_unmute(room=room, place=place)
        restrictions.check_may_speak(person=place.person, now=now)
        if not Participant.objects.on_stage().filter(pk=place.pk, muted=True).update(muted=False, muted_by=None):
            return
        events.announce(room_id=room.pk, event=SpeakerUnmuted(participant=str(place.pk)), at=now)
        media_gateway.nudge_on_commit(room.pk)


def mute_speaker(*, actor: User, room_id: UUID | str, participant_id: UUID | str, now: datetime) -> None:
    """A host closes somebody's microphone; only its owner opens it again."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        by = places.place_of(person=actor, room=room)
        stage_rules.check_moderates(place=by)
        place = places.participant_in(room=room, participant_id=participant_id)
        stage_rules.check_may_mute(by=by, place=place)
        if _close(room, place, actor, now) and place.person_id != actor.pk:
            event = YouMuted(by=cards.person_card(actor))
            events.tell_person_on_commit(room_id=room.pk, person_id=place.person_id, event=event)


def mute_everyone(*, actor: User, room_id: UUID | str, now: datetime, lock: bool | None = False) -> None:
    """A host closes all microphones but the hosts'; with `lock` they stay closed, those of newcomers too.

    Without `lock` nothing is unlocked. Once is as good as twice.
    """
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
        # The first to happen on commit: silence does not wait for what everybody is told.
        media_gateway.nudge_on_commit(room.pk)
        _close_all(room, actor, now)
        if lock:
            _set_locked(room, actor, True, now)


def set_locked(*, actor: User, room_id: UUID | str, is_locked: bool, now: datetime) -> None:
    """A host locks the microphones, which closes all but the hosts', or unlocks them: they stay closed until opened."""
    if is_locked:
        mute_everyone(actor=actor, room_id=room_id, lock=True, now=now)
        return
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
        _set_locked(room, actor, False, now)


def close_microphone(*, room: Room, place: Participant, now: datetime) -> None:
    """Somebody's microphone in a held room is closed, by nobody who is named."""
    if Participant.objects.filter(pk=place.pk, muted=False).update(muted=True, muted_by=None):
        place.muted = True
        events.announce(room_id=room.pk, event=SpeakerMuted(participant=str(place.pk), by=str(place.person_id)), at=now)


def _close_all(room: Room, by: User, now: datetime) -> None:
    speaking = Participant.objects.on_stage().filter(room=room, role=Role.SPEAKER, muted=False).exclude(person=by)
    closed = list(speaking.values_list("pk", flat=True))
    if not closed:
        return
    Participant.objects.filter(pk__in=closed).update(muted=True, muted_by=by)
    event = StageMuted(by=cards.person_card(by), participants=[str(pk) for pk in closed])
    events.announce(room_id=room.pk, event=event, at=now)


def _set_locked(room: Room, by: User, is_locked: bool, now: datetime) -> None:
    if not Room.objects.filter(pk=room.pk).exclude(mics_locked=is_locked).update(mics_locked=is_locked):
        return
    room.mics_locked = is_locked
    events.announce(room_id=room.pk, event=MicsLocked(locked=is_locked, by=cards.person_card(by)), at=now)
    for place in Participant.objects.on_stage().filter(room=room, role=Role.SPEAKER).select_related("person"):
        telling.tell_place(room=room, place=place)


def _close(room: Room, place: Participant, by: User, now: datetime) -> bool:
    other = by if by.pk != place.person_id else None
    if not Participant.objects.filter(pk=place.pk, muted=False).update(muted=True, muted_by=other):
        return False
    place.muted = True
    events.announce(room_id=room.pk, event=SpeakerMuted(participant=str(place.pk), by=str(by.pk)), at=now)
    telling.tell_place(room=room, place=place)
    media_gateway.nudge_on_commit(room.pk)
    return True
