"""How many requests one client may send to the API, and telling it (IETF draft RateLimit headers)."""

import os
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.http import HttpResponseBase
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from spaces_site.boundary import origin

if TYPE_CHECKING:
    # DRF's settings load this module while that one is still being made.
    from rest_framework.views import APIView

log = structlog.get_logger(__name__)

SIGNED_IN = RateLimitItemPerMinute(600)
SIGNED_OUT = RateLimitItemPerMinute(300)


@dataclass(frozen=True, slots=True)
class Pace:
    """One client's window: how many requests it has, how many are left, seconds until it has all again."""

    name: str
    window: RateLimitItem
    remaining: int
    reset: int


class PaceThrottle(BaseThrottle):
    """600 requests a minute for somebody signed in, 300 for an address. Without a broker no limit."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        person = request.user if request.user and request.user.is_authenticated else None
        name, window = ("person", SIGNED_IN) if person else ("address", SIGNED_OUT)
        client = str(person.pk) if person else origin.current().address or "unknown"
        limiter = _limiter(settings.REDIS_URL, os.getpid())
        try:
            allowed = limiter.hit(window, "api", client)
            stats = limiter.get_window_stats(window, "api", client)
        except StorageError as error:
            log.warning("pace_unknown", what="api", error=str(error))
            return True
        self.pace = Pace(name, window, max(0, stats.remaining), max(1, round(stats.reset_time - time.time())))
        # Kept on Django's request: the answer to an error may be given for another DRF request.
        request._request.spaces_pace = self.pace  # type: ignore[attr-defined]
        return allowed

    def wait(self) -> float | None:
        return float(self.pace.reset)


def tell_pace(request: Request, response: HttpResponseBase) -> None:
    """The client's window in headers, by the draft and by the names that X's API made familiar."""
    pace: Pace | None = getattr(request._request, "spaces_pace", None)
    if pace is None:
        return
    limit, seconds = pace.window.amount, pace.window.get_expiry()
    response.headers["RateLimit-Policy"] = f'"{pace.name}";q={limit};w={seconds}'
    response.headers["RateLimit"] = f'"{pace.name}";r={pace.remaining};t={pace.reset}'
    response.headers["X-Rate-Limit-Limit"] = str(limit)
    response.headers["X-Rate-Limit-Remaining"] = str(pace.remaining)
    response.headers["X-Rate-Limit-Reset"] = str(round(time.time()) + pace.reset)


@lru_cache(maxsize=2)
def _limiter(url: str, pid: int) -> FixedWindowRateLimiter:
    address = url.replace("unix://", "redis+unix://", 1)
    storage = RedisStorage(address, wrap_exceptions=True, key_prefix="spaces:api", socket_timeout=1.0)
    return FixedWindowRateLimiter(storage)
