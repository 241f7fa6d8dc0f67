"""Switching one thing off for one person, until a moment or for good. Why, and who decided, is kept above."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from uuid import UUID

import structlog
from django.db import transaction

from accounts import signals
from accounts.models import Restriction, User

log = structlog.get_logger(__name__)


def set_until(
    *,
    person_id: UUID,
    restriction: Restriction,
    until: datetime | None,
    note: Mapping[str, str] = MappingProxyType({}),
) -> bool:
    """Keep this off until then, or (None) no longer; False when it stood so. For all but a suspension.

    Once committed, rooms look at the person anew: microphones close, their rooms end. `note` is why, by language,
    for everybody in a room that ends.
    """
    column = restriction.column
    changed = User.objects.filter(pk=person_id).exclude(**{column: until}).update(**{column: until})
    if not changed:
        return False
    log.info("person_restricted", person=str(person_id), restriction=restriction.value, until=str(until))
    told = {"sender": User, "person_id": person_id, "restriction": restriction, "note": dict(note)}
    transaction.on_commit(partial(signals.person_restricted.send_robust, **told))
    return True
