"""One room in this process: its events in order, its batches, its sockets."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import structlog
from prometheus_client import Counter

from rooms import events
from rooms.hub.batch import Batch
from rooms.hub.seat import Seat
from rooms.protocol import BATCH_SECONDS, EPHEMERAL, CloseCode, RoomEnded
from spaces_site.boundary.outbox import Frame

log = structlog.get_logger(__name__)

#: Sockets written to before other work gets its turn.
SOCKETS_A_TURN = 200
#: Frames that may wait to be fanned out; beyond it those that may be lost are.
WAITING_LIMIT = 64
#: Seconds to wait for an event that another process published late.
LATE_SECONDS = 0.2
#: Seconds between telling that the room ended and closing: whoever ended it still gets an answer.
END_SECONDS = 0.3

_EPHEMERAL = frozenset(event.type for event in EPHEMERAL)
DROPPED = Counter("spaces_hub_dropped_total", "Levels, counts and reactions dropped because fan-out was behind")

#: Asks for the frames after a number; None when that is not possible.
EventsAfter = Callable[[str, int], Awaitable[list[str] | None]]


class _Told(NamedTuple):
    """What goes out to every seat, save to those who hear something `instead` (by person)."""

    seq: int | None
    frame: Frame
    instead: Mapping[str, Frame] = MappingProxyType({})
    ends: bool = False


class RoomFeed:
    """Fans one room's frames out to its seats, each numbered event once and in order."""

    def __init__(self, room_id: str, events_after: EventsAfter) -> None:
        self.room_id = room_id
        self.seats: dict[str, Seat] = {}
        self._events_after = events_after
        self._last: int | None = None
        self._floor = 0
        self._known = 0
        self._early: dict[int, tuple[str, str]] = {}
        self._batch = Batch()
        self._flushed_at = float("-inf")
        self._flush_timer: asyncio.TimerHandle | None = None
        self._waiting: deque[_Told] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._healing: asyncio.Task[None] | None = None
        #: Kept here, as the event loop itself only holds its tasks weakly.
        self._resyncs: set[asyncio.Task[None]] = set()

    def take(self, text: str) -> None:
        """One frame as it was published."""
        told = json.loads(text)
        if told["type"] in _EPHEMERAL:
            self._add(told["type"], told["data"])
        else:
            self._number(told["seq"], told["type"], text)

    def opened(self, seat: Seat, seq: int) -> None:
        """A seat was told everything up to `seq`, by a snapshot or by a replay."""
        if self._last is None:
            self._last = self._floor = seq
        elif seq > self._last:
            # Either the event is on its way, or it was lost: look after a moment.
            self._known = max(self._known, seq)
            self._heal_soon()
        elif seq < self._floor:
            # Numbers up to the floor never came through this feed, and none will.
            resync = asyncio.get_running_loop().create_task(seat.resync())
            self._resyncs.add(resync)
            resync.add_done_callback(self._resyncs.discard)

    async def heal(self) -> None:
        """Look up what was missed, and send it; where that is not possible, everybody takes a snapshot."""
        if self._last is None:
            return
        missed = await self._events_after(self.room_id, self._last)
        if missed is None:
            self._early.clear()
            self._last = None
            await self._resync()
            return
        for text in missed:
            told = json.loads(text)
            self._number(told["seq"], told["type"], text)

    def stop(self) -> None:
        """Nobody is here any more."""
        for work in (self._flush_timer, self._sending, self._healing, *self._resyncs):
            if work is not None:
                work.cancel()

    # --- order ------------------------------------------------------------------------------------

    def _number(self, seq: int, type_: str, text: str) -> None:
        if self._last is not None and seq <= self._last:
            return
        if self._last is not None and seq > self._last + 1:
            self._early[seq] = (type_, text)
            self._heal_soon()
            return
        self._send_numbered(seq, type_, text)
        while (follows := self._early.pop(seq + 1, None)) is not None:
            seq += 1
            self._send_numbered(seq, *follows)

    def _send_numbered(self, seq: int, type_: str, text: str) -> None:
        self._last = seq
        instead: dict[str, Frame] = {}
        if type_ in events.PERSONAL_VIEWS:
            text, others = events.hearings(text)
            instead = {person: Frame(other) for person, other in others.items()}
        self._send(_Told(seq, Frame(text), instead, ends=type_ == RoomEnded.type))

    def _heal_soon(self) -> None:
        if self._healing is None:
            self._healing = asyncio.get_running_loop().create_task(self._heal_late())

    async def _heal_late(self) -> None:
        try:
            await asyncio.sleep(LATE_SECONDS)
            if self._last is None or self._early or self._known > self._last:
                await self.heal()
        finally:
            self._healing = None

    async def _resync(self) -> None:
        for seat in list(self.seats.values()):
            seat.hold()
            await seat.resync()

    # --- batches ----------------------------------------------------------------------------------

    def _add(self, type_: str, data: dict[str, Any]) -> None:
        self._batch.add(type_, data)
        if self._flush_timer is None:
            loop = asyncio.get_running_loop()
            # The first after a pause goes out at once; from then on four times a second.
            at = max(loop.time(), self._flushed_at + BATCH_SECONDS)
            self._flush_timer = loop.call_at(at, self._flush)

    def _flush(self) -> None:
        self._flush_timer = None
        self._flushed_at = asyncio.get_running_loop().time()
        for text in self._batch.flush():
            if len(self._waiting) >= WAITING_LIMIT:
                DROPPED.inc()
            else:
                self._send(_Told(None, Frame(text)))

    # --- fan-out ----------------------------------------------------------------------------------

    def _send(self, told: _Told) -> None:
        self._waiting.append(told)
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._fan_out())

    async def _fan_out(self) -> None:
        try:
            while self._waiting:
                told = self._waiting.popleft()
                for turn, seat in enumerate(list(self.seats.values()), start=1):
                    try:
                        seat.push(told.instead.get(seat.person_id, told.frame), told.seq)
                    except Exception:
                        # One broken socket must not silence the others.
                        log.exception("push_failed", room=self.room_id)
                        seat.close(CloseCode.INTERNAL)
                    if turn % SOCKETS_A_TURN == 0:
                        await asyncio.sleep(0)
                if told.ends:
                    asyncio.get_running_loop().call_later(END_SECONDS, self._end)
        finally:
            self._sending = None

    def _end(self) -> None:
        for seat in list(self.seats.values()):
            seat.close(CloseCode.ENDED)
