"""What waits for somebody: the numbers that every page shows, in one query."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import Notification, User
from accounts.queries import messages

#: No page counts further.
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """Unread notifications (to a hundred), conversations with something unread, and what an app above counts beside."""

    notifications: int = 0
    conversations: int = 0
    beside: int = 0


def waiting_for(*, person: User, beside: "QuerySet[Any] | None" = None) -> Waiting:
    """The numbers of one person. `beside` are rows with a `person` that are counted in the same query."""
    unread = Notification.objects.filter(person=person, read_at=None)
    conversations = messages.unread_sides(person=person)
    counts = [_count(rows) for rows in (unread, conversations, beside) if rows is not None]
    numbers = User.objects.filter(pk=person.pk).values_list(*counts).first() or (0, 0, 0)
    return Waiting(min(numbers[0], MOST_COUNTED), *numbers[1:])


def _count(rows: "QuerySet[Any]") -> Coalesce:
    counted = rows.order_by().values("person").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))
