"""The queue: raise and lower a hand; hosts answer."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from accounts.models import Notification, NotificationKind, User
from accounts.services import notifications
from accounts.services.notifications import Telling
from rooms import events, media_gateway, restrictions, stage_rules
from rooms.models import Participant, Room, SpeakRequest, SpeakRequestState
from rooms.protocol import HandAnswered, HandRaised, HandsLowered
from rooms.queries import cards
from rooms.services import pace, places, seats, telling

#: What somebody away was told and has not read is not told again for so long.
SAID_FOR = timedelta(seconds=stage_rules.OFFER_SECONDS)


def raise_hand(*, actor: User, room_id: UUID | str, now: datetime) -> UUID:
    """Ask for the microphone; the hand's id. An open hand stays as it is, wherever it stands."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        place = places.place_of(person=actor, room=room)
        open_hand = SpeakRequest.objects.open().filter(participant=place).first()
        if open_hand is not None:
            return open_hand.pk
        stage_rules.check_may_ask(room=room, person=actor, place=place)
        restrictions.check_may_speak(person=place.person, now=now)
        pace.check(pace.HANDS, actor.pk)
        # A hand has a name: who asks to speak is not hidden any more.
        Participant.objects.filter(pk=place.pk, is_hidden=True).update(is_hidden=False)
        place.is_hidden = False
        hand = SpeakRequest.objects.create(room=room, participant=place, raised_at=now)
        _tell_raised(room, hand, now)
        return hand.pk


def lower_hand(*, actor: User, room_id: UUID | str, now: datetime) -> None:
    """Take one's own hand down, or turn an offer away. Nothing happens when there is none."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        place = places.place_of(person=actor, room=room)
        if seats.close_hand(room=room, place=place, to=SpeakRequestState.LOWERED, now=now):
            tell_owner(room=room, place=place)


def offer(*, actor: User, room_id: UUID | str, hand_id: UUID | str, now: datetime) -> None:
    """A host accepts a hand: its owner has 60 s to come on stage. Accepting twice is accepting once."""
    with transaction.atomic():
        room, hand = _hand_for_host(actor, room_id, hand_id)
        if hand.state == SpeakRequestState.OFFERED:
            return
        stage_rules.check_stage_has_room(room=room)
        offer_hand(room=room, hand=hand, by=actor, now=now)


def offer_hand(*, room: Room, hand: SpeakRequest, by: User, now: datetime) -> None:
    """Move a raised hand of a held room to offered, and tell everybody until when it stands."""
    SpeakRequest.objects.move(hand.pk, SpeakRequestState.RAISED, SpeakRequestState.OFFERED, offered_at=now)
    ends = cards.timestamp(stage_rules.offer_ends(now))
    event = HandAnswered(hand=str(hand.pk), participant=str(hand.participant_id), expires_at=ends)
    events.announce(room_id=room.pk, event=event, at=now)
    tell_owner(room=room, place=hand.participant)
    tell_away(room=room, place=hand.participant, wording="hand_accepted", by=by, now=now)


def refuse(*, actor: User, room_id: UUID | str, hand_id: UUID | str, now: datetime) -> None:
    """A host says "not now". The person may ask again."""
    with transaction.atomic():
        room, hand = _hand_for_host(actor, room_id, hand_id)
        # An accepted hand is called back: the offer is lowered, not refused.
        raised = hand.state == SpeakRequestState.RAISED
        to = SpeakRequestState.REFUSED if raised else SpeakRequestState.LOWERED
        if seats.close_hand(room=room, place=hand.participant, to=to, now=now):
            tell_owner(room=room, place=hand.participant)
            if raised:
                tell_away(room=room, place=hand.participant, wording="hand_not_now", by=actor, now=now)


def lower_all(*, actor: User, room_id: UUID | str, now: datetime) -> None:
    """A host empties the queue of raised hands; offers stand."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
        queue = list(SpeakRequest.objects.queue().filter(room=room).select_related("participant__person"))
        # One event and one look of the node for all of them: in a raid there are hundreds.
        if SpeakRequest.objects.filter(room=room).lower_raised(closed_at=now):
            events.announce(room_id=room.pk, event=HandsLowered(), at=now)
            telling.tell_places(room=room, places=[hand.participant for hand in queue])
            media_gateway.nudge_on_commit(room.pk)


def set_open(*, actor: User, room_id: UUID | str, is_open: bool, now: datetime) -> None:
    """A host lets people raise hands, or not. Hands that are up stay up."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
        if Room.objects.filter(pk=room.pk).exclude(hands_open=is_open).update(hands_open=is_open):
            telling.tell_state(room_id=room.pk, now=now)


def _hand_for_host(actor: User, room_id: UUID | str, hand_id: UUID | str) -> tuple[Room, SpeakRequest]:
    room = places.hold_live_room(room_id=room_id, actor=actor)
    stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
    key = places.as_uuid(hand_id)
    hands = SpeakRequest.objects.open().filter(room=room).select_related("participant__person")
    hand = hands.filter(pk=key).first() if key else None
    if hand is None:
        raise stage_rules.NoSuchHand
    return room, hand


def _tell_raised(room: Room, hand: SpeakRequest, now: datetime) -> None:
    events.announce(room_id=room.pk, event=HandRaised(hand=cards.hand_card(hand)), at=now)
    tell_owner(room=room, place=hand.participant)


def tell_owner(*, room: Room, place: Participant) -> None:
    """The owner learns what they may do now, and the node whether to let their browser connect."""
    telling.tell_place(room=room, place=place)
    media_gateway.nudge_on_commit(room.pk)


def tell_away(*, room: Room, place: Participant, wording: str, by: User, now: datetime) -> None:
    """Whoever does not look at the room (no websocket of theirs is there) is told elsewhere what a host answered.

    Saying it again and again tells it once: offers that come and go must not ring a phone without end.
    """
    if place.socket or _is_told(room, place.person, wording, now):
        return
    telling = Telling(
        person=place.person, kind=NotificationKind.HAND, wording=wording, facts={"title": room.title},
        path=reverse("room_page", args=[room.pk]), about=room.pk, by=by, expires_at=stage_rules.offer_ends(now),
    )  # fmt: skip
    notifications.tell(tellings=[telling], now=now)


def _is_told(room: Room, person: User, wording: str, now: datetime) -> bool:
    """Whether the same stands unread, said while an offer would stand still."""
    told = Notification.objects.unread().filter(person=person, kind=NotificationKind.HAND, about=room.pk)
    return told.filter(wording=wording, made_at__gt=now - SAID_FOR).exists()
