"""Invitations as lists: a room's, and one's own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts import queries as people
from accounts.models import User
from rooms.models import Invitation, InvitationState, RoomState
from rooms.protocol import InvitationCard, PersonCard
from rooms.queries import cards
from rooms.queries.cards import STATE_NAMES
from rooms.queries.catalogue import FIRST_PAGE, Page
from spaces_site.boundary import cursor

MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """One standing invitation with what its reader wants to know of the room. `state` is scheduled or live."""

    invitation: InvitationCard
    title: str
    language: str
    state: str
    scheduled_start: datetime | None


def invitations_to(*, room_id: UUID | str, page: Page) -> tuple[list[InvitationCard], str | None]:
    """Everybody who was invited to a room, newest first, and the next page's token. Raises BadCursor."""
    return _page(Invitation.objects.filter(room_id=room_id).select_related("person", "by"), page)


def invitations_of(*, person: User, page: Page = FIRST_PAGE) -> tuple[list[InvitationCard], str | None]:
    """Standing invitations of one person to rooms that are live or to come, as `invitations_to`."""
    return _page(_standing(person), page)


def _page(rows: QuerySet[Invitation], page: Page) -> tuple[list[InvitationCard], str | None]:
    found, next_token = cursor.page_of(rows, key="invited_at", token=page.token, size=page.size)
    return [cards.invitation_card(row) for row in found], next_token


def asked(*, person: User, page: Page = FIRST_PAGE) -> tuple[list[Asked], str | None]:
    """The same with their rooms; one query."""
    rows = _standing(person).select_related("room")
    found, next_token = cursor.page_of(rows, key="invited_at", token=page.token, size=page.size)
    told = [
        Asked(
            invitation=cards.invitation_card(row),
            title=row.room.title,
            language=row.room.language,
            state=STATE_NAMES[RoomState(row.room.state)],
            scheduled_start=row.room.scheduled_start,
        )
        for row in found
    ]
    return told, next_token


def open_to(person: User) -> "QuerySet[Invitation]":
    """Invitations that wait for this person's answer."""
    return _standing(person).filter(state=InvitationState.OPEN)


def _standing(person: User) -> QuerySet[Invitation]:
    rows = Invitation.objects.standing().filter(person=person, room__state__in=(RoomState.LIVE, RoomState.SCHEDULED))
    known = rows.filter(people.not_estranged(viewer_id=person.pk, path="room__creator_id"))
    return known.select_related("person", "by").order_by("-invited_at")


def invitable(*, person: User, query: str) -> list[PersonCard]:
    """Followers of `person` whose name contains `query`."""
    found = people.find_followers(person_id=person.pk, query=query, size=MOST_FOUND)
    return [cards.person_card(one) for one in found]
