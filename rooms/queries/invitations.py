"""Invitations as lists: a room's, and one's own."""

from uuid import UUID

from accounts import queries as people
from accounts.models import User
from rooms.models import Invitation, RoomState
from rooms.protocol import InvitationCard, PersonCard
from rooms.queries import cards

MOST_LISTED = 500
MOST_FOUND = 20


def invitations_to(*, room_id: UUID | str) -> list[InvitationCard]:
    """Everybody who was invited to a room, newest first."""
    rows = Invitation.objects.filter(room_id=room_id).select_related("person", "by").order_by("-invited_at")
    return [cards.invitation_card(row) for row in rows[:MOST_LISTED]]


def invitations_of(*, person: User) -> list[InvitationCard]:
    """Standing invitations of one person to rooms that are live or to come, newest first."""
    rows = Invitation.objects.standing().filter(person=person, room__state__in=(RoomState.LIVE, RoomState.SCHEDULED))
    known = rows.filter(people.not_estranged(viewer_id=person.pk, path="room__creator_id"))
    newest = known.select_related("person", "by").order_by("-invited_at")[:MOST_LISTED]
    return [cards.invitation_card(row) for row in newest]


def invitable(*, person: User, query: str) -> list[PersonCard]:
    """Followers of `person` whose name contains `query`."""
    found = people.find_followers(person_id=person.pk, query=query, size=MOST_FOUND)
    return [cards.person_card(one) for one in found]
