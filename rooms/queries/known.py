"""Which rooms somebody may be told of."""

from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from rooms import admission
from rooms.models import Room


def rooms_spoken_of(*, room_ids: Collection[UUID | None], viewer: User | AnonymousUser) -> set[UUID]:
    """Those of these rooms that there are and that the viewer may know of, or was in; asked for none, no query."""
    wanted = {room_id for room_id in room_ids if room_id is not None}
    if not wanted:
        return set()
    known = Room.objects.filter(admission.spoken_of_with(viewer_id=viewer.pk), pk__in=wanted)
    return set(known.values_list("pk", flat=True))
