"""uvicorn's connections with the short way, in this process, and a client that sees every byte."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from uvicorn import Config
from uvicorn.server import ServerState

from spaces_site.boundary.lane import LaneProtocol

HEAD = "Host: test\r\nAccept: */*\r\nCookie: a=b\r\n\r\n"


class LaneClient:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, text: str) -> None:
        self.writer.write(text.encode())

    def ask(self, target: str, head: str = HEAD, method: str = "GET", version: str = "1.1") -> None:
        self.send(f"{method} {target} HTTP/{version}\r\n{head}")

    async def read(self) -> tuple[str, bytes]:
        """Head and body of the next response."""
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 10)).decode()
        length = int(head.lower().partition("content-length: ")[2].split("\r\n")[0])
        return head, await asyncio.wait_for(self.reader.readexactly(length), 10)

    async def answer(self) -> str:
        """The body of the next response, which must be a good one."""
        head, body = await self.read()
        assert head.startswith("HTTP/1.1 200 OK\r\n"), head
        return body.decode("latin-1")

    async def exchange(self, target: str, head: str = HEAD) -> tuple[str, bytes]:
        """Ask, and read head and body."""
        self.ask(target, head)
        return await self.read()

    async def get(self, target: str, head: str = HEAD) -> str:
        """Ask and be answered."""
        self.ask(target, head)
        return await self.answer()

    async def ended(self) -> bool:
        """Whether the server closes without a word."""
        with suppress(ConnectionError):
            return await asyncio.wait_for(self.reader.read(1), 5) == b""
        return True


class LaneServer:
    """Connections to one application."""

    def __init__(self, application: Any, kept_seconds: float) -> None:
        self.state = ServerState()
        self.made: set[LaneProtocol] = set()
        config = Config(application, interface="asgi3", lifespan="off", ws="none", access_log=False, log_config=None)
        config.load()
        vars(config)["timeout_keep_alive"] = kept_seconds
        self._config = config
        self._clients: list[LaneClient] = []
        self._listening: asyncio.Server

    async def start(self) -> None:
        """Listen on a free port."""
        self._listening = await asyncio.get_running_loop().create_server(self._connection, "127.0.0.1", 0)

    async def stop(self) -> None:
        """End every connection, and wait for the application."""
        self._listening.close()
        for client in self._clients:
            client.writer.close()
        for connection in self.made:
            connection.transport.abort()
        await until(lambda: not self.state.tasks)

    async def connect(self) -> LaneClient:
        """A new connection."""
        port = self._listening.sockets[0].getsockname()[1]
        client = LaneClient(*await asyncio.open_connection("127.0.0.1", port))
        self._clients.append(client)
        return client

    def _connection(self) -> LaneProtocol:
        connection = LaneProtocol(config=self._config, server_state=self.state, app_state={})
        self.made.add(connection)
        return connection


@asynccontextmanager
async def lane_server(application: Any, kept_seconds: float = 5.0) -> AsyncIterator[LaneServer]:
    """A server that has no shortcuts and remembers no headers yet."""
    LaneProtocol.shortcuts.clear()
    LaneProtocol._heads.clear()
    server = LaneServer(application, kept_seconds)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
        LaneProtocol.shortcuts.clear()


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, five seconds at most."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)
