"""Clients of a room's websocket: one inside the test process, one over TCP."""

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import websockets
from channels.testing import WebsocketCommunicator

from spaces_site.asgi import application
from tests.patience import busy

#: Seconds that whatever must come may take.
PATIENCE = busy(5)
HOST = "spaces.example.org"
_ids = itertools.count(1)
#: Clients inside this process that a failed test may have left behind.
_open: list["InProcess"] = []


class Closed(Exception):
    """The server closed with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Client:
    """What both kinds share: commands with answers, events in order, the seq last heard."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.last_seq: int | None = None

    async def _send(self, text: str) -> None:
        raise NotImplementedError

    async def _receive(self, timeout: float) -> str:
        raise NotImplementedError

    async def send(self, type_: str, **data: Any) -> str:
        id_ = f"c{next(_ids)}"
        await self._send(json.dumps({"type": type_, "id": id_, "data": data}))
        return id_

    async def command(self, type_: str, timeout: float = PATIENCE, **data: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events that come before it are kept."""
        id_ = await self.send(type_, **data)
        return await self.take(lambda frame: frame.get("id") == id_, timeout)

    async def event(self, type_: str, timeout: float = PATIENCE) -> dict[str, Any]:
        """The next event of a type, also if it came already."""
        for index, frame in enumerate(self.events):
            if frame["type"] == type_:
                return self.events.pop(index)
        frame = await self.take(lambda frame: frame["type"] == type_, timeout)
        self.events.remove(frame)
        return frame

    async def take(self, wanted: Callable[[dict[str, Any]], bool], timeout: float = PATIENCE) -> dict[str, Any]:
        deadline = time.monotonic() + timeout
        while True:
            frame = await self.next_frame(deadline - time.monotonic())
            if wanted(frame):
                return frame

    async def next_frame(self, timeout: float = PATIENCE) -> dict[str, Any]:
        frame = json.loads(await self._receive(max(timeout, 0.001)))
        if frame["type"] not in {"ack", "error"}:
            self.events.append(frame)
        seq = frame["data"]["seq"] if frame["type"] == "snapshot" else frame.get("seq")
        if seq is not None:
            self.last_seq = max(seq, self.last_seq or 0)
        return frame

    async def closed(self, timeout: float = PATIENCE) -> int:
        """Read on until the server closes; its code."""
        try:
            while True:
                await self.next_frame(timeout)
        except Closed as closed:
            return closed.code


class InProcess(Client):
    """Through the real ASGI application, without a server."""

    def __init__(self, room_id: object, *, session: str = "", **query: Any) -> None:
        super().__init__()
        headers = [(b"host", HOST.encode()), (b"origin", f"https://{HOST}".encode())]
        if session:
            headers.append((b"cookie", f"sessionid={session}".encode()))
        self.socket = WebsocketCommunicator(
            application, path_of(room_id, **query), headers=headers, subprotocols=["spaces.v1"]
        )

    async def connect(self) -> "InProcess":
        _open.append(self)
        accepted, _ = await self.socket.connect(timeout=PATIENCE)
        assert accepted
        return self

    async def _send(self, text: str) -> None:
        await self.socket.send_to(text_data=text)

    async def _receive(self, timeout: float) -> str:
        output = await self.socket.receive_output(timeout)
        if output["type"] == "websocket.close":
            raise Closed(output["code"])
        return str(output["text"])

    async def leave(self) -> None:
        await self.socket.disconnect(timeout=PATIENCE)

    async def hang_up(self) -> None:
        task = self.socket.future
        if task is not None and not task.done():
            await self.socket.send_input({"type": "websocket.disconnect", "code": 1006})
            await asyncio.wait([task], timeout=PATIENCE)


class OverTcp(Client):
    """Through a live server."""

    def __init__(self, port: int, room_id: object, *, session: str = "", **query: Any) -> None:
        super().__init__()
        self.url = f"ws://127.0.0.1:{port}{path_of(room_id, **query)}"
        self.origin = f"http://127.0.0.1:{port}"
        self.headers = {"Cookie": f"sessionid={session}"} if session else {}
        self.socket: websockets.ClientConnection

    async def connect(self, **options: Any) -> "OverTcp":
        options = {"subprotocols": ["spaces.v1"], "origin": self.origin, "compression": None, **options}
        self.socket = await websockets.connect(
            self.url, additional_headers=self.headers, proxy=None, max_size=None, **options
        )
        return self

    async def _send(self, text: str) -> None:
        await self.socket.send(text)

    async def _receive(self, timeout: float) -> str:
        try:
            return str(await asyncio.wait_for(self.socket.recv(), timeout))
        except websockets.ConnectionClosed as closed:
            raise Closed(closed.rcvd.code if closed.rcvd else 1006) from None

    async def leave(self) -> None:
        await self.socket.close()


async def hang_up_all() -> None:
    """End every client inside this process."""
    while _open:
        await _open.pop().hang_up()


def path_of(room_id: object, **query: Any) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    place = "me" if room_id == "me" else f"rooms/{room_id}"
    return f"/ws/{place}/?{asked}"


async def eventually(condition: Callable[[], Awaitable[bool]], timeout: float = PATIENCE) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + timeout
    while not await condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.02)
