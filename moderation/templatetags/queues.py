"""How much waits for staff, for the pages of the admin."""

from django import template

from moderation.queries import case_file

register = template.Library()


@register.simple_tag
def moderation_queues() -> case_file.Queues:
    """The counts of the queues."""
    return case_file.queues()
