"""What ticketing does when rooms say something."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from rooms.queries.tickets import TicketTerms
from rooms.signals import room_cancelled, room_ended, ticket_terms_wanted
from spaces_site.enqueue import enqueue_on_commit
from ticketing.queries.terms import terms_of


@receiver([room_ended, room_cancelled])
def follow_room(room_id: UUID, **kwargs: Any) -> None:
    """A room is over or called off: its buyers may have to have their money back. Beat looks as well."""
    enqueue_on_commit("ticketing.tasks.follow_room", room_id=str(room_id))


@receiver(ticket_terms_wanted)
def tell_terms(room_ids: Collection[UUID], **kwargs: Any) -> dict[UUID, TicketTerms]:
    """Rooms are about to be told, with what their tickets cost."""
    return terms_of(room_ids=room_ids)
