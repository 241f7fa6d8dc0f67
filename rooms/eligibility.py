"""Rule book 0: who may host."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import Hosting, User
from rooms import restrictions
from rooms.models import HostingPolicy, Room
from spaces_site.errors import DomainError, Kind

#: Live rooms that one person may have open at a time.
LIVE_ROOMS_PER_HOST = 3
#: Scheduled rooms that one person may have waiting.
SCHEDULED_ROOMS_PER_HOST = 50
#: A room may begin so long before its time.
EARLY = timedelta(minutes=15)
#: A room may begin so long after its time: until then it stands among those to come, then it is cancelled.
LATE = timedelta(minutes=30)


class SignInToHost(DomainError):
    """A guest, or nobody, wants to host."""

    kind = Kind.UNAUTHENTICATED
    code = "sign_in_first"
    text = _("Sign in to host a room.")


class AccountSuspended(DomainError):
    """The account is switched off."""

    kind = Kind.FORBIDDEN
    code = "account_suspended"
    text = _("Your account is suspended, so you cannot host rooms.")


class HostingWithdrawn(DomainError):
    """Staff took hosting away from this person."""

    kind = Kind.FORBIDDEN
    code = "hosting_withdrawn"
    text = _("Hosting has been withdrawn from your account. Write to the team if you think this is a mistake.")


class NoNewRooms(DomainError):
    """Staff switched new rooms off for everybody."""

    kind = Kind.UNAVAILABLE
    code = "no_new_rooms"
    text = _("No new rooms can be opened at the moment. Rooms that are live go on.")


class NotEnoughFollowers(DomainError):
    """Below the threshold; `data` carries `needed` and `have`."""

    kind = Kind.FORBIDDEN
    code = "not_enough_followers"

    def __init__(self, *, needed: int, have: int) -> None:
        text = _("%(needed)d followers needed, you have %(have)d.") % {"needed": needed, "have": have}
        super().__init__(text, data={"needed": needed, "have": have})


class TooManyRooms(DomainError):
    """As many rooms as one person may have; `data` carries the limit."""

    kind = Kind.CONFLICT
    code = "too_many_rooms"

    def __init__(self, *, limit: int) -> None:
        text = _("You have %(limit)d rooms already. End or cancel one first.") % {"limit": limit}
        super().__init__(text, data={"limit": limit})


class TooEarly(DomainError):
    """More than a quarter of an hour before the time; `data.from` says when it may begin."""

    kind = Kind.CONFLICT
    code = "too_early"
    text = _("You can start this room up to 15 minutes before its time. Change its time to start it now.")


@dataclass(frozen=True, slots=True)
class HostingStanding:
    """Whether a person may host, told for pages: `code` and `text` are empty when they may."""

    may_host: bool
    needed: int
    have: int
    code: str = ""
    text: str = ""


def hosting_policy() -> HostingPolicy:
    """The one row with the threshold, made on first use."""
    return HostingPolicy.objects.get_or_create(pk=1)[0]


def check_may_host(*, person: User | AnonymousUser, now: datetime | None = None) -> None:
    """Raise unless `person` may host now. Staff's word goes before the number."""
    if queries.site_switches().no_new_rooms:
        raise NoNewRooms
    if isinstance(person, AnonymousUser) or person.is_guest:
        raise SignInToHost
    if not person.is_active:
        raise AccountSuspended
    restrictions.check_may_host(person=person, now=now or timezone.now())
    if person.hosting == Hosting.WITHDRAWN:
        raise HostingWithdrawn
    if person.hosting == Hosting.GRANTED:
        return
    needed = hosting_policy().followers_needed
    if person.follower_count < needed:
        raise NotEnoughFollowers(needed=needed, have=person.follower_count)


def may_host(*, person: User | AnonymousUser) -> bool:
    """`check_may_host`, told as yes or no."""
    try:
        check_may_host(person=person)
    except DomainError:
        return False
    return True


def check_may_open_another(*, person: User) -> None:
    """Raise when `person` has as many live rooms as one may have. The caller holds the person's row."""
    if Room.objects.live().filter(creator=person).count() >= LIVE_ROOMS_PER_HOST:
        raise TooManyRooms(limit=LIVE_ROOMS_PER_HOST)


def check_may_schedule_another(*, person: User) -> None:
    """Raise when `person` has as many rooms waiting as one may have. The caller holds the person's row."""
    if Room.objects.scheduled().filter(creator=person).count() >= SCHEDULED_ROOMS_PER_HOST:
        raise TooManyRooms(limit=SCHEDULED_ROOMS_PER_HOST)


def check_may_begin(*, room: Room, now: datetime) -> None:
    """Raise unless the room's time has nearly come."""
    start = room.scheduled_start
    if start is not None and now < start - EARLY:
        raise TooEarly(data={"from": (start - EARLY).isoformat()})


def hosting_standing(*, person: User | AnonymousUser) -> HostingStanding:
    """`check_may_host`, told as an answer for pages and for `/me/hosting`."""
    needed = hosting_policy().followers_needed
    have = 0 if isinstance(person, AnonymousUser) else person.follower_count
    try:
        check_may_host(person=person)
    except DomainError as refusal:
        return HostingStanding(False, needed, have, refusal.code, str(refusal.text))
    return HostingStanding(True, needed, have)
