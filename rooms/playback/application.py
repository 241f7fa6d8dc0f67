"""`/live/<room>/<grant>/…` as plain ASGI: no middleware, prepared headers, no database on the way.

stream.mp4       one long response: init segment, then parts from the live edge
index.m3u8       low-latency HLS with blocking reload (`_HLS_msn`, `_HLS_part`)
init-….mp4, part-…-….m4s, seg-….m4s     what the playlist names; init.mp4 is the newest
/live/<room>/open/…     for rooms open to guests: sends on to an address with a grant
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from asgiref.sync import sync_to_async
from django.utils import timezone

from rooms.playback import answers, names
from rooms.playback.answers import Receive, Scope, Send, Way, Whole
from rooms.playback.door import Door
from rooms.playback.feed import Feed
from rooms.playback.feeds import Feeds
from rooms.playback.listener import StreamListener
from rooms.playback.playlist import TARGET_SECONDS
from rooms.playback.quick import PATIENCE_SECONDS
from rooms.playback.window import SEGMENTS_TO_BEGIN
from rooms.services import playback
from spaces_site.boundary.shortcuts import EXTENSION, accepts_gzip, folder_of
from spaces_site.errors import DomainError

log = structlog.get_logger(__name__)

PREFIX = "/live/"
#: Blocking requests wait at most three target durations (RFC 8216bis section 6.2.5.2), one of them may have begun
#: by the short way.
WAIT_SECONDS = 3.0 * TARGET_SECONDS - PATIENCE_SECONDS
#: A player without blocking reload waits so long for segments to begin with, in a room that has just woken up.
BEGIN_SECONDS = 10.0
#: A playlist request may be at most so many segments ahead.
AHEAD = 2
#: A stream waits so long for the mixer to wake.
WAKE_SECONDS = 10.0


Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class LiveDoors:
    """Answers `/live/…` and hands everything else on to `inner`."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner
        self._feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, Feeds] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._inner(scope, receive, send)
            return
        try:
            await self._answer(scope, receive, send)
        except DomainError as refusal:
            await answers.refuse(send, refusal, head=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        _, _, room_id, grant, name = [*scope["path"].split("/", 4), "", "", ""][:5]
        if method == "OPTIONS":
            await answers.preflight(send)
            return
        if method not in ("GET", "HEAD"):
            await answers.not_allowed(send)
            return
        if grant == "open":
            await self._send_on(send, room_id, name)
            return
        feeds = self._feeds.get(asyncio.get_running_loop())
        if feeds is None:
            feeds = self._feeds[asyncio.get_running_loop()] = Feeds()
        feed = await feeds.feed(room_id)
        door = await feeds.door(feed, grant)
        if (shortcuts := scope.get("extensions", {}).get(EXTENSION)) is not None:
            door.enter(shortcuts, folder_of(scope["raw_path"]))
        await self._serve(scope, receive, send, feed, door, name)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, feed: Feed, door: Door, name: str) -> None:
        head = scope["method"] == "HEAD"
        if name == "index.m3u8":
            way = Way(door.is_open, accepts_gzip(scope["headers"]))
            await _playlist(send, feed, way, scope["query_string"], head=head)
        elif name.startswith("part-"):
            await _part(send, feed, door, name, head=head)
        elif name == "stream.mp4":
            await _stream(receive, send, feed, door, head=head)
        elif name.startswith("seg-"):
            await _segment(send, feed, door, name, head=head)
        elif name.startswith("init"):
            await _init(send, feed, door, name, head=head)
        else:
            raise playback.NoSuchSound

    async def _send_on(self, send: Send, room_id: str, name: str) -> None:
        try:
            key = UUID(room_id)
        except ValueError:
            raise playback.NoOpenDoor from None
        names.check_file(name)
        mint: Any = sync_to_async(playback.open_grant, thread_sensitive=False)
        grant = await mint(room_id=key, now=timezone.now())
        await answers.send_on(send, f"{PREFIX}{key}/{grant}/{name}")


async def _playlist(send: Send, feed: Feed, way: Way, query: bytes, *, head: bool) -> None:
    if b"_HLS_msn" not in query and b"_HLS_part" not in query:
        # A player that knows no parts may be asking.
        enough = await feed.wait_until(lambda: feed.window.whole >= SEGMENTS_TO_BEGIN, BEGIN_SECONDS)
        ready = enough or feed.window.whole > 0
    else:
        number, index = names.position(query)
        if not feed.window.segments:
            await feed.wait_until(lambda: bool(feed.window.segments), WAIT_SECONDS)
        if number > feed.window.edge[0] + AHEAD:
            raise playback.TooFarAhead
        ready = await feed.wait_until(lambda: feed.window.has(number, index), WAIT_SECONDS)
    if not ready:
        raise playback.SoundNotReady(retry_after=1)
    await feed.playlist().send(send, way, head=head)


async def _part(send: Send, feed: Feed, door: Door, name: str, *, head: bool) -> None:
    number, index = names.numbers(name, "part-", ".m4s", 2)
    if feed.window.is_next(number, index):
        # The hint of the playlist: the response begins when the part is there (section 6.2.6).
        await feed.wait_until(lambda: feed.window.has(number, index), WAIT_SECONDS)
    answer = feed.part(number, index)
    if answer is None:
        raise playback.NoSuchSound
    await answer.send(send, Way(door.is_open), head=head)


async def _segment(send: Send, feed: Feed, door: Door, name: str, *, head: bool) -> None:
    (number,) = names.numbers(name, "seg-", ".m4s", 1)
    segment = feed.window.segment(number)
    if segment is None or segment.is_gap or not (segment.complete or feed.ended):
        raise playback.NoSuchSound
    answer = feed.answers.get(name) or feed.keep(f"seg-{number}.m4s", answers.PIECE, segment.data)
    await answer.send(send, Way(door.is_open), head=head)


async def _init(send: Send, feed: Feed, door: Door, name: str, *, head: bool) -> None:
    if name == "init.mp4":
        await feed.wait_until(lambda: bool(feed.window.segments), WAIT_SECONDS)
        init = feed.window.inits.get(feed.window.segments[-1].run) if feed.window.segments else None
    else:
        init = feed.window.inits.get(names.numbers(name, "init-", ".mp4", 1)[0])
    if init is None:
        raise playback.NoSuchSound
    await Whole(answers.PIECE, init).send(send, Way(door.is_open), head=head)


async def _stream(receive: Receive, send: Send, feed: Feed, door: Door, *, head: bool) -> None:
    if head:
        await answers.begin(send, answers.STREAM, is_open=door.is_open)
        await send({"type": "http.response.body", "body": b""})
        return
    if feed.ended:
        raise playback.RoomSilent
    if not await feed.wait_until(lambda: feed.window.newest_part is not None, WAKE_SECONDS):
        raise playback.SoundNotReady(retry_after=1)
    await answers.begin(send, answers.STREAM, is_open=door.is_open)
    listener = StreamListener(send)
    feed.attach(door, listener)
    gone = asyncio.ensure_future(_gone(receive))
    closed = asyncio.ensure_future(listener.closed.wait())
    try:
        await asyncio.wait((gone, closed), return_when=asyncio.FIRST_COMPLETED)
    finally:
        door.streams.discard(listener)
        listener.stop()
        closed.cancel()
        if not gone.done():
            gone.cancel()
            await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    """Returns when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
