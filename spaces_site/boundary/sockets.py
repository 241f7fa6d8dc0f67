"""What a refusal becomes on a websocket, and the one crossing from a socket to the database.

A command that is refused gets an error frame and the socket stays; only a room that is over closes
it. Somebody who is refused at the door gets the error frame and then the close code of the table.
UNAUTHENTICATED and NOT_FOUND leave the socket open as well: else a guest who raises a hand would be
thrown out of the room, and a host who answers a hand that was just lowered.
"""

import asyncio
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from django.db import close_old_connections, connection
from django.utils import translation
from django.utils.translation import gettext
from prometheus_client import Counter

from spaces_site.boundary.kinds import TABLE
from spaces_site.errors import DomainError, Kind

log = structlog.get_logger(__name__)

INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013
SLOW_DOWN = 4429
FORBIDDEN = 4403
#: Close codes at the door for kinds whose row has none: mid-room they leave the socket open.
_DOOR_CODES = {Kind.RATE_LIMITED: SLOW_DOWN, Kind.UNAVAILABLE: TRY_AGAIN_LATER}

REFUSED_BUSY = Counter("spaces_socket_calls_refused_total", "Socket commands refused because too many were waiting")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as the wire tells it: the fields of an error frame, and the codes to close with.

    `close` is for a command in a room (None: the socket stays), `close_at_door` for entering.
    """

    code: str
    message: str
    data: dict[str, Any]
    close_at_door: int
    close: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call gave: a value, or why not."""

    value: Any = None
    refusal: Refusal | None = None


DONE = Outcome()


class Workers:
    """Threads for the database work of the sockets of a process: one slow query holds up one of them.

    `limit` calls may be running or waiting for a thread; beyond that a call is refused at once.
    """

    def __init__(self, name: str, *, threads: int, limit: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._limit = limit
        self._running = 0

    @property
    def are_busy(self) -> bool:
        """Whether as many calls wait as may."""
        return self._running >= self._limit

    async def run(self, call: Callable[[], Any], language: str) -> Any:
        """Call it in a thread, in the reader's language."""
        self._running += 1
        try:
            context = copy_context()
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, context.run, _with_connection, call, language)
        finally:
            self._running -= 1


#: What is said in the rooms does not wait behind those who are just coming: a raid stands in a line of its own.
INSIDE = Workers("inside", threads=8, limit=256)
#: SQLite has one writer at a time, and who waits for it looks again ever more rarely: two who come at once
#: would now and then keep somebody inside waiting for a second.
AT_DOOR = Workers("door", threads=1 if connection.vendor == "sqlite" else 3, limit=512)


async def run_service(
    service: Callable[..., Any], /, *, language: str, workers: Workers = INSIDE, **arguments: Any
) -> Outcome:
    """Call one service with `arguments`: a plain function in a thread, a coroutine function here.

    A `DomainError` becomes a `Refusal` in the reader's `language`; anything else is logged and
    becomes `internal`, which closes with 1011. Never raises but for cancellation.
    """
    try:
        if inspect.iscoroutinefunction(service):
            return Outcome(await service(**arguments))
        if workers.are_busy:
            REFUSED_BUSY.inc()
            return Outcome(refusal=_busy(language))
        return Outcome(await workers.run(partial(service, **arguments), language))
    except DomainError as error:
        return Outcome(refusal=refusal_of(error, language))
    except Exception:
        log.exception("socket_call_failed", service=getattr(service, "__qualname__", str(service)))
        return Outcome(refusal=_broken(language))


def _with_connection(call: Callable[[], Any], language: str) -> Any:
    # What a request does by signals: no connection outlives its age, none stays broken.
    close_old_connections()
    try:
        with translation.override(language):
            return call()
    finally:
        close_old_connections()


def refusal_of(error: DomainError, language: str) -> Refusal:
    """A `DomainError` by the one table, in the reader's language."""
    row = TABLE[error.kind]
    if row.log:
        getattr(log, row.log)("refused", code=error.code)
    data = dict(error.data)
    if error.retry_after is not None:
        data["retry_after"] = error.retry_after
    with translation.override(language):
        message = str(error.text)
    return Refusal(
        code=error.code,
        message=message,
        field=error.field,
        data=data,
        close=row.close if error.kind == Kind.GONE else None,
        close_at_door=row.close or _DOOR_CODES.get(error.kind, FORBIDDEN),
    )


def _broken(language: str) -> Refusal:
    with translation.override(language):
        message = gettext("Something went wrong here. Try again in a moment.")
    return Refusal("internal", message, {}, close=INTERNAL_ERROR, close_at_door=INTERNAL_ERROR)


def _busy(language: str) -> Refusal:
    with translation.override(language):
        message = gettext("Too many people are asking at once. Try again in a few seconds.")
    return Refusal("busy", message, data={"retry_after": 2}, close_at_door=TRY_AGAIN_LATER)
