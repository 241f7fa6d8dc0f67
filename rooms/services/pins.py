"""Pinning posts in a room: hosts put them up, order them and take them down, and everybody sees it at once."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries.posts import visible_post
from accounts.services import posts, wording
from accounts.services.wording import Draft
from rooms import events, stage_rules
from rooms.models import Participant, Pin, Room, RoomState
from rooms.queries import pins as queries
from rooms.services import pace, places
from spaces_site.errors import DomainError, Kind

#: Characters of the address of a post.
LINK_MOST = 300


class PinOneThing(DomainError):
    """Neither a post nor an address nor words, or more than one of them."""

    kind = Kind.INVALID
    code = "pin_one_thing"
    text = _("Name a post, its address, or the words of a new one.")


class NoPostThere(DomainError):
    """An address that is not that of a post of this site."""

    kind = Kind.INVALID
    code = "no_post_there"
    text = _("This is not the address of a post here. Copy it from the post’s own page.")


class ChangedMeanwhile(DomainError):
    """Another host changed the order since the client read it."""

    kind = Kind.CONFLICT
    code = "changed_meanwhile"
    text = _("The pinned posts were changed meanwhile. Read them again, then repeat your change.")


def version_of(pin_ids: Iterable[UUID | str]) -> str:
    """The version of an order of pins, as one reader sees it."""
    return hashlib.sha256(",".join(str(one) for one in pin_ids).encode()).hexdigest()[:16]


def pin(
    *,
    actor: User,
    room_id: UUID | str,
    now: datetime,
    post_id: UUID | None = None,
    link: str | None = None,
    text: str | None = None,
    place: int | None = None,
    host: str = "",
) -> UUID:
    """A host pins a post: one that there is, the one at an address, or a new one. It comes first, or at `place`.

    Returns the pin's id. What is pinned already stays, and moves where `place` says so. `host` is the name that
    the actor knows this site by. Raises `NotAHost`, `PinsFull`, `PinOneThing`, `NoPostThere`, `NoSuchPost`, and
    what `posts.publish` raises.
    """
    if sum(one is not None for one in (post_id, link, text)) != 1:
        raise PinOneThing
    _check_may_pin(actor, room_id)
    if link is not None:
        post_id = wording.post_at(link.strip(), host=host) if len(link) <= LINK_MOST else None
    with transaction.atomic():
        # Who wrote it, and the post, before the room, as everywhere.
        if post_id is not None:
            posts.hold(post_id=post_id)
        elif text is not None:
            places.hold_person(person=actor)
        room = _held_by_host(actor, room_id)
        if link is not None and post_id is None:
            raise NoPostThere(field="link")
        changed = _take_down_unseen(room, now)
        already = Pin.objects.standing().filter(room=room, post_id=post_id).first() if post_id else None
        if already is None:
            stage_rules.check_has_room_for_pin(room=room)
        if text is not None:
            post_id = posts.publish(actor=actor, draft=Draft(text, host=host), now=now)
        _check_seen(room, actor, post_id, now)
        one = already or Pin.objects.create(
            room=room, post_id=post_id, place=0, pinned_by=actor, pinned_at=now, shown_ms=room.clock_ms(now)
        )
        if already is None or place is not None:
            changed |= _put(room, actor, one, place or 0, now)
        if changed or already is None:
            _tell(room, now)
    return one.pk


def move(
    *, actor: User, room_id: UUID | str, pin_id: UUID | str, place: int, now: datetime, version: str = "*"
) -> None:
    """A host moves a pinned post to another place among those that they see; beyond the last it is the last.

    Raises `NoSuchPin`, and `ChangedMeanwhile` when `version` is not that of the present order (`*` matches any).
    """
    _check_may_pin(actor, room_id)
    with transaction.atomic():
        room = _held_by_host(actor, room_id)
        moved = Pin.objects.standing().filter(room=room, pk=places.as_id(pin_id)).first()
        if moved is None:
            raise stage_rules.NoSuchPin
        if version != "*" and version != version_of(queries.ids_seen_by(room_id=room.pk, viewer=actor, now=now)):
            raise ChangedMeanwhile
        if _put(room, actor, moved, place, now):
            _tell(room, now)


def unpin(*, actor: User, room_id: UUID | str, pin_id: UUID | str, now: datetime) -> None:
    """A host takes a pinned post down; twice is once. Raises `NoSuchPin` for one that never was here."""
    _check_may_pin(actor, room_id)
    with transaction.atomic():
        room = _held_by_host(actor, room_id)
        here = Pin.objects.filter(room=room, pk=places.as_id(pin_id))
        if not here.exists():
            raise stage_rules.NoSuchPin
        if here.standing().update(unpinned_at=now, unpinned_by=actor, hidden_ms=room.clock_ms(now)):
            _tell(room, now)


def posts_gone(*, now: datetime) -> None:
    """Posts were deleted: those that stood pinned in live rooms are taken down there."""
    bare = Pin.objects.standing().filter(post=None)
    for room_id in bare.filter(room__state=RoomState.LIVE).values_list("room_id", flat=True).distinct():
        with transaction.atomic():
            room = places.hold_room(room_id=room_id)
            if bare.filter(room=room).update(unpinned_at=now, hidden_ms=room.clock_ms(now)):
                _tell(room, now)


def look_again(*, author_id: UUID, now: datetime) -> None:
    """Who may see what this person says has changed: live rooms where it stands pinned are told anew."""
    _look_again(_rooms_of(author_id), now)


def look_again_between(*, person_ids: tuple[UUID, UUID], now: datetime) -> None:
    """A block between two people came or went: rooms where one of them sees another wall by it are told anew."""
    one_id, other_id = person_ids
    here = Participant.objects.present()
    rooms: set[UUID] = set()
    for reader_id, author_id in ((one_id, other_id), (other_id, one_id)):
        rooms |= _rooms_of(author_id).intersection(here.filter(person=reader_id).values_list("room_id", flat=True))
    _look_again(rooms, now)


def _rooms_of(author_id: UUID) -> set[UUID]:
    standing = Pin.objects.standing().by(author_id).filter(room__state=RoomState.LIVE)
    return set(standing.values_list("room_id", flat=True))


def _look_again(room_ids: Collection[UUID], now: datetime) -> None:
    for room_id in room_ids:
        with transaction.atomic():
            room = places.hold_room(room_id=room_id)
            if room.state == RoomState.LIVE:
                _take_down_unseen(room, now)
                _tell(room, now)


def _check_may_pin(actor: User, room_id: UUID | str) -> None:
    """Refuse before anything is held: nobody but hosts, at their pace, makes others wait for a post or an author."""
    room = places.live_room(room_id=room_id, actor=actor)
    stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
    pace.check(pace.PINS, actor.pk)


def _held_by_host(actor: User, room_id: UUID | str) -> Room:
    room = places.hold_live_room(room_id=room_id, actor=actor)
    stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
    return room


def _check_seen(room: Room, actor: User, post_id: UUID | None, now: datetime) -> None:
    """Who pins sees the post, and so does the host, who answers for the wall. Raises `NoSuchPost`."""
    host = places.host_in(room=room)
    for viewer in {actor, host or actor}:
        visible_post(post_id=places.as_id(post_id or ""), viewer=viewer, now=now)


def _take_down_unseen(room: Room, now: datetime) -> bool:
    """Take down what the host could not: what they may not see, and words of people who were switched off."""
    host, standing = places.host_in(room=room), Pin.objects.standing().filter(room=room)
    if host is None:
        kept = list(standing.to_be_seen().values_list("pk", flat=True))
    else:
        kept = queries.ids_seen_by(room_id=room.pk, viewer=host, now=now)
    return standing.exclude(pk__in=kept).update(unpinned_at=now, hidden_ms=room.clock_ms(now)) > 0


def _put(room: Room, actor: User, one: Pin, place: int, now: datetime) -> bool:
    """Give each its place anew, with `one` before that which its actor sees at `place`; whether anything moved."""
    seen = queries.ids_seen_by(room_id=room.pk, viewer=actor, now=now)
    others = list(Pin.objects.standing().filter(room=room).exclude(pk=one.pk).in_order())
    follows = [other for other in others if other.pk in seen][place : place + 1]
    others.insert(others.index(follows[0]) if follows else len(others), one)
    moved = [other for number, other in enumerate(others) if other.place != number]
    for number, other in enumerate(others):
        other.place = number
    Pin.objects.bulk_update(moved, ["place"])
    return bool(moved)


def _tell(room: Room, now: datetime) -> None:
    """Everybody in the held room sees the wall as it is now."""
    told = queries.wall(room_id=room.pk, now=now)
    events.announce(room_id=room.pk, event=told.everybody, at=now, apart=told.apart)
