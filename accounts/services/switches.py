"""The switches of the whole site: staff turn them, every door asks."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import SiteSwitches, User
from accounts.services import staff
from spaces_site.boundary.plain_text import plain_line
from spaces_site.errors import DomainError, Kind

Result = TypeVar("Result")


class ReadOnly(DomainError):
    """Staff keep the site as it is for a while."""

    kind = Kind.UNAVAILABLE
    code = "read_only"
    text = _("Spaces is read-only for a while. You can listen; nothing can be changed at the moment.")

    def __init__(self) -> None:
        super().__init__(retry_after=60)


class SwitchNeedsReason(DomainError):
    """A switch that is turned without a word."""

    kind = Kind.INVALID
    code = "switch_needs_reason"
    text = _("Write down why, in up to 300 characters.")


def check_writable() -> None:
    """Raises `ReadOnly` while the site is."""
    if queries.site_switches().read_only:
        raise ReadOnly


def when_writable(*, service: Callable[..., Result], **arguments: object) -> Result:
    """Call a service that changes something, unless the site is read-only."""
    check_writable()
    return service(**arguments)


def switches_row() -> SiteSwitches:
    """The row that staff see, made on first use."""
    return SiteSwitches.objects.get_or_create(pk=1)[0]


def set_switches(*, actor: User, no_new_rooms: bool, read_only: bool, why: str) -> bool:
    """Turn the switches; every process knows within a second. False when they stood so.

    Raises NotStaff, SwitchNeedsReason.
    """
    staff.check_is_staff(actor)
    why = plain_line(why)
    if not 0 < len(why) <= 300:
        raise SwitchNeedsReason(field="why")
    with transaction.atomic():
        row = SiteSwitches.objects.select_for_update().get(pk=switches_row().pk)
        before = {"no_new_rooms": row.no_new_rooms, "read_only": row.read_only}
        after = {"no_new_rooms": no_new_rooms, "read_only": read_only}
        if before == after:
            return False
        row.no_new_rooms, row.read_only = no_new_rooms, read_only
        row.save(update_fields=["no_new_rooms", "read_only"])
        staff.tell_act(actor=actor, act="site.switched", why=why, before=before, after=after)
        transaction.on_commit(queries.forget_switches)
    return True
