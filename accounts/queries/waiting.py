"""What waits for somebody: the numbers that every page shows, in one query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.queries import messages, notifications


@dataclass(frozen=True, slots=True)
class Waiting:
    """Unread notifications (to a hundred), conversations with something unread, and what an app above counts beside."""

    notifications: int = 0
    conversations: int = 0
    beside: int = 0


def waiting_for(*, person: User, now: datetime, beside: "QuerySet[Any] | None" = None) -> Waiting:
    """The numbers of one person. `beside` are rows with a `person` that are counted in the same query."""
    unread = notifications.unread(now=now).filter(person=person)
    conversations = messages.unread_sides(person=person)
    counts = [_count(rows) for rows in (conversations, beside) if rows is not None]
    numbers = User.objects.filter(pk=person.pk).values_list(notifications.count_to_a_hundred(unread), *counts)
    return Waiting(*numbers.first() or ())


def _count(rows: "QuerySet[Any]") -> Coalesce:
    counted = rows.order_by().values("person").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))
