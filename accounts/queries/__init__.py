"""Reads over people: cards, profiles, lists. Guests and people who were switched off are in none of them."""

import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.files import File
from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import HANDLE_PATTERN, Block, DeviceToken, Follow, Restriction, SiteSwitches, User


def person_by_id(*, person_id: UUID) -> User | None:
    """Somebody with an account, or None."""
    return User.objects.people().filter(pk=person_id).first()


def person_by_handle(*, handle: str) -> User | None:
    """Somebody with an account, or None; capitals and a leading @ don't matter."""
    handle = handle.removeprefix("@").lower()
    # The database need not be asked for what nobody can be called (PostgreSQL refuses a NUL with an error).
    return User.objects.people().filter(handle=handle).first() if re.match(HANDLE_PATTERN, handle) else None


def is_following(*, follower_id: UUID, followee_id: UUID) -> bool:
    """Whether the first follows the second."""
    return Follow.objects.filter(follower_id=follower_id, followee_id=followee_id).exists()


def is_blocked_by(*, blocked_id: UUID | None, by_id: UUID) -> bool:
    """Whether the second person blocked the first."""
    return Block.objects.filter(blocker_id=by_id, blocked_id=blocked_id).exists()


def blocked_ids(*, blocker_id: UUID, among: Collection[UUID]) -> set[UUID]:
    """Those of `among` whom this person blocked."""
    return set(Block.objects.filter(blocker_id=blocker_id, blocked_id__in=among).values_list("blocked_id", flat=True))


def blockers_of(*, blocked_id: UUID, among: Collection[UUID]) -> set[UUID]:
    """Those of `among` who blocked this person."""
    return set(Block.objects.filter(blocker_id__in=among, blocked_id=blocked_id).values_list("blocker_id", flat=True))


def blocked_ids_of(*, person_id: UUID, among: Collection[UUID]) -> set[UUID]:
    """Those of `among` between whom and this person there is a block, either way."""
    return blocked_ids(blocker_id=person_id, among=among) | blockers_of(blocked_id=person_id, among=among)


def blocks_between(*, blocker: str, blocked: str) -> "QuerySet[Block]":
    """For a condition on rows in which the two stand at these paths: the block of the second by the first."""
    return Block.objects.filter(blocker_id=OuterRef(blocker), blocked_id=OuterRef(blocked))


def blocks_by(*, blocker: str, blocked_id: UUID | None) -> "QuerySet[Block]":
    """The same where the second is one person, whoever stands at the path."""
    return Block.objects.filter(blocker_id=OuterRef(blocker), blocked_id=blocked_id)


def find_followers(*, person_id: UUID, query: str, size: int) -> list[User]:
    """Followers of somebody whose name or handle contains `query`, by name; nobody with a block between them."""
    wanted = query.strip().removeprefix("@")[:50]
    named = Q(display_name__icontains=wanted) | Q(handle__icontains=wanted)
    near = User.objects.people().filter(named, not_estranged(viewer_id=person_id, path="pk"))
    return list(near.filter(following__followee_id=person_id).order_by("display_name", "handle")[:size])


def writable(*, person: User, query: str, after: str = "", size: int = 30) -> tuple[list[User], str | None]:
    """Whom one may want to write to: followers and followed whose name has `query`, by handle, from behind `after` on.

    With the handle that the next page begins behind; None where this is the last.
    """
    wanted = query.removeprefix("@")[:50]
    named = Q(display_name__icontains=wanted) | Q(handle__icontains=wanted)
    near = Q(pk__in=Follow.objects.filter(follower=person).values("followee_id"))
    near |= Q(pk__in=Follow.objects.filter(followee=person).values("follower_id"))
    found = list(User.objects.people().filter(named, near, handle__gt=after).order_by("handle")[: size + 1])
    return found[:size], found[size - 1].handle if len(found) > size else None


def not_estranged(*, viewer_id: UUID | None, path: str) -> Q:
    """A condition for lists: at `path` stands nobody whom this viewer blocked, or who blocked them."""
    if viewer_id is None:
        return Q()
    blockers = Block.objects.filter(blocked_id=viewer_id).values("blocker_id")
    blocked = Block.objects.filter(blocker_id=viewer_id).values("blocked_id")
    return ~Q(**{f"{path}__in": blockers}) & ~Q(**{f"{path}__in": blocked})


def not_estranged_pair(*, one: str, other: str) -> Q:
    """`not_estranged` for lists in which each row has its own viewer: neither of the two blocked the other."""
    there = Q(blocker_id=OuterRef(one), blocked_id=OuterRef(other))
    back = Q(blocker_id=OuterRef(other), blocked_id=OuterRef(one))
    return Q(~Exists(Block.objects.filter(there | back)))


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


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """What the profile page shows. `viewer_follows` is None for visitors, guests and oneself."""

    person: User
    is_viewer: bool
    viewer_follows: bool | None
    viewer_blocks: bool = False


def profile_page(*, handle: str, viewer: User | AnonymousUser) -> ProfilePage | None:
    """Somebody's profile as `viewer` sees it, or None if there is nobody of that name."""
    person = person_by_handle(handle=handle)
    return seen_by(viewer, [person])[0] if person else None


def profile_page_by_id(*, person_id: UUID, viewer: User | AnonymousUser) -> ProfilePage | None:
    """As `profile_page`, by account id."""
    found = person_by_id(person_id=person_id)
    return seen_by(viewer, [found])[0] if found else None


def profile_pages(*, ids: list[UUID], viewer: User | AnonymousUser) -> list[ProfilePage]:
    """Those of these people that there are, in the order of the ids."""
    found = User.objects.people().in_bulk(ids)
    people = [found[person_id] for person_id in dict.fromkeys(ids) if person_id in found]
    return seen_by(viewer, people)


def seen_by(viewer: User | AnonymousUser, people: list[User]) -> list[ProfilePage]:
    """These people, in their order, as the viewer sees them; two queries however many they are."""
    if isinstance(viewer, AnonymousUser) or viewer.is_guest:
        return [ProfilePage(person, is_viewer=False, viewer_follows=None) for person in people]
    rows = Follow.objects.filter(follower_id=viewer.pk, followee__in=people)
    followed = set(rows.values_list("followee_id", flat=True))
    blocked = blocked_ids(blocker_id=viewer.pk, among=[person.pk for person in people])
    return [
        ProfilePage(
            person,
            is_viewer=person.pk == viewer.pk,
            viewer_follows=None if person.pk == viewer.pk else person.pk in followed,
            viewer_blocks=person.pk in blocked,
        )
        for person in people
    ]


def blocked_page(*, person: User, before: int | None, size: int) -> "PeoplePage":
    """Whom this person blocked, newest first; guests and people switched off too, so that they can be unblocked."""
    rows = Block.objects.filter(blocker=person).select_related("blocked").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    people = seen_by(person, [row.blocked for row in found[:size]])
    return PeoplePage(people, next_before=found[size - 1].pk if len(found) > size else None)


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of followers or followed, newest first. `next_before` fetches the next page; None: the last."""

    people: list[ProfilePage]
    next_before: int | None


class Side(StrEnum):
    """Which end of a follow is listed."""

    FOLLOWERS = "followers"
    FOLLOWING = "following"


def people_page(*, person: User, side: Side, viewer: User | AnonymousUser, before: int | None, size: int) -> PeoplePage:
    """`size` people before the follow numbered `before`; nobody who was switched off."""
    own, other = ("followee", "follower") if side is Side.FOLLOWERS else ("follower", "followee")
    rows = Follow.objects.filter(**{own: person, f"{other}__is_active": True}).select_related(other).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    people = [getattr(row, other) for row in found[:size]]
    return PeoplePage(seen_by(viewer, people), next_before=found[size - 1].pk if len(found) > size else None)


@dataclass(frozen=True, slots=True)
class Device:
    """One place where somebody is signed in: a browser's session, or an app's token."""

    id: str
    kind: str
    name: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


def devices(*, person: User, session_key: str | None = None, token_id: UUID | None = None) -> list[Device]:
    """Everywhere that this person is signed in, the current place first, then the latest seen.

    Sessions that ran out are forgotten on the way.
    """
    places = [
        Device(
            id=f"session:{session.pk}",
            kind="browser",
            name=browser_name(session.user_agent),
            address=session.ip,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            is_current=session.session_key == session_key,
        )
        for session in UserSession.objects.purge_and_list(person)
    ]
    places += [
        Device(
            id=token.session_key,
            kind="app",
            name=token.name,
            address="",
            created_at=token.created_at,
            last_seen_at=token.last_seen_at,
            is_current=token.pk == token_id,
        )
        for token in DeviceToken.objects.filter(person=person)
    ]
    return sorted(places, key=lambda place: (not place.is_current, -place.last_seen_at.timestamp()))


def live_tokens(*, token_ids: Collection[UUID]) -> set[UUID]:
    """Those of these apps' tokens that were not revoked."""
    return set(DeviceToken.objects.filter(pk__in=token_ids).values_list("pk", flat=True)) if token_ids else set()


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """`Firefox, Linux`, as people say it; empty if the browser does not tell."""
    found = [next((name for mark, name in marks if mark in user_agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found))


def avatar_file(*, person_id: UUID, version: str) -> "File[bytes] | None":
    """The opened picture of that version, or None if it is not this person's picture any more."""
    person = User.objects.people().filter(pk=person_id).only("avatar").first()
    if person is None or not person.avatar.name or PurePosixPath(person.avatar.name).stem != version:
        return None
    try:
        return person.avatar.open("rb")
    except FileNotFoundError:
        return None


def acts_as_staff(person: User) -> bool:
    """Whether somebody may do what staff may, at any door: in production with two factors switched on.

    Whoever has them on is asked for both wherever they sign in.
    """
    if not (person.is_staff and person.is_active):
        return False
    return not settings.STAFF_NEED_TOTP or has_two_factors(person)


def has_two_factors(person: User) -> bool:
    """Whether an authenticator app guards this account."""
    return bool(is_mfa_enabled(person))


def has_proved_email(person: User) -> bool:
    """Whether the person showed that an address is theirs."""
    proved: bool = EmailAddress.objects.filter(user=person, verified=True).exists()
    return proved


def restricted_until(*, person: User, restriction: Restriction, now: datetime) -> datetime | None:
    """Until when this is switched off for the person; None when it is not. It ends by itself."""
    until: datetime | None = getattr(person, restriction.column)
    return until if until is not None and until > now else None


def not_limited(*, viewer_id: UUID | None, path: str, now: datetime) -> Q:
    """A condition for lists: at `path` stands nobody whom staff limited, save the viewer and whom they follow."""
    limited = Q(**{f"{path}__limited_until__gt": now})
    if viewer_id is None:
        return ~limited
    followed = Follow.objects.filter(follower_id=viewer_id).values("followee_id")
    return ~limited | Q(**{f"{path}__in": followed}) | Q(**{path: viewer_id})


#: Seconds for which a process believes what it last read of the switches.
SWITCHES_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Switches:
    """What is switched off for everybody. Read-only means no new rooms as well."""

    no_new_rooms: bool = False
    read_only: bool = False


class _Known:
    """What this process last read of the switches, and when."""

    switches = Switches()
    read_at = float("-inf")


def site_switches() -> Switches:
    """The site's switches, at most a second old; as last known while the database is away."""
    if time.monotonic() - _Known.read_at >= SWITCHES_SECONDS:
        try:
            row = SiteSwitches.objects.filter(pk=1).values_list("no_new_rooms", "read_only").first()
        except DatabaseError:
            return _Known.switches
        no_new_rooms, read_only = row or (False, False)
        _Known.switches, _Known.read_at = Switches(no_new_rooms or read_only, read_only), time.monotonic()
    return _Known.switches


def forget_switches() -> None:
    """Read them again at the next look."""
    _Known.read_at = float("-inf")
