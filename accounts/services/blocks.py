"""Block and unblock. A block ends both follows, and is never told to the person blocked."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import queries, signals
from accounts.models import Block
from accounts.services import follows
from accounts.services.access import Actor, check_has_account
from spaces_site.errors import DomainError, Kind

#: People that one person may have blocked.
MOST = 10_000


class CannotBlockYourself(DomainError):
    """Blocking oneself."""

    kind = Kind.INVALID
    code = "block_yourself"
    text = _("You cannot block yourself. Choose somebody else.")


class TooManyBlocked(DomainError):
    """As many as one person may have blocked."""

    kind = Kind.CONFLICT
    code = "too_many_blocked"
    text = _("You have blocked as many people as is possible. Unblock somebody first.")


def block_person(*, actor: Actor, person_id: UUID, now: datetime) -> bool:
    """Block somebody, a guest too; True if that is new. Doing it twice is no error.

    Both follows end. Once committed, the rooms above put the person out of the actor's rooms.
    Raises SignInFirst, AccountSuspended, CannotBlockYourself, NoSuchPerson, TooManyBlocked.
    """
    blocker = check_has_account(actor)
    if blocker.pk == person_id:
        raise CannotBlockYourself
    with transaction.atomic():
        # Whoever comes into a room holds themself as well: one of the two is first, and the other sees it.
        if person_id not in follows.hold_people(person_ids=(blocker.pk, person_id)):
            raise follows.NoSuchPerson
        if Block.objects.filter(blocker=blocker).count() >= MOST:
            raise TooManyBlocked
        _block, is_new = Block.objects.get_or_create(
            blocker_id=blocker.pk, blocked_id=person_id, defaults={"created_at": now}
        )
        follows.end_between(one_id=blocker.pk, other_id=person_id)
        told = partial(signals.person_blocked.send_robust, sender=Block, blocker_id=blocker.pk, blocked_id=person_id)
        transaction.on_commit(told)
        if is_new:
            follows.tell_ties(blocker.pk, person_id)
            _tell_sight(blocker.pk, person_id)
    return is_new


def unblock_person(*, actor: Actor, person_id: UUID) -> bool:
    """Take a block back; True if there was one. Follows stay ended. Raises SignInFirst, AccountSuspended."""
    blocker = check_has_account(actor)
    with transaction.atomic():
        follows.hold_people(person_ids=(blocker.pk, person_id))
        removed, _details = Block.objects.filter(blocker_id=blocker.pk, blocked_id=person_id).delete()
        if removed:
            follows.tell_ties(blocker.pk, person_id)
            _tell_sight(blocker.pk, person_id)
    return removed > 0


def _tell_sight(blocker_id: UUID, blocked_id: UUID) -> None:
    """What these two say is hidden from each other, or no longer; unless it was, and is, by the other's block."""
    if not queries.is_blocked_by(blocked_id=blocker_id, by_id=blocked_id):
        told = partial(signals.sight_changed.send_robust, sender=Block, person_ids=(blocker_id, blocked_id))
        transaction.on_commit(told)
