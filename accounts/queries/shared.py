"""Rooms as posts and messages show them. The app above knows rooms; this one knows what a card says."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from accounts import signals
from accounts.models import User

#: Name in addresses of rooms, and the form, of the token by which it is counted who came by whom.
SHARE = "s"
TOKEN_PATTERN = r"^[A-Za-z0-9_-]{1,16}\Z"  # noqa: S105


@dataclass(frozen=True, slots=True)
class SharedRoom:
    """A room's card as it is now. `state` is scheduled, live, ended or canceled."""

    id: UUID
    title: str
    language: str
    language_name: str
    state: str
    host: User
    listeners: int
    scheduled_start: datetime | None
    started_at: datetime | None
    is_official: bool
    #: The viewer waits for this room to come; None where there is nothing for them to wait for.
    is_awaited: bool | None


def shared_rooms(*, room_ids: Iterable[UUID | None], viewer: User | AnonymousUser) -> dict[UUID, SharedRoom]:
    """Cards of those of these rooms that there are and that the viewer may know of."""
    wanted = {room_id for room_id in room_ids if room_id is not None}
    cards: dict[UUID, SharedRoom] = {}
    if wanted:
        for _receiver, told in signals.room_cards_wanted.send(sender=User, room_ids=wanted, viewer=viewer):
            cards |= cast("dict[UUID, SharedRoom]", told)
    return cards


def share_token(text: object) -> str:
    """`text` if it is of the form of a token, else nothing: a damaged address still leads to its room."""
    return str(text) if re.match(TOKEN_PATTERN, str(text)) else ""
