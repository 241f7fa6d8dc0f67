"""Switching an account off and on again."""

from functools import partial

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import queries, signals
from accounts.models import User
from accounts.services import devices
from spaces_site.errors import DomainError, Kind

log = structlog.get_logger(__name__)


class NotStaff(DomainError):
    """Only staff may do this."""

    kind = Kind.FORBIDDEN
    code = "not_staff"
    text = _("Only staff may do this.")


class CannotSuspend(DomainError):
    """Oneself, or a superuser."""

    kind = Kind.CONFLICT
    code = "cannot_suspend"
    text = _("You cannot suspend yourself or an administrator. Ask another administrator.")


def suspend(*, actor: User, person: User) -> bool:
    """Switch an account off: sessions, app tokens, sockets and sound end at once. False if it was off.

    Raises NotStaff, CannotSuspend.
    """
    _check_is_staff(actor)
    if person.pk == actor.pk or person.is_superuser:
        raise CannotSuspend
    with transaction.atomic():
        if not User.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
            return False
        devices.revoke_others(actor=person)
        transaction.on_commit(partial(signals.person_suspended.send_robust, sender=User, person_id=person.pk))
    log.info("person_suspended", person=str(person.pk), by=str(actor.pk))
    return True


def sign_out(*, actor: User, person: User) -> bool:
    """End all of somebody's sessions and apps, for a lost telephone. False if there were none. Raises NotStaff."""
    _check_is_staff(actor)
    ended = devices.revoke_others(actor=person)
    log.info("person_signed_out", person=str(person.pk), by=str(actor.pk), ended=ended)
    return ended > 0


def unsuspend(*, actor: User, person: User) -> bool:
    """Switch an account on again; they sign in anew. False if it was on. Raises NotStaff."""
    _check_is_staff(actor)
    changed = User.objects.filter(pk=person.pk, is_active=False).update(is_active=True)
    if changed:
        log.info("person_unsuspended", person=str(person.pk), by=str(actor.pk))
    return changed > 0


def _check_is_staff(actor: User) -> None:
    if not queries.acts_as_staff(actor):
        raise NotStaff
