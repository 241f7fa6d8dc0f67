"""Follow and unfollow. The counts change in the transaction of the row, by the rows that really changed."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts import queries, signals
from accounts.models import Follow, User
from accounts.services.access import Actor, check_has_account
from spaces_site.errors import DomainError, Kind


class NoSuchPerson(DomainError):
    """The id or handle belongs to nobody, to a guest, or to somebody who was switched off."""

    kind = Kind.NOT_FOUND
    code = "no_such_person"
    text = _("There is nobody with this name. Check the spelling, or ask them for their link.")


class NotYourself(DomainError):
    """Following oneself."""

    kind = Kind.INVALID
    code = "follow_yourself"
    text = _("You cannot follow yourself. Choose somebody else.")


class CannotFollow(DomainError):
    """Blocked by that person, which is not told."""

    kind = Kind.FORBIDDEN
    code = "cannot_follow"
    text = _("You cannot follow this person.")


class UnblockFirst(DomainError):
    """Following somebody whom one has blocked."""

    kind = Kind.CONFLICT
    code = "unblock_first"
    text = _("You have blocked this person. Unblock them first.")


def follow(*, actor: Actor, person_id: UUID, now: datetime) -> bool:
    """Let `actor` follow a person; True if that is new. Doing it twice is no error.

    Raises SignInFirst, AccountSuspended, NotYourself, NoSuchPerson, CannotFollow, UnblockFirst.
    """
    follower = check_has_account(actor)
    try:
        with transaction.atomic():
            hold_people(person_ids=(follower.pk, person_id))
            _check_may_follow(follower=follower, person_id=person_id)
            Follow.objects.create(follower_id=follower.pk, followee_id=person_id, created_at=now)
            _add_to_counts(follower_id=follower.pk, followee_id=person_id, step=1)
            tell_ties(follower.pk, person_id)
    except IntegrityError:
        return False
    return True


def unfollow(*, actor: Actor, person_id: UUID) -> bool:
    """Stop following; True if `actor` did follow. Works for people who are gone.

    Raises SignInFirst, AccountSuspended.
    """
    follower = check_has_account(actor)
    with transaction.atomic():
        hold_people(person_ids=(follower.pk, person_id))
        removed, _details = Follow.objects.filter(follower_id=follower.pk, followee_id=person_id).delete()
        if removed:
            _add_to_counts(follower_id=follower.pk, followee_id=person_id, step=-1)
            tell_ties(follower.pk, person_id)
    return removed > 0


def end_between(*, one_id: UUID, other_id: UUID) -> None:
    """End both follows between two people, if there are any; the caller holds their rows."""
    for follower_id, followee_id in ((one_id, other_id), (other_id, one_id)):
        removed, _details = Follow.objects.filter(follower_id=follower_id, followee_id=followee_id).delete()
        if removed:
            _add_to_counts(follower_id=follower_id, followee_id=followee_id, step=-1)


def recount() -> int:
    """Set every count that differs from the rows; returns how many people were corrected."""
    corrected = 0
    for person in User.objects.only("pk", "follower_count", "following_count").iterator():
        with transaction.atomic():
            followers = Follow.objects.filter(followee_id=person.pk).count()
            following = Follow.objects.filter(follower_id=person.pk).count()
            # Only a row that still shows the counts read above is corrected: a follow that came in
            # between has counted itself.
            if (followers, following) != (person.follower_count, person.following_count):
                mended = User.objects.filter(
                    pk=person.pk, follower_count=person.follower_count, following_count=person.following_count
                ).update(follower_count=followers, following_count=following)
                if mended:
                    corrected += 1
                    tell_ties(person.pk, person.pk)
    return corrected


def hold_people(*, person_ids: Collection[UUID]) -> set[UUID]:
    """Those of these people that there are, held by this transaction: follows and blocks of a pair take turns.

    In the order of their ids, since their counts change too: two pairs must not wait for each other.
    """
    held = User.objects.select_for_update(no_key=True).filter(pk__in=person_ids).order_by("pk")
    return set(held.values_list("pk", flat=True))


def tell_ties(one_id: UUID, other_id: UUID) -> None:
    """Once this transaction is committed, tell the apps above that something between these two changed."""
    told = partial(signals.ties_changed.send_robust, sender=Follow, person_ids=(one_id, other_id))
    transaction.on_commit(told)


def _check_may_follow(*, follower: User, person_id: UUID) -> None:
    if follower.pk == person_id:
        raise NotYourself
    if not User.objects.people().filter(pk=person_id).exists():
        raise NoSuchPerson
    if queries.is_blocked_by(blocked_id=follower.pk, by_id=person_id):
        raise CannotFollow
    if queries.is_blocked_by(blocked_id=person_id, by_id=follower.pk):
        raise UnblockFirst


def _add_to_counts(*, follower_id: UUID, followee_id: UUID, step: int) -> None:
    """Count up or down on both; the caller holds their rows."""
    column_of = {follower_id: "following_count", followee_id: "follower_count"}
    for person_id, column in column_of.items():
        User.objects.filter(pk=person_id).update(**{column: F(column) + step})
