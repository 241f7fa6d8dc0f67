"""How often a thing may be done by one person: windows kept in the broker, shared by all doors."""

import os
import time
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

from spaces_site.errors import DomainError, Kind

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often one `what` may be done by a person."""

    what: str
    windows: tuple[RateLimitItem, ...]


class SlowDown(DomainError):
    """Too often; `retry_after` says in how many seconds it works again."""

    kind = Kind.RATE_LIMITED
    code = "slow_down"
    text = _("That was very fast. Wait a few seconds and try again.")


def check(pace: Pace, person_id: UUID | str) -> None:
    """Count one deed of this person. Raises `SlowDown`.

    Without a broker nothing is counted and all is allowed: a limit protects, it must not close a room.
    """
    limiter = _limiter(settings.REDIS_URL, os.getpid())
    try:
        for window in pace.windows:
            if not limiter.hit(window, pace.what, str(person_id)):
                reset = limiter.get_window_stats(window, pace.what, str(person_id)).reset_time
                raise SlowDown(retry_after=max(1.0, round(reset - time.time(), 1)))
    except StorageError as error:
        log.warning("pace_unknown", what=pace.what, error=str(error))


@lru_cache(maxsize=2)
def _limiter(url: str, pid: int) -> MovingWindowRateLimiter:
    address = url.replace("unix://", "redis+unix://", 1)
    storage = RedisStorage(address, wrap_exceptions=True, key_prefix="spaces:pace", socket_timeout=1.0)
    return MovingWindowRateLimiter(storage)
