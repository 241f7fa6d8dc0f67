"""Switching an account off and on again."""

from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import signals
from accounts.models import FOREVER, User
from accounts.services import devices, staff
from spaces_site.errors import DomainError, Kind

log = structlog.get_logger(__name__)

#: Suspensions that are ended in one go; the rest waits for the next, seconds later.
AT_ONCE = 100


class CannotSuspend(DomainError):
    """Oneself, or a superuser."""

    kind = Kind.CONFLICT
    code = "cannot_suspend"
    text = _("You cannot suspend yourself or an administrator. Ask another administrator.")


def suspend(*, actor: User, person: User, until: datetime = FOREVER) -> bool:
    """Switch an account off: sessions, app tokens, sockets and sound end at once. False if it was off.

    It is switched on again by itself at `until`. Raises NotStaff, CannotSuspend.
    """
    staff.check_is_staff(actor)
    if person.pk == actor.pk or person.is_superuser:
        raise CannotSuspend
    with transaction.atomic():
        was_on = User.objects.filter(pk=person.pk, is_active=True).update(is_active=False)
        changed = User.objects.filter(pk=person.pk).exclude(suspended_until=until).update(suspended_until=until)
        if was_on or changed:
            staff.tell_act(actor=actor, act="person.suspended", person=person, after={"until": until.isoformat()})
        if not was_on:
            return False
        devices.revoke_others(actor=person)
        transaction.on_commit(partial(signals.person_suspended.send_robust, sender=User, person_id=person.pk))
    log.info("person_suspended", person=str(person.pk), by=str(actor.pk), until=until.isoformat())
    return True


def sign_out(*, actor: User, person: User) -> bool:
    """End all of somebody's sessions and apps, for a lost telephone. False if there were none. Raises NotStaff."""
    staff.check_is_staff(actor)
    with transaction.atomic():
        ended = devices.revoke_others(actor=person)
        staff.tell_act(actor=actor, act="person.signed_out", person=person, after={"ended": ended})
    log.info("person_signed_out", person=str(person.pk), by=str(actor.pk), ended=ended)
    return ended > 0


def unsuspend(*, actor: User, person: User) -> bool:
    """Switch an account on again; they sign in anew. False if it was on. Raises NotStaff."""
    staff.check_is_staff(actor)
    with transaction.atomic():
        changed = User.objects.filter(pk=person.pk, is_active=False).update(is_active=True, suspended_until=None)
        if changed:
            staff.tell_act(actor=actor, act="person.unsuspended", person=person)
            _tell_on_again(person.pk)
    if changed:
        log.info("person_unsuspended", person=str(person.pk), by=str(actor.pk))
    return changed > 0


def end_suspensions(*, now: datetime) -> int:
    """Switch those accounts on again whose time is over, so many at once; returns how many."""
    over = User.objects.filter(is_active=False, suspended_until__lte=now)
    ended = 0
    for person_id in list(over.order_by("suspended_until").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            if over.filter(pk=person_id).update(is_active=True, suspended_until=None):
                ended += 1
                _tell_on_again(person_id)
    if ended:
        log.info("suspensions_ended", count=ended)
    return ended


def _tell_on_again(person_id: UUID) -> None:
    transaction.on_commit(partial(signals.person_unsuspended.send_robust, sender=User, person_id=person_id))
