"""The one way into the audit log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from accounts.models import User
from moderation.models import Act, AuditEntry
from rooms.models import Room


def record(
    *,
    actor: User | None,
    act: Act,
    now: datetime,
    why: str = "",
    person: User | None = None,
    room: Room | None = None,
    subject: UUID | int | str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one act down, with the names of this day and the request that it came by. Nobody: the product itself."""
    return AuditEntry.objects.create(
        at=now,
        actor=actor,
        actor_name=str(actor) if actor else "",
        act=act,
        person=person,
        person_name=str(person) if person else "",
        room=room,
        room_title=room.title if room else "",
        subject=str(subject),
        before=dict(before or {}),
        after=dict(after or {}),
        why=why,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id") or ""),
    )
