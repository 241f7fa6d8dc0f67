"""Reads over people: cards, profiles, lists. Guests and people who were switched off are in none of them."""

from dataclasses import dataclass
from uuid import UUID

from accounts.models import Follow, User


def person(*, person_id: UUID) -> User | None:
    """Somebody with an account, or None."""
    return User.objects.people().filter(pk=person_id).first()


def person_by_handle(*, handle: str) -> User | None:
    """Somebody with an account, or None; capitals and a leading @ don't matter."""
    return User.objects.people().filter(handle=handle.removeprefix("@").lower()).first()


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
