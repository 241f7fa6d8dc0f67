"""One long response: parts as they come, bounded for a reader that is slow."""

import asyncio
from collections import deque
from typing import Any

from prometheus_client import Counter

from rooms.playback.answers import Piece, Send
from spaces_site.boundary.outbox import Begun
from spaces_site.boundary.wire import Wire, response_wire

#: Bytes that may wait for one slow reader.
HELD_BYTES = 192 * 1024
#: A reader that had to be skipped forward so often in a row is let go.
SKIPS = 3

SKIPPED = Counter("spaces_live_parts_skipped_total", "Parts that slow readers of the live stream missed")

LET_GO = Counter("spaces_live_listeners_let_go_total", "Readers of the live stream that were cut off for not reading")


class StreamListener:
    """Hands pieces to one client.

    The first goes by `send`; the others are written to the connection, where the server is known to
    allow it. Otherwise `send` mostly is done at once, and costs no task then; when the server makes it
    wait, pieces are held here. Either way a reader for whom `HELD_BYTES` wait is skipped forward to
    the live edge, and then let go.
    """

    __slots__ = ("_chunked", "_held", "_held_bytes", "_send", "_sending", "_skips", "_wire", "closed")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._wire: Wire | None = None
        self._chunked = False
        self._sending: asyncio.Task[None] | None = None
        self._held: deque[Piece] = deque()
        self._held_bytes = 0
        self._skips = 0
        self.closed = asyncio.Event()

    def offer(self, piece: Piece) -> None:
        """Send or hold one piece. Never blocks, never raises."""
        if self._wire is not None:
            self._write(self._wire, piece)
        elif self._sending is not None:
            self._hold(piece)
        else:
            self._hand_over(piece)

    def close(self) -> None:
        """End this response."""
        self.closed.set()

    def stop(self) -> None:
        """The client is gone, or the response is over: nothing waits any more."""
        self._held.clear()
        if self._sending is not None:
            self._sending.cancel()

    def _write(self, wire: Wire, piece: Piece) -> None:
        if not wire.is_open:
            self.closed.set()
        elif wire.held() > HELD_BYTES:
            self._skip(1)
        else:
            wire.write(piece.chunk if self._chunked else piece.data)
            self._skips = 0

    def _hand_over(self, piece: Piece) -> None:
        step: Any = self._send(piece.message).__await__()
        try:
            waits_for = step.send(None)
        except StopIteration:
            self._skips = 0
            self._look_for_wire()
        except Exception:
            self.closed.set()
        else:
            self._sending = asyncio.ensure_future(self._catch_up(Begun(step, waits_for)))

    def _look_for_wire(self) -> None:
        if (found := response_wire(self._send)) is not None:
            self._wire, self._chunked = found

    def _hold(self, piece: Piece) -> None:
        self._held.append(piece)
        self._held_bytes += len(piece.data)
        if self._held_bytes > HELD_BYTES:
            self._skip(len(self._held) - 1)
            self._held = deque([piece])
            self._held_bytes = len(piece.data)

    def _skip(self, parts: int) -> None:
        SKIPPED.inc(parts)
        self._skips += 1
        if self._skips >= SKIPS:
            LET_GO.inc()
            self.closed.set()
            if self._wire is not None:
                self._wire.cut_off()

    async def _catch_up(self, begun: Begun) -> None:
        try:
            await begun
            while self._held:
                piece = self._held.popleft()
                self._held_bytes -= len(piece.data)
                await self._send(piece.message)
            self._skips = 0
            self._look_for_wire()
        except Exception:
            self.closed.set()
        finally:
            self._sending = None
