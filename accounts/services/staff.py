"""What only staff may do, and that each such act is told to whoever keeps the log."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts import queries, signals
from accounts.models import User
from spaces_site.errors import DomainError, Kind


class NotStaff(DomainError):
    """Only staff may do this."""

    kind = Kind.FORBIDDEN
    code = "not_staff"
    text = _("Only staff may do this.")


def check_is_staff(actor: User) -> None:
    """Raises NotStaff."""
    if not queries.acts_as_staff(actor):
        raise NotStaff


def tell_act(*, actor: User, act: str, why: str = "", **facts: Any) -> None:
    """Tell the log, inside the caller's transaction, what a member of staff does: no log, no act.

    `facts` are `person`, `room`, `before` and `after`, where there are any.
    """
    signals.staff_acted.send(sender=User, actor=actor, act=act, why=why, **facts)
