"""What every page shows of the notifications: how many are unread."""

from django import template
from django.utils import timezone

from accounts.models import User
from accounts.queries import notifications

register = template.Library()


@register.simple_tag
def unread_count(person: User) -> int:
    """How many notifications somebody has not read, to a hundred."""
    return notifications.unread_count(person_id=person.pk, now=timezone.now())
