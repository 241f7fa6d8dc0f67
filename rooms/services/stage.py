"""Onto the stage and off it. Nobody rejoins for it, and nobody comes up with an open microphone."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Restriction, User
from rooms import events, restrictions, stage_rules
from rooms.models import Participant, Role, Room, SpeakRequest, SpeakRequestState
from rooms.protocol import HandRaised
from rooms.queries import cards
from rooms.services import hands, invitations, pace, places, seats, telling


def invite_to_speak(*, actor: User, room_id: UUID | str, participant_id: UUID | str, now: datetime) -> UUID:
    """A host offers the microphone to a listener, hand raised or not; the offer's id. Raises `pace.SlowDown`."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
        place = places.participant_in(room=room, participant_id=participant_id)
        stage_rules.check_may_be_invited(place=place)
        restrictions.check_others_may_give(person=place.person, part=Restriction.NO_MICROPHONE, now=now)
        stage_rules.check_stage_has_room(room=room)
        hand = SpeakRequest.objects.open().select_related("participant__person").filter(participant=place).first()
        if hand is None:
            pace.check(pace.OFFERS, actor.pk)
            return _invite(room, place, actor, now)
        if hand.state == SpeakRequestState.RAISED:
            hands.offer_hand(room=room, hand=hand, by=actor, now=now)
        return hand.pk


def take_offer(*, actor: User, room_id: UUID | str, now: datetime) -> None:
    """Come on stage, muted, by an offer or a standing invitation.

    Whoever is there already stays there; the last seat has one taker.
    """
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        place = places.place_of(person=actor, room=room)
        stage_rules.check_is_no_guest(person=actor)
        if stage_rules.is_on_stage(place):
            return
        restrictions.check_may_speak(person=place.person, now=now)
        stage_rules.check_stage_has_room(room=room)
        if not invitations.take_seat(room=room, place=place, now=now):
            offer = SpeakRequest.objects.filter(participant=place, state=SpeakRequestState.OFFERED).first()
            stage_rules.check_offer_stands(offer=offer, now=now)
        seats.to_stage(room=room, place=place, role=Role.SPEAKER, now=now)


def decline_offer(*, actor: User, room_id: UUID | str, now: datetime) -> None:
    """Turn the microphone down, and a standing invitation to it. Nothing happens when nobody offered it."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        place = places.place_of(person=actor, room=room)
        offered = SpeakRequest.objects.filter(participant=place, state=SpeakRequestState.OFFERED)
        if offered.exists() and seats.close_hand(room=room, place=place, to=SpeakRequestState.DECLINED, now=now):
            telling.tell_place(room=room, place=place)
        if not stage_rules.is_on_stage(place):
            invitations.decline_seat(room=room, place=place, now=now)


def step_down(*, actor: User, room_id: UUID | str, now: datetime) -> None:
    """Go back to the audience of one's own will. A listener stays one."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        place = places.place_of(person=actor, room=room)
        stage_rules.check_may_step_down(place=place)
        if stage_rules.is_on_stage(place):
            seats.to_audience(room=room, place=place, now=now)


def demote(*, actor: User, room_id: UUID | str, participant_id: UUID | str, now: datetime) -> None:
    """A host moves somebody back to the audience; their sound ends with it."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        by = places.place_of(person=actor, room=room)
        stage_rules.check_moderates(place=by)
        place = places.participant_in(room=room, participant_id=participant_id)
        stage_rules.check_may_demote(by=by, place=place)
        invitations.end_right_to_speak(room=room, place=place, now=now)
        if stage_rules.is_on_stage(place):
            seats.to_audience(room=room, place=place, now=now)


def _invite(room: Room, place: Participant, by: User, now: datetime) -> UUID:
    offer = SpeakRequest.objects.create(
        room=room, participant=place, state=SpeakRequestState.OFFERED, invited=True, raised_at=now, offered_at=now
    )
    events.announce(room_id=room.pk, event=HandRaised(hand=cards.hand_card(offer)), at=now)
    hands.tell_owner(room=room, place=place)
    hands.tell_away(room=room, place=place, wording="hand_offered", by=by, now=now)
    return offer.pk
