"""A line that can die without a word: a TCP proxy that stops carrying, and goes on as if nothing had been.

    with in_thread(site.port) as proxy:     # 127.0.0.1:<proxy.port> leads to the site
        proxy.frozen = True                 # what is sent is kept; nobody is told anything, until False

A frozen line accepts new connections and carries nothing over them, as a network that drops every packet
looks to programs until their own patience ends.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LOOK_SECONDS = 0.01
_CHUNK = 1 << 16


class TcpProxy:
    """See the module's text. `frozen` may be set from any thread."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self.frozen = False
        self._target = target
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Hang up on everybody."""
        assert self._server is not None
        self._server.close()
        for line in list(self._lines):
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)
        await self._thaw()
        with suppress(OSError, asyncio.CancelledError):
            inside = await asyncio.open_connection("127.0.0.1", self._target)
            ways = [self._carry(reader, inside[1]), self._carry(inside[0], writer)]
            await asyncio.gather(*ways)
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(_CHUNK):
                await self._thaw()
                writer.write(data)
                await writer.drain()
            await self._thaw()
        finally:
            writer.close()

    async def _thaw(self) -> None:
        while self.frozen:
            await asyncio.sleep(_LOOK_SECONDS)


@contextmanager
def in_thread(target: int) -> Iterator[TcpProxy]:
    """A proxy on an event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="tcp-proxy", daemon=True)
    thread.start()
    proxy = TcpProxy(target)
    asyncio.run_coroutine_threadsafe(proxy.start(), loop).result()
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(proxy.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
