"""Rule book 1: who may enter a room, and how. One condition a line; the first that fails is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import User
from rooms.models import Invitation, Knock, Participant, Removal, Role, Room, RoomPass, RoomState
from rooms.refusals import (
    AccountTooNew,
    FollowersOnly,
    HasBegun,
    HiddenNotAllowed,
    KnockFirst,
    NeedsTicket,
    NoGuests,
    NoSuchRoom,
    PutOut,
    RoomCancelled,
    RoomEnded,
    RoomFull,
    RoomNotStarted,
    SignInFirst,
    Suspended,
)
from spaces_site.errors import DomainError

#: People that one room takes at a time.
ROOM_CAPACITY = 100_000


class Door(StrEnum):
    """What a page shows in front of a room."""

    OPEN = "OPEN"
    #: Open without an account: pressing Listen makes a guest.
    OPEN_TO_GUESTS = "OPEN_TO_GUESTS"
    SIGN_IN = "SIGN_IN"
    NOT_STARTED = "NOT_STARTED"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"
    FULL = "FULL"
    #: One may ask to come in.
    KNOCK = "KNOCK"
    #: Put out by a host for good.
    REMOVED = "REMOVED"
    #: One may get a ticket.
    NEEDS_TICKET = "NEEDS_TICKET"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """The door and, when it is shut, the refusal's code and text."""

    door: Door
    code: str = ""
    text: str = ""

    @property
    def is_open(self) -> bool:
        """Whether pressing Listen leads inside."""
        return self.door in {Door.OPEN, Door.OPEN_TO_GUESTS}

    @property
    def opens_to_invited(self) -> bool:
        """Whether it would with an invitation, such as a host's link brings."""
        return self.is_open or self.code in _RAID_MODE


#: Refusals that invited people do not meet.
_RAID_MODE = frozenset({AccountTooNew.code, FollowersOnly.code, KnockFirst.code})

_DOORS = {
    "sign_in_first": Door.SIGN_IN,
    "room_not_started": Door.NOT_STARTED,
    "room_ended": Door.ENDED,
    "room_cancelled": Door.CANCELLED,
    "room_full": Door.FULL,
    "knock_first": Door.KNOCK,
    "cannot_join": Door.REMOVED,
    "needs_ticket": Door.NEEDS_TICKET,
}


def check_live(*, room: Room) -> None:
    """Raise unless the room is live: not started, ended and cancelled each have their own error."""
    if room.state == RoomState.SCHEDULED:
        start = room.scheduled_start
        raise RoomNotStarted(data={"scheduled_start": start.isoformat() if start else None})
    if room.state == RoomState.ENDED:
        raise RoomEnded
    if room.state == RoomState.CANCELLED:
        raise RoomCancelled


def check_to_come(*, room: Room) -> None:
    """Raise unless the room is scheduled: live, ended and cancelled each have their own error."""
    if room.state == RoomState.LIVE:
        raise HasBegun
    if room.state != RoomState.SCHEDULED:
        check_live(room=room)


@dataclass(frozen=True, slots=True)
class Arriving:
    """Somebody at the door, with what the caller knows already: how many are inside, who may not come in."""

    person: User | AnonymousUser
    room: Room
    now: datetime
    present: int | None = None
    is_blocked: bool | None = None
    is_removed: bool | None = None
    has_pass: bool | None = None


def check_may_join(*, person: User | AnonymousUser, room: Room, now: datetime) -> None:
    """Raise unless `person` may enter `room` now. Never returns False."""
    _check(Arriving(person, room, now))


def check_may_hide(*, room: Room) -> None:
    """Raise unless one may listen here without being named."""
    if not room.hidden_allowed:
        raise HiddenNotAllowed


def check_may_hold_pass(*, person: User | AnonymousUser, room: Room, now: datetime) -> None:
    """Raise unless `person` may come to hold a pass of a room that is still to come, or live."""
    arriving = Arriving(person, room, now)
    _may_know(arriving)
    if room.state != RoomState.SCHEDULED:
        check_live(room=room)
    if isinstance(person, AnonymousUser) or person.is_guest:
        raise NoGuests(_("Sign in to get a ticket."))
    _not_suspended(arriving)
    _not_removed(arriving)


def check_holds_pass(*, person: User | AnonymousUser, room: Room, holds: bool | None = None) -> None:
    """Raise `NeedsTicket` where the room needs a pass and this person has none; `holds` where that is known."""
    if room.needs_pass and not (has_pass(person_id=person.pk, room=room) if holds is None else holds):
        raise NeedsTicket(room_id=room.pk)


def has_pass(*, person_id: UUID | None, room: Room) -> bool:
    """Whether somebody may pass the door of a room that needs a pass: who opened it, and who holds one."""
    if person_id == room.creator_id:
        return True
    return RoomPass.objects.standing().filter(room=room, person_id=person_id).exists()


def check_may_know(*, person: User | AnonymousUser, room: Room) -> None:
    """Raise `NoSuchRoom` for somebody whom the room's creator blocked: to them it is not there."""
    if queries.is_blocked_by(blocked_id=person.pk, by_id=room.creator_id):
        raise NoSuchRoom


def check_may_be_inside(*, person: User | AnonymousUser, room: Room, now: datetime) -> None:
    """Raise unless `person` is in this live room, or would be let in if there was space. For those who only read.

    Whoever is not signed in counts as a guest would; where none may come in they are asked to sign in.
    """
    check_may_know(person=person, room=room)
    if isinstance(person, AnonymousUser):
        if not is_open_to_visitors(room=room, now=now):
            raise SignInFirst
    elif not Participant.objects.present().filter(room=room, person=person).exists():
        _check(Arriving(person, room, now, present=0, is_blocked=False))


def hidden_from(*, viewer_id: UUID | None) -> Exists:
    """`check_may_know` as a condition on rooms: their creator blocked the viewer."""
    return Exists(queries.blocks_by(blocker="creator_id", blocked_id=viewer_id))


def spoken_of_with(*, viewer_id: UUID | None) -> Q:
    """A condition on rooms: those that the viewer may know of, and those that they were in before they were blocked."""
    was_in = Participant.objects.filter(room_id=OuterRef("pk"), person_id=viewer_id)
    return Q(~hidden_from(viewer_id=viewer_id)) | Q(Exists(was_in))


def shut_out() -> Q:
    """A condition on participants: who would not be let in again, by a block, a removal or a suspension."""
    removed = Removal.objects.standing().filter(room_id=OuterRef("room_id"), person_id=OuterRef("person_id"))
    blocked = queries.blocks_between(blocker="room__creator_id", blocked="person_id")
    return Q(person__is_active=False) | Exists(removed) | Exists(blocked)


def check_not_removed(*, person: User | AnonymousUser, room: Room, is_removed: bool | None = None) -> None:
    """Raise `PutOut` for somebody whom a host removed for good; `is_removed` where that was read already."""
    if was_removed(person=person, room=room) if is_removed is None else is_removed:
        raise PutOut


def was_removed(*, person: User | AnonymousUser, room: Room) -> bool:
    """Whether a host removed them for good, for whoever asks more than one rule."""
    return person.pk is not None and Removal.objects.standing().filter(room=room, person_id=person.pk).exists()


def check_may_share(*, person: User | AnonymousUser, room: Room, is_removed: bool | None = None) -> None:
    """Raise unless whoever may know of the room may pass on an address of their own: it comes or is live."""
    if room.state != RoomState.SCHEDULED:
        check_live(room=room)
    check_not_removed(person=person, room=room, is_removed=is_removed)


def rooms_known_to(*, viewer_id: UUID | None) -> Q:
    """A condition for lists of rooms: none whose creator blocked the viewer, or was blocked by them."""
    return queries.not_estranged(viewer_id=viewer_id, path="creator_id")


def rooms_listed_for(*, viewer_id: UUID | None, now: datetime) -> Q:
    """As `rooms_known_to`, for lists that people come by: none of somebody whom staff limited or suspended."""
    known = rooms_known_to(viewer_id=viewer_id) & Q(creator__is_active=True)
    return known & queries.not_limited(viewer_id=viewer_id, path="creator_id", now=now)


def door_for(
    *,
    person: User | AnonymousUser,
    room: Room,
    now: datetime,
    present: int | None = None,
    is_blocked: bool | None = None,
    is_removed: bool | None = None,
    has_pass: bool | None = None,
) -> DoorAnswer:
    """`check_may_join` told for pages. Somebody not signed in is told what a guest would be told.

    Lists name what they have read for all their rooms: `present`, `is_blocked`, `is_removed`, `has_pass`.
    """
    nobody = isinstance(person, AnonymousUser)
    try:
        _check(
            Arriving(User(is_guest=True) if nobody else person, room, now, present, is_blocked, is_removed, has_pass)
        )
    except DomainError as refusal:
        return DoorAnswer(_DOORS.get(refusal.code, Door.CLOSED), refusal.code, str(refusal.text))
    return DoorAnswer(Door.OPEN_TO_GUESTS if nobody else Door.OPEN)


def is_open_to_visitors(*, room: Room, now: datetime) -> bool:
    """Whether people without an account may come in, and so hear the sound by its open address."""
    told = door_for(person=AnonymousUser(), room=room, now=now, present=0, is_blocked=False, is_removed=False)
    return told.door is Door.OPEN_TO_GUESTS


def _check(arriving: Arriving) -> None:
    for condition in _CONDITIONS:
        condition(arriving)


def _may_know(arriving: Arriving) -> None:
    if arriving.is_blocked is None:
        check_may_know(person=arriving.person, room=arriving.room)
    elif arriving.is_blocked:
        raise NoSuchRoom


def _not_removed(arriving: Arriving) -> None:
    check_not_removed(person=arriving.person, room=arriving.room, is_removed=arriving.is_removed)


def _live(arriving: Arriving) -> None:
    check_live(room=arriving.room)


def _known(arriving: Arriving) -> None:
    if isinstance(arriving.person, AnonymousUser):
        raise SignInFirst


def _not_suspended(arriving: Arriving) -> None:
    if not arriving.person.is_active:
        raise Suspended


def _guest_where_allowed(arriving: Arriving) -> None:
    if getattr(arriving.person, "is_guest", False) and not arriving.room.guests_allowed:
        raise NoGuests


def _through_raid_mode(arriving: Arriving) -> None:
    room = arriving.room
    if not (room.entry_age_hours or room.entry_followers or room.entry_approval) or _is_expected(arriving):
        return
    person = arriving.person
    if isinstance(person, AnonymousUser) or person.is_guest:
        raise NoGuests
    if room.entry_age_hours and person.created_at > arriving.now - timedelta(hours=room.entry_age_hours):
        raise AccountTooNew(hours=room.entry_age_hours)
    if room.entry_followers and not queries.is_following(follower_id=person.pk, followee_id=room.creator_id):
        raise FollowersOnly
    if room.entry_approval and not Knock.objects.admitted().filter(room=room, person=person).exists():
        raise KnockFirst


def _is_expected(arriving: Arriving) -> bool:
    """The creator, whoever is in, a host whom the room waits for, and whoever a host invited."""
    room, person_id = arriving.room, arriving.person.pk
    at_home = Participant.objects.filter(Q(left_at=None) | Q(role=Role.HOST), room=room, person_id=person_id)
    return (
        person_id == room.creator_id
        or at_home.exists()
        or Invitation.objects.standing().filter(room=room, person_id=person_id).exists()
    )


def _capacity(arriving: Arriving) -> None:
    inside = Participant.objects.present().filter(room=arriving.room)
    present = inside.count() if arriving.present is None else arriving.present
    if present >= ROOM_CAPACITY and not inside.filter(person_id=arriving.person.pk).exists():
        raise RoomFull


def _with_pass(arriving: Arriving) -> None:
    check_holds_pass(person=arriving.person, room=arriving.room, holds=arriving.has_pass)


_CONDITIONS: tuple[Callable[[Arriving], None], ...] = (
    _may_know,
    _live,
    _known,
    _not_suspended,
    _not_removed,
    _guest_where_allowed,
    _through_raid_mode,
    _capacity,
    _with_pass,
)
