"""Reads over people: cards, profiles, lists. Guests and people who were switched off are in none of them."""

import re
from dataclasses import dataclass
from uuid import UUID

from allauth.account.models import EmailAddress

from accounts.models import HANDLE_PATTERN, Follow, User


def person(*, person_id: UUID) -> User | None:
    """Somebody with an account, or None."""
    return User.objects.people().filter(pk=person_id).first()


def person_by_handle(*, handle: str) -> User | None:
    """Somebody with an account, or None; capitals and a leading @ don't matter."""
    handle = handle.removeprefix("@").lower()
    # The data base need not be asked for what nobody can be called (PostgreSQL refuses a NUL with an error).
    return User.objects.people().filter(handle=handle).first() if re.match(HANDLE_PATTERN, handle) else None


def is_following(*, follower_id: UUID, followee_id: UUID) -> bool:
    """Whether the first follows the second."""
    return Follow.objects.filter(follower_id=follower_id, followee_id=followee_id).exists()


def followed_ids(*, follower_id: UUID) -> set[UUID]:
    """Ids of everybody whom this person follows."""
    return set(Follow.objects.filter(follower_id=follower_id).values_list("followee_id", flat=True))


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """What the profile page shows. `viewer_follows` is None for visitors, guests and oneself."""

    person: User
    is_viewer: bool
    viewer_follows: bool | None


def handle_is_taken(*, handle: str) -> bool:
    """Whether anybody has it, people who were switched off included."""
    return User.objects.filter(handle=handle).exists()


def person_by_email(*, email: str) -> User | None:
    """Who proved or gave this address; only for mail to that address, never for an answer."""
    address = EmailAddress.objects.select_related("user").filter(email=email.lower()).order_by("-verified").first()
    return address.user if address else None


def account_behind(*, login: str) -> str:
    """A key for counting tries to sign in: the account's id, or what was typed if there is none."""
    by_handle = User.objects.filter(handle=login, is_guest=False)
    owner = person_by_email(email=login) if "@" in login else by_handle.first()
    return str(owner.pk) if owner else login
