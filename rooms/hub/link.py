"""The hub's one subscription connection to the broker, kept alive and said when it was down."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import redis.asyncio
import redis.exceptions
import structlog
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

#: Seconds to wait for the broker to confirm a subscription before going on without it.
CONFIRM_SECONDS = 2.0
#: Seconds between two attempts to connect.
RETRY_SECONDS = 0.25
#: Seconds without a word after which the broker is asked whether it is there.
SILENT_SECONDS = 5.0
#: Seconds after which a task that was cancelled and lives is cancelled again.
CANCEL_SECONDS = 0.5

Heard = Callable[[str, str], None]
Restored = Callable[[], Awaitable[None]]


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel until they are over: a library may take a cancellation for a time-out of its own, and go on."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_SECONDS)


class BrokerLink:
    """Subscriptions to channels. `heard(channel, text)` is called for each message, in order.

    When the connection was lost, all channels are subscribed again and `restored()` is awaited:
    whatever was said in between is lost and must be looked up.
    """

    def __init__(self, *, always: str, heard: Heard, restored: Restored) -> None:
        self._heard = heard
        self._restored = restored
        # Never empty: redis-py does not listen on a connection without a subscription.
        self._wanted: dict[str, asyncio.Future[None]] = {always: asyncio.get_running_loop().create_future()}
        self._to_tell: set[str] = set()
        self._telling = asyncio.Lock()
        self._client: redis.asyncio.Redis | None = None
        self._pubsub: redis.asyncio.client.PubSub | None = None
        self._task: asyncio.Task[None] | None = None
        self._restoring: asyncio.Task[None] | None = None

    async def subscribe(self, *channels: str) -> bool:
        """Listen to channels; True once the broker confirmed, False when it is away (it is tried on)."""
        loop = asyncio.get_running_loop()
        fresh = [channel for channel in channels if channel not in self._wanted]
        for channel in fresh:
            self._wanted[channel] = loop.create_future()
        self._to_tell.update(fresh)
        if self._task is None:
            self._task = loop.create_task(self._run())
        await self._catch_up()
        waiting = [self._wanted[channel] for channel in channels]
        await asyncio.wait(waiting, timeout=CONFIRM_SECONDS)
        return all(confirmed.done() for confirmed in waiting)

    async def unsubscribe(self, *channels: str) -> None:
        """Listen to these no more."""
        for channel in channels:
            self._wanted.pop(channel, None)
        self._to_tell.update(channels)
        await self._catch_up()

    async def publish(self, channel: str, text: str) -> None:
        """Say something to the other processes; lost when the broker is away."""
        if self._client is not None:
            with contextlib.suppress(RedisError, OSError):
                await self._client.publish(channel, text)

    async def aclose(self) -> None:
        """End the connection."""
        await end(task for task in (self._task, self._restoring) if task is not None)
        await self._drop()

    async def _catch_up(self) -> None:
        """Tell the broker what changed in what is wanted; one at a time, so that the last word counts."""
        async with self._telling:
            pubsub = self._pubsub
            if pubsub is None:
                return
            changed, self._to_tell = self._to_tell, set()
            fresh = [channel for channel in changed if channel in self._wanted]
            stale = [channel for channel in changed if channel not in self._wanted]
            # On failure the reader notices too, reconnects and subscribes to all that is wanted.
            with contextlib.suppress(RedisError, OSError):
                if fresh:
                    await pubsub.subscribe(*fresh)
                if stale:
                    await pubsub.unsubscribe(*stale)

    async def _run(self) -> None:
        was_up = False
        while True:
            try:
                pubsub = await self._connect()
                if was_up:
                    self._restoring = asyncio.get_running_loop().create_task(self._restore())
                was_up = True
                await self._listen(pubsub)
            except (RedisError, OSError) as error:
                log.warning("broker_lost", error=str(error))
            self._unconfirm()
            await self._drop()
            await asyncio.sleep(RETRY_SECONDS)

    async def _connect(self) -> redis.asyncio.client.PubSub:
        # No silent retries: a reconnect that nobody hears of would hide what was missed.
        retry = Retry(NoBackoff(), 0)
        self._client = redis.asyncio.Redis.from_url(settings.REDIS_URL, decode_responses=True, retry=retry)
        pubsub = self._client.pubsub()
        await pubsub.connect()  # type: ignore[no-untyped-call]
        self._pubsub, self._to_tell = pubsub, set(self._wanted)
        await self._catch_up()
        return pubsub

    async def _listen(self, pubsub: redis.asyncio.client.PubSub) -> None:
        asked = False
        while True:
            message = await pubsub.get_message(timeout=SILENT_SECONDS)
            if message is None:
                # A broker that hangs closes nothing: ask, and take silence for a loss.
                if asked:
                    raise redis.exceptions.ConnectionError("the broker does not answer")
                asked = True
                await pubsub.ping()
                continue
            asked = False
            if message["type"] == "message":
                self._take(message["channel"], message["data"])
            elif message["type"] == "subscribe":
                self._confirm(message["channel"])

    def _take(self, channel: str, text: str) -> None:
        try:
            self._heard(channel, text)
        except Exception:
            # One bad message must not end the subscription of every room.
            log.exception("message_not_understood", channel=channel)

    def _confirm(self, channel: str) -> None:
        confirmed = self._wanted.get(channel)
        if confirmed is not None and not confirmed.done():
            confirmed.set_result(None)

    def _unconfirm(self) -> None:
        loop = asyncio.get_running_loop()
        for channel, confirmed in self._wanted.items():
            if confirmed.done():
                self._wanted[channel] = loop.create_future()

    async def _restore(self) -> None:
        await asyncio.wait(self._wanted.values(), timeout=CONFIRM_SECONDS)
        await self._restored()

    async def _drop(self) -> None:
        pubsub, client = self._pubsub, self._client
        self._pubsub = self._client = None
        with contextlib.suppress(RedisError, OSError):
            if pubsub is not None:
                await pubsub.aclose()  # type: ignore[no-untyped-call]
            if client is not None:
                await client.aclose()
