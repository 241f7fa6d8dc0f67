"""What every page shows of what waits for its reader: unread notifications and conversations."""

from typing import Any

from django import template

from accounts.queries.waiting import Waiting, waiting_for

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting(context: dict[str, Any]) -> Waiting:
    """The numbers of the reader, looked up once for a page; a view that has them names them `waiting_numbers`."""
    request = context["request"]
    known: Waiting | None = context.get("waiting_numbers") or getattr(request, "waiting_numbers", None)
    if known is None:
        known = request.waiting_numbers = waiting_for(person=request.user)
    return known
