"""People without a browser: a websocket by session cookie, a humming microphone, an ear with a clock."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription
from av.audio.resampler import AudioResampler
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from media_worker.engine.frames import SAMPLE_RATE
from rooms.protocol import SUBPROTOCOL
from tests.browser.live_site import LiveSite
from tests.media_worker.transport.clients import ToneTrack

#: Share of full scale above which a tone counts as heard in one frame.
AUDIBLE = 0.01


def tone_share(samples: np.ndarray, frequency: float) -> float:
    """Amplitude of one frequency in a piece of mono sound, 1.0 being full scale."""
    phase = np.exp(-2j * np.pi * frequency * np.arange(len(samples)) / SAMPLE_RATE)
    return float(2 * np.abs(np.dot(samples, phase)) / len(samples))


async def until(condition: Callable[[], Any], what: str, seconds: float = 60.0) -> None:
    """Poll until the condition holds; AssertionError with `what` at the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        await asyncio.sleep(0.005)


class LivePerson:
    """Somebody in a room of a live site who reconnects by themself, as the web client does."""

    def __init__(self, site: LiveSite, room: str, handle: str, frequency: float) -> None:
        self.site, self.room, self.handle, self.frequency = site, room, handle, frequency
        self.cookie = site.person(handle)
        self.participant = ""
        self.frames: list[dict[str, Any]] = []
        #: (monotonic arrival, 20 ms of samples), newest last; a bounded memory of five minutes.
        self.heard: list[tuple[float, np.ndarray]] = []
        self.offers = 0
        self._numbers = itertools.count(1)
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._socket: ClientConnection | None = None
        self._peer: RTCPeerConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._patience = random.Random(handle)
        self._wants_sound = False

    async def enter(self) -> None:
        """Open the socket and wait for the snapshot; stays connected until `leave`."""
        self._spawn(self._stay())
        await until(lambda: self.participant, f"{self.handle}'s snapshot")

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._peer is not None:
            await self._peer.close()
        if self._socket is not None:
            await self._socket.close()

    async def command(self, kind: str, **data: Any) -> dict[str, Any]:
        """Send a command, return the ack's data; AssertionError with the error's code."""
        assert self._socket is not None
        number = str(next(self._numbers))
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send(json.dumps({"type": kind, "id": number, "data": data}))
            frame = await asyncio.wait_for(answer, 15)
        finally:
            del self._answers[number]
        assert frame["type"] == "ack", frame
        return frame.get("data") or {}

    async def talk(self) -> None:
        """Connect the microphone and open it; must be on stage."""
        self._wants_sound = True
        await self._connect_sound()
        await self.command("mic.unmute")

    def hears(self, frequency: float, since: float = 0.0) -> bool:
        """Whether a tone came within the last frame that arrived after `since`."""
        return bool(self.heard) and self.heard[-1][0] >= since and tone_share(self.heard[-1][1], frequency) > AUDIBLE

    def longest_gap(self, frequency: float, since: float) -> float:
        """Longest time, in seconds, between two frames with the tone, both after `since`."""
        times = [at for at, samples in self.heard if at >= since and tone_share(samples, frequency) > AUDIBLE]
        return max((later - earlier for earlier, later in itertools.pairwise(times)), default=float("inf"))

    def saw(self, kind: str) -> list[dict[str, Any]]:
        """All events of one type so far."""
        return [frame for frame in self.frames if frame["type"] == kind]

    # --- inside -------------------------------------------------------------------------------------

    def _spawn(self, job: Any) -> None:
        task = asyncio.ensure_future(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stay(self) -> None:
        """Keep a socket open: reconnect after 0.2 to 1 s with jitter."""
        address = f"{self.site.url.replace('http', 'ws')}/ws/rooms/{self.room}/?device=d-{self.handle}"
        headers = {"Cookie": f"sessionid={self.cookie}", "Origin": self.site.url}
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                protocols = [Subprotocol(SUBPROTOCOL)]
                async with connect(address, additional_headers=headers, subprotocols=protocols) as socket:
                    self._socket = socket
                    async for text in socket:
                        self._take(json.loads(text))
            await asyncio.sleep(self._patience.uniform(0.2, 1.0))

    def _take(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        if frame["type"] in {"ack", "error"} and (waiting := self._answers.get(frame.get("id") or "")):
            if not waiting.done():
                waiting.set_result(frame)
        elif frame["type"] == "snapshot":
            self.participant = frame["data"]["you"]["participant"]
        elif frame["type"] == "media.moved" and self._wants_sound:
            self._spawn(self._connect_sound())

    async def _connect_sound(self) -> None:
        """A new peer connection, tried until a node answers."""
        while True:
            old, self._peer = self._peer, RTCPeerConnection()
            if old is not None:
                await old.close()
            self._peer.on("track", lambda track: self._spawn(self._listen(track)))
            self._peer.addTransceiver(ToneTrack(self.frequency), direction="sendrecv")
            await self._peer.setLocalDescription(await self._peer.createOffer())
            self.offers += 1
            try:
                answer = await self.command("media.offer", sdp=self._peer.localDescription.sdp)
            except (AssertionError, TimeoutError, WebSocketException):
                await asyncio.sleep(0.25)
                continue
            await self._peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
            return

    async def _listen(self, track: Any) -> None:
        resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        while True:
            frame = await track.recv()
            now = time.monotonic()
            self.heard += [(now, out.to_ndarray().reshape(-1)) for out in resampler.resample(frame)]
            del self.heard[:-15_000]


async def two_who_talk(
    site: LiveSite, room: str, host: str = "ana", guest: str = "bo"
) -> tuple[LivePerson, LivePerson]:
    """A host at 440 Hz and a speaker at 1,000 Hz who hear each other."""
    ana, bo = LivePerson(site, room, host, 440.0), LivePerson(site, room, guest, 1000.0)
    await ana.enter()
    await bo.enter()
    await ana.command("stage.invite", participant=bo.participant)
    await bo.command("stage.take")
    await ana.talk()
    await bo.talk()
    await until(lambda: ana.hears(bo.frequency) and bo.hears(ana.frequency), "both hear each other")
    return ana, bo
