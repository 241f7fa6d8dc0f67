"""What ticketing does when rooms say something."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from rooms.signals import room_cancelled, room_ended
from spaces_site.enqueue import enqueue_on_commit


@receiver([room_ended, room_cancelled])
def follow_room(room_id: UUID, **kwargs: Any) -> None:
    """A room is over or called off: its buyers may have to have their money back. Beat looks as well."""
    enqueue_on_commit("ticketing.tasks.follow_room", room_id=str(room_id))
