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
    """Unread notifications, to a hundred, and conversations with something unread."""

    notifications: int
    conversations: int


def waiting_for(*, person: User) -> Waiting:
    """The numbers of one person."""
    unread = Notification.objects.filter(person=person, read_at=None)
    counts = (_count(unread), _count(messages.unread_sides(person=person)))
    notifications, conversations = User.objects.filter(pk=person.pk).values_list(*counts).first() or (0, 0)
    return Waiting(min(notifications, MOST_COUNTED), conversations)


def _count(rows: "QuerySet[Any]") -> Coalesce:
    counted = rows.order_by().values("person").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))
