"""The only crossing between the media node and the rest of the product.

Everything that blocks (the database) runs in threads of its own with a time limit, so that a
database that is slow, locked or gone never holds up the sound: the caller gets `DatabaseAway`.
Everything that leaves asks the lease first, by monotonic time, and is fenced by its epoch.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar
from uuid import UUID

import redis
import redis.asyncio
import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from media_worker.engine.ports import LegState, Levels, Seat, StageSnapshot
from media_worker.storage import PUBLISH, REFUSED
from rooms import grants
from rooms.events import frame
from rooms.grants import GrantKind
from rooms.protocol import (
    LevelBatch,
    live_epoch_key,
    live_levels_key,
    live_refused_key,
    node_requests_key,
    room_channel,
)
from rooms.services import media
from rooms.services.media import StageFacts

log = structlog.get_logger(__name__)
T = TypeVar("T")

#: Seconds between two level batches of a room.
LEVEL_SECONDS = 0.25
#: Levels that nobody renewed mean silence: staff look at them from outside the room.
LEVELS_KEPT_MILLISECONDS = 2000
#: Requests that are taken together.
REQUESTS_AT_ONCE = 100
#: Peer connections whose state may wait to be reported; a newer state replaces an older one.
STATES_LIMIT = 256


class DatabaseAway(Exception):
    """The database did not answer in time, or refused."""


def is_cancelled() -> bool:
    """Whether the task that asks was told to end. Loops ask this each time round.

    A cancellation can get lost on its way: the broker's client may turn it into an error of its own, and
    `asyncio.wait_for` of Python 3.11 forgets it when the answer comes in the same moment.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class Lease:
    """The right to one room's sound, by this process's own monotonic clock.

    A process that was stopped and wakes up finds the deadline passed before it writes anything.
    """

    def __init__(self, *, asked_at: float, seconds: float) -> None:
        self._seconds = seconds
        self._until = asked_at + seconds

    def valid(self) -> bool:
        """Whether sound may still be made and written."""
        return time.monotonic() < self._until

    def renew(self, *, asked_at: float) -> None:
        """The database confirmed the lease; counted from the moment of asking."""
        self._until = max(self._until, asked_at + self._seconds)


class _Threads(Executor):
    """Threads that work until the interpreter is gone.

    Those of `ThreadPoolExecutor` end as soon as a worker's main thread has, while its node still hands rooms over.
    """

    def __init__(self, count: int) -> None:
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._count, self._is_over = count, False
        for _ in range(count):
            threading.Thread(target=self._work, name="media-db", daemon=True).start()

    def submit(self, call: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Call it in the next free thread."""
        job: Future[T] = Future()
        self._jobs.put((job, partial(call, *args, **kwargs)))
        return job

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """Let each thread end after what it does now. Never waits: a call may hang for ever."""
        self._is_over = True
        for _ in range(self._count):
            self._jobs.put(None)

    def _work(self) -> None:
        while (taken := self._jobs.get()) is not None:
            job, call = taken
            if self._is_over:
                job.cancel()
            if not job.set_running_or_notify_cancel():
                continue
            try:
                job.set_result(call())
            except BaseException as error:
                job.set_exception(error)
        connection.close()


class Database:
    """Services called from the event loop, in threads of its own, with a time limit that includes waiting for one."""

    def __init__(self, *, seconds: float, threads: int) -> None:
        self._seconds, self._count = seconds, threads
        self._threads = _Threads(threads)
        self._overdue: list[Future[Any]] = []

    async def run(self, service: Callable[..., T], **arguments: Any) -> T:
        """`service(**arguments)`. Raises `DatabaseAway`, at once while every thread is past its time."""
        self._overdue = [job for job in self._overdue if not job.done()]
        if len(self._overdue) == self._count:
            raise DatabaseAway("every thread waits for the database")
        job = self._threads.submit(_call, service, arguments)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(job), self._seconds)
        except TimeoutError:
            if not job.cancel():
                self._overdue.append(job)
            raise DatabaseAway(f"no answer in {self._seconds} s") from None
        except DatabaseError as error:
            raise DatabaseAway(str(error)) from error

    def close(self) -> None:
        """Take no more work; what hangs is left behind."""
        self._threads.shutdown()


def _call(service: Callable[..., T], arguments: dict[str, Any]) -> T:
    try:
        return service(**arguments)
    except DatabaseError:
        # A broken connection must not greet the next caller.
        connection.close()
        raise


def open_broker() -> redis.asyncio.Redis:
    """The node's client of the broker, made in its event loop. Answers are bytes."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1.0, socket_timeout=5.0)


async def take_requests(broker: redis.asyncio.Redis, node_id: UUID) -> tuple[list[str], list[dict[str, Any]]]:
    """Wait up to a second for what the node is asked: rooms to look at again, and offers and farewells in order.

    A crowd nudges a room a hundred times, and somebody is muted behind it: one look shows all of that.
    """
    key = node_requests_key(str(node_id))
    first = await broker.blpop([key], timeout=1)
    if first is None:
        return [], []
    requests = [_request(text) for text in (first[1], *(await broker.lpop(key, REQUESTS_AT_ONCE) or []))]
    nudged = {request["room"]: None for request in requests if request["kind"] == "nudge"}
    return list(nudged), [request for request in requests if request["kind"] != "nudge"]


def _request(text: bytes) -> dict[str, Any]:
    """What was asked; what nobody can read asks for nothing."""
    try:
        request: dict[str, Any] = json.loads(text)
    except ValueError:
        log.warning("request_unreadable")
        return {"kind": ""}
    return request


def stage_snapshot(facts: StageFacts) -> StageSnapshot:
    """The engine's form of what the database wants."""
    seats = tuple(
        Seat(seat.participant_id, seat.on_stage, seat.muted, seat.device, seat.without) for seat in facts.seats
    )
    return StageSnapshot(room_id=facts.room_id, version=facts.seq, live=facts.live, seats=seats)


async def read_stages(database: Database, room_ids: Collection[str]) -> dict[str, StageFacts]:
    """The desired stages of these rooms. Raises `DatabaseAway`."""
    return await database.run(media.read_stages, room_ids=list(room_ids), now=timezone.now())


def check_grant(text: str, *, room_id: str, device: str) -> str:
    """The participant id of a speak grant. Raises `grants.GrantRefused`."""
    grant = grants.verify(text, room_id=room_id, kind=GrantKind.SPEAK, now=timezone.now())
    if grant.device != device:
        raise grants.GrantRefused
    return grant.participant


def holder_of_grant(text: str, *, room_id: str) -> tuple[str, str]:
    """Participant id and device of a speak grant, however old. Raises `grants.GrantRefused`."""
    grant = grants.read(text, room_id=room_id, kind=GrantKind.SPEAK, now=timezone.now())
    return grant.participant, grant.device


class RoomReports:
    """A `ReportSink` for one room and epoch: takes at once, tells the world by one task."""

    def __init__(
        self, *, room_id: str, epoch: int, broker: redis.asyncio.Redis, database: Database, lease: Lease
    ) -> None:
        self._room_id, self._epoch, self._lease, self._database = room_id, epoch, lease, database
        self._publish = broker.register_script(PUBLISH)
        self._levels: dict[str, int] | None = None
        self._states: dict[tuple[str, str], LegState] = {}
        self._news = asyncio.Event()
        self.fenced = False

    def levels(self, levels: Levels) -> None:
        """Only the newest levels count."""
        self._levels = levels.levels
        self._news.set()

    def leg_state(self, participant_id: str, device: str, state: LegState) -> None:
        """Only the newest state of a peer connection counts; one that is not up yet is none."""
        key = (participant_id, device)
        if state is LegState.NEW:
            return
        if key not in self._states and len(self._states) >= STATES_LIMIT:
            log.warning("connection_not_reported", room_id=self._room_id, error="too many wait")
            return
        self._states[key] = state
        self._news.set()

    async def run(self) -> None:
        """Report until cancelled, at most four times a second."""
        while not is_cancelled():
            await self._news.wait()
            self._news.clear()
            await self._tell_states()
            await self._tell_levels()
            await asyncio.sleep(LEVEL_SECONDS)

    async def _tell_levels(self) -> None:
        levels, self._levels = self._levels, None
        if levels is None or not self._lease.valid():
            return
        text, channel = frame(LevelBatch(levels=levels)), room_channel(self._room_id)
        keys = [live_epoch_key(self._room_id), live_refused_key(self._room_id), live_levels_key(self._room_id)]
        arguments: list[int | str] = [self._epoch, channel, text, json.dumps(levels), LEVELS_KEPT_MILLISECONDS]
        try:
            outcome = await self._publish(keys=keys, args=arguments)
        except redis.RedisError as error:
            log.warning("levels_lost", room_id=self._room_id, error=str(error))
            return
        self.fenced = self.fenced or int(outcome) == REFUSED

    async def _tell_states(self) -> None:
        states, self._states = self._states, {}
        for (participant_id, device), state in states.items():
            if not self._lease.valid():
                return
            try:
                await self._database.run(
                    media.report_connection,
                    room_id=UUID(self._room_id),
                    epoch=self._epoch,
                    participant_id=UUID(participant_id),
                    device=device,
                    connected=state is LegState.CONNECTED,
                    now=timezone.now(),
                )
            except DatabaseAway as error:
                log.warning("connection_not_reported", room_id=self._room_id, error=str(error))
                self._states.setdefault((participant_id, device), state)
                return
