"""What somebody inside may read of a room beside its snapshot."""

import json
from typing import Any
from uuid import UUID

from accounts.models import User
from rooms import events, stage_rules
from rooms.models import Knock, Participant, Removal, Room
from rooms.protocol import Hand, InvitationCard, PersonCard
from rooms.queries import cards, invitations, queue
from rooms.queries import roster as people
from rooms.queries.catalogue import FIRST_PAGE, Page
from rooms.queries.roster import Roster
from rooms.services import places
from spaces_site.boundary import cursor

#: Names in the list of those who wait at the door.
WAITING_MOST = 100


def frames_since(*, actor: User, room_id: UUID | str, last_seq: int) -> list[str] | None:
    """The frames after `last_seq` for somebody inside; None when only a snapshot helps.

    Of what everybody sees in their own way a snapshot tells: who was away is not among those whom the frame names.
    """
    _check_inside(actor, room_id)
    missed = events.events_after(room_id, last_seq)
    own = missed is not None and any(json.loads(text)["type"] in events.PERSONAL_VIEWS for text in missed)
    return None if own else missed


def events_since(*, actor: User, room_id: UUID | str, last_seq: int) -> list[dict[str, Any]] | None:
    """`frames_since` as data."""
    told = frames_since(actor=actor, room_id=room_id, last_seq=last_seq)
    return None if told is None else [json.loads(text) for text in told]


def roster_inside(*, actor: User, room_id: UUID | str, query: str, limit: int) -> Roster:
    """`queries.roster.roster` for somebody inside."""
    _check_inside(actor, room_id)
    return people.roster(room_id=room_id, query=query, limit=limit)


def hands_inside(*, actor: User, room_id: UUID | str) -> list[Hand]:
    """The queue, for somebody inside."""
    _check_inside(actor, room_id)
    return queue.hands(room_id=room_id)


def removed_people(*, actor: User, room_id: UUID | str, page: Page = FIRST_PAGE) -> tuple[list[PersonCard], str | None]:
    """Who was put out for good, newest first, for the hosts; and the next page's token.

    Raises `NotAHost`, BadCursor.
    """
    stage_rules.check_moderates(place=_check_inside(actor, room_id))
    standing = Removal.objects.standing().filter(room_id=room_id).select_related("person")
    found, next_token = cursor.page_of(standing, key="removed_at", token=page.token, size=page.size)
    return [cards.person_card(removal.person) for removal in found], next_token


def waiting_people(*, actor: User, room_id: UUID | str) -> list[PersonCard]:
    """Who asks to come in, longest waiting first, for the hosts. Raises `NotAHost`."""
    stage_rules.check_moderates(place=_check_inside(actor, room_id))
    waiting = Knock.objects.waiting().filter(room_id=room_id).select_related("person")
    return [cards.person_card(knock.person) for knock in waiting.order_by("knocked_at")[:WAITING_MOST]]


def invited_people(
    *, actor: User, room_id: UUID | str, page: Page = FIRST_PAGE
) -> tuple[list[InvitationCard], str | None]:
    """The room's invitations, for its creator and the hosts inside; and the next page's token.

    Raises `NotAHost`, BadCursor.
    """
    room = Room.objects.filter(pk=room_id).first()
    if room is None or room.creator_id != actor.pk:
        stage_rules.check_moderates(place=_check_inside(actor, room_id))
    return invitations.invitations_to(room_id=room_id, page=page)


def _check_inside(actor: User, room_id: UUID | str) -> Participant:
    return places.place_of(person=actor, room=places.live_room(room_id=room_id, actor=actor))
