"""People and devices as the API tells them."""

from typing import Any

from accounts import queries
from accounts.services.access import Person
from accounts.services.follows import NoSuchPerson


def person_record(page: queries.ProfilePage) -> dict[str, Any]:
    """What everybody may know of somebody; `viewer` is about who asks."""
    person = page.person
    return {
        "id": str(person.pk),
        "handle": person.handle,
        "name": person.display_name,
        "bio": person.bio,
        "avatar": person.avatar_url,
        "verified": person.is_verified,
        "guest": person.is_guest,
        "follower_count": person.follower_count,
        "following_count": person.following_count,
        "created_at": person.created_at,
        "viewer": {"following": page.viewer_follows, "blocking": page.viewer_blocks, "is_you": page.is_viewer},
    }


def own_record(person: Person) -> dict[str, Any]:
    """What somebody may know of themselves."""
    own = person_record(queries.ProfilePage(person, is_viewer=True, viewer_follows=None))
    return own | {
        "email": person.email,
        "email_verified": queries.has_proved_email(person),
        "language": person.language,
        "time_zone": person.time_zone,
        "appearance": person.appearance.lower(),
        "listens_hidden": person.listens_hidden,
        "two_factors": queries.has_two_factors(person),
    }


def device_record(place: queries.Device) -> dict[str, Any]:
    """One place where somebody is signed in."""
    return {
        "id": place.id,
        "kind": place.kind,
        "name": place.name,
        "address": place.address,
        "created_at": place.created_at,
        "last_seen_at": place.last_seen_at,
        "is_current": place.is_current,
    }


def found(page: queries.ProfilePage | None) -> queries.ProfilePage:
    """The page. Raises NoSuchPerson."""
    if page is None:
        raise NoSuchPerson
    return page
