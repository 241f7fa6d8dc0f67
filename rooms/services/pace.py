"""How often one person may do a thing: windows kept in the broker, shared by all doors."""

import os
import time
from functools import lru_cache
from uuid import UUID

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from spaces_site.errors import DomainError, Kind

log = structlog.get_logger(__name__)

REACTIONS = (RateLimitItemPerSecond(2, 5), RateLimitItemPerMinute(10, 2))
HANDS = (RateLimitItemPerSecond(2, 5), RateLimitItemPerMinute(10, 2))
INVITATIONS = (RateLimitItemPerMinute(60, 1), RateLimitItemPerMinute(300, 60))
REPORTS = (RateLimitItemPerMinute(5, 1), RateLimitItemPerMinute(30, 60))
#: Many people may share one address, such as a school.
REPORTS_OF_ADDRESS = (RateLimitItemPerMinute(20, 1), RateLimitItemPerMinute(200, 60))
KNOCKS = (RateLimitItemPerMinute(20, 10),)
ROOMS: tuple[RateLimitItem, ...] = (RateLimitItemPerMinute(10, 10),)


class SlowDown(DomainError):
    """Too often; `retry_after` says in how many seconds it works again."""

    kind = Kind.RATE_LIMITED
    code = "slow_down"
    text = _("That was very fast. Wait a few seconds and try again.")


def check_pace(*, what: str, windows: tuple[RateLimitItem, ...], person_id: UUID | str) -> None:
    """Count one `what` of this person (or device, or address) in each window. Raises `SlowDown`.

    Without a broker nothing is counted and all is allowed: a limit protects, it must not close a room.
    """
    limiter = _limiter(settings.REDIS_URL, os.getpid())
    try:
        for window in windows:
            if not limiter.hit(window, what, str(person_id)):
                reset = limiter.get_window_stats(window, what, str(person_id)).reset_time
                raise SlowDown(retry_after=max(1.0, round(reset - time.time(), 1)))
    except StorageError as error:
        log.warning("pace_unknown", what=what, error=str(error))


@lru_cache(maxsize=2)
def _limiter(url: str, pid: int) -> MovingWindowRateLimiter:
    address = url.replace("unix://", "redis+unix://", 1)
    storage = RedisStorage(address, wrap_exceptions=True, key_prefix="spaces:pace", socket_timeout=1.0)
    return MovingWindowRateLimiter(storage)
