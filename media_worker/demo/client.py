"""A small client of the public API: REST to join, the websocket to act, WebRTC to speak."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from media_worker.demo.track import VoiceTrack
from rooms.protocol import HEARTBEAT_SECONDS, SUBPROTOCOL

ANSWER_SECONDS = 10
_HEARD_LEVEL = 2


class Refused(Exception):
    """The server said no, or the connection ended; the text is its code."""


class TakenByPerson(Refused):
    """Somebody signed in as this bot sits in its place, on another device."""


class RoomClient:
    """One bot in one room."""

    def __init__(self, site: str, room_id: str, token: str, name: str) -> None:
        self.site, self.room_id, self.name = site, room_id, name
        self.track = VoiceTrack()
        self.participant = ""
        self.on_stage = False
        self._token = token
        self._socket: ClientConnection | None = None
        self._peer: RTCPeerConnection | None = None
        #: Of our own peer connection, and the newest that the room has told.
        self._epoch, self._newest_epoch = 0, 0
        self._tasks: list[asyncio.Future[None]] = []
        self._numbers = itertools.count(1)
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._changed = asyncio.Event()
        self._listeners = 0
        self._stage: set[str] = set()
        self._last_heard: dict[str, float] = {}
        self._lost = asyncio.Event()

    async def enter(self) -> None:
        """Join by REST, then open the websocket with the ticket from the answer. Raises `Refused`, `TakenByPerson`."""
        device = f"demo-bot-{self.name}"
        joined = await asyncio.to_thread(self._post, f"/api/v1/rooms/{self.room_id}/join", {"device": device})
        if joined["data"]["elsewhere"]:
            raise TakenByPerson("elsewhere")
        ticket = joined["data"]["ticket"]
        address = urlsplit(self.site)._replace(scheme="ws", path=f"/ws/rooms/{self.room_id}/", query=f"device={device}")
        protocols = [Subprotocol(SUBPROTOCOL), Subprotocol(f"ticket.{ticket}")]
        self._socket = await connect(address.geturl(), subprotocols=protocols, max_queue=256, open_timeout=10)
        self._tasks = [asyncio.ensure_future(self._read()), asyncio.ensure_future(self._beat())]
        await asyncio.wait_for(self.wait_until(lambda: bool(self.participant)), ANSWER_SECONDS)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = Request(self.site + path, json.dumps(body).encode(), headers)  # noqa: S310
        with urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found

    async def command(self, kind: str, **data: Any) -> dict[str, Any]:
        """Send one command and return the ack's data. Raises `Refused` with the error's code."""
        if self._socket is None:
            raise Refused("not connected")
        number = str(next(self._numbers))
        future = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send(json.dumps({"type": kind, "id": number, "data": data}))
            return await asyncio.wait_for(future, ANSWER_SECONDS)
        except ConnectionClosed as error:
            raise Refused("connection lost") from error
        finally:
            self._answers.pop(number, None)

    async def speak(self) -> None:
        """Connect the microphone and open it."""
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.on("connectionstatechange", self._watch_peer)
        self._peer.addTransceiver(self.track, direction="sendonly")
        await self._peer.setLocalDescription(await self._peer.createOffer())
        answer = await self.command("media.offer", sdp=self._peer.localDescription.sdp)
        self._epoch = answer["epoch"]
        self._check_epoch()
        await self._peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        await self.command("mic.unmute")

    def _watch_peer(self) -> None:
        if self._peer is not None and self._peer.connectionState in {"failed", "closed"}:
            self._lost.set()

    async def closed(self) -> None:
        """Waits until the socket or the sound is gone, then raises `Refused`, so that the room starts over."""
        await self._lost.wait()
        raise Refused("connection ended")

    async def close(self) -> None:
        """Leave the network; the place in the room stays for the grace time."""
        self.track.stop()
        if self._peer is not None:
            await self._peer.close()
        if self._socket is not None:
            await self._socket.close()
        for task in self._tasks:
            task.cancel()

    # --- what the room tells ----------------------------------------------------------------------

    def audience(self, bots: Iterable[str]) -> int:
        """How many hear the room who are not bots: listeners, and people on stage."""
        known = set(bots)
        return max(0, self._listeners - self._bot_listeners(known)) + len(self._stage - known)

    def _bot_listeners(self, bots: set[str]) -> int:
        return len(bots - self._stage)

    def heard(self, bots: Iterable[str]) -> float:
        """Monotonic seconds when somebody who is not a bot was last heard; minus infinity for never."""
        known = set(bots)
        return max((at for who, at in self._last_heard.items() if who not in known), default=float("-inf"))

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the room's state makes `condition` true; looked at on every frame and each second."""
        while not condition():
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), 1.0)
            except TimeoutError:
                continue

    async def _beat(self) -> None:
        """Bots who rest say nothing for minutes, and the server lets go of the silent."""
        with suppress(Refused, TimeoutError):
            while True:
                await asyncio.sleep(HEARTBEAT_SECONDS)
                await self.command("ping")
        self._lost.set()

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for text in self._socket:
                self._take(json.loads(text))
                self._changed.set()
        except ConnectionClosed:
            return
        finally:
            self._lost.set()

    def _take(self, frame: dict[str, Any]) -> None:
        data = frame.get("data") or {}
        match frame["type"]:
            case "ack" | "error":
                self._answered(frame)
            case "snapshot":
                self.participant = data["you"]["participant"]
                self.on_stage = data["you"]["role"] != "listener"
                self._stage = {person["participant"] for person in data["stage"]}
                self._listeners = data["listener_count"]
            case "count.changed":
                self._listeners = data["listener_count"]
            case "speaker.joined":
                self._stage.add(data["speaker"]["participant"])
            case "speaker.left":
                self._stage.discard(data["participant"])
            case "level.batch":
                now = time.monotonic()
                self._last_heard |= {who: now for who, level in data["levels"].items() if level >= _HEARD_LEVEL}
            case "media.moved":
                self._newest_epoch = data["epoch"]
                self._check_epoch()
            case "room.ended":
                self._lost.set()

    def _check_epoch(self) -> None:
        """A peer connection to an earlier owner of the sound is lost; one to the new owner is not."""
        if 0 < self._epoch < self._newest_epoch:
            self._lost.set()

    def _answered(self, frame: dict[str, Any]) -> None:
        future = self._answers.get(frame.get("id") or "")
        if future is None or future.done():
            return
        if frame["type"] == "ack":
            future.set_result(frame.get("data") or {})
        else:
            future.set_exception(Refused(frame.get("code", "error")))
