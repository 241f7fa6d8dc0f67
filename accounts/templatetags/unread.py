"""The number beside "Messages", on every page."""

from typing import Any

from django import template

from accounts.queries import messages

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_conversations(context: dict[str, Any]) -> int:
    """How many conversations of the reader have something unread."""
    return messages.unread_conversations(person=context["user"])
