"""How often a thing may be done by one person, one device, one network address: windows kept in the broker."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from spaces_site.boundary import origin
from spaces_site.boundary.silence import Silence
from spaces_site.errors import DomainError, Kind

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often one `what` may be done by a person; a device has as much, whoever is signed in on it.

    Many people may share an address, such as a school: it has as much as `people` of them, by default
    `PEOPLE_PER_ADDRESS`.
    """

    what: str
    windows: tuple[RateLimitItem, ...]
    people: int | None = None

    def of_address(self) -> Iterator[RateLimitItem]:
        """The windows of all people behind one address together."""
        people = self.people or settings.PEOPLE_PER_ADDRESS
        return (type(each)(each.amount * people, each.multiples) for each in self.windows)


silence = Silence()


class SlowDown(DomainError):
    """Too often; `retry_after` says in how many seconds it works again."""

    kind = Kind.RATE_LIMITED
    code = "slow_down"
    text = _("That was very fast. Wait a few seconds and try again.")


def check(pace: Pace, person_id: UUID | str, *, came_from: origin.Origin | None = None) -> None:
    """Count one deed of this person ("" for nobody), of their device and of their address. Raises `SlowDown`.

    Device and address are those of the door that is being gone through unless `came_from` names others.
    Without a broker nothing is counted and all is allowed: a limit protects, it must not close a room. Nor
    must it hold one up: who counts holds the room, and a broker that hangs is left alone for a while.
    """
    limiter = _limiter(settings.REDIS_URL, os.getpid())
    if silence.lasts:
        return
    try:
        for window, who in _windows(pace, str(person_id), came_from or origin.current()):
            if not limiter.hit(window, pace.what, who):
                reset = limiter.get_window_stats(window, pace.what, who).reset_time
                raise SlowDown(retry_after=max(1.0, round(reset - time.time(), 1)))
    except StorageError as error:
        silence.begin()
        log.warning("pace_unknown", what=pace.what, error=str(error))


def _windows(pace: Pace, person_id: str, came_from: origin.Origin) -> Iterator[tuple[RateLimitItem, str]]:
    if person_id:
        yield from ((window, person_id) for window in pace.windows)
    if came_from.device:
        yield from ((window, f"device:{came_from.device}") for window in pace.windows)
    if came_from.address:
        yield from ((window, f"address:{came_from.address}") for window in pace.of_address())


@lru_cache(maxsize=2)
def _limiter(url: str, pid: int) -> MovingWindowRateLimiter:
    address = url.replace("unix://", "redis+unix://", 1)
    storage = RedisStorage(address, wrap_exceptions=True, key_prefix="spaces:pace", socket_timeout=1.0)
    return MovingWindowRateLimiter(storage)
