"""People at a really started site who cost the machine little: a websocket, and a leg without a browser."""

import asyncio
import itertools
import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from media_worker.engine import opus
from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE
from media_worker.engine.transport import rtp
from media_worker.engine.transport.addresses import own_addresses
from rooms.protocol import SUBPROTOCOL
from tests.bench.catalogue import CannotMeasure
from tests.bench.sound_load import SPEECH_LEVEL, datagram
from tests.browser.live_site import LiveSite
from tests.fakes.legs import Microphone, frames_of, tone
from tests.faults.people import until
from tests.media_worker.transport.raw_client import Certificate, RawClient

#: Frames that an ear remembers, and those that make out what it hears now: 5 Hz from one tone to the next.
REMEMBERED, NOW = 500, 10
#: Seconds that a command may take before the bench gives up.
ANSWER_SECONDS = 20.0


def light_site(**environment: str) -> LiveSite:
    """A site for many people who all come from this machine. Raises `CannotMeasure` where it has no address."""
    addresses = own_addresses()
    if not addresses:
        raise CannotMeasure("the machine has no address of its own to send sound from")
    crowd = {"SOCKETS_PER_ADDRESS": "2000", "PEOPLE_PER_ADDRESS": "2000"}
    return LiveSite(None, MEDIA_PUBLIC_ADDRESSES=addresses[0], **crowd, **environment)


class Attendee:
    """Somebody at the websocket of a room. `on_event` is called with each frame and when it came."""

    def __init__(self, site: LiveSite, room: str, handle: str, *, device: str = "") -> None:
        self.site, self.room, self.handle = site, room, handle
        self._device, self._cookie = device or f"d-{handle}", site.person(handle)
        self.you: dict[str, Any] = {}
        self.media: dict[str, Any] = {}
        self.is_elsewhere = False
        self.closed_at: float | None = None
        self.on_event: Callable[[dict[str, Any], float], None] = lambda frame, at: None
        self._numbers = itertools.count(1)
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._socket: ClientConnection
        self._reading: asyncio.Task[None]

    @property
    def participant(self) -> str:
        """Their id in the room."""
        return str(self.you["participant"])

    async def enter(self) -> "Attendee":
        """Come in, and wait for the snapshot."""
        await self._connect()
        await until(lambda: self.you, f"{self.handle}'s snapshot", ANSWER_SECONDS)
        return self

    async def wait_beside(self) -> "Attendee":
        """Come with a second device, and be told that the first holds the place."""
        await self._connect()
        await until(lambda: self.is_elsewhere, f"{self.handle}'s second device", ANSWER_SECONDS)
        return self

    async def _connect(self) -> None:
        self._socket = await connect(
            f"{self.site.url.replace('http', 'ws')}/ws/rooms/{self.room}/?device={self._device}",
            additional_headers={"Cookie": f"sessionid={self._cookie}", "Origin": self.site.url},
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            proxy=None,
            max_size=None,
        )
        self._reading = asyncio.ensure_future(self._read())

    async def command(self, kind: str, **data: Any) -> dict[str, Any]:
        """Send a command, return the ack's data. Raises `CannotMeasure` when it is refused."""
        frame = await self.ask(kind, **data)
        if frame["type"] != "ack":
            raise CannotMeasure(f"{kind} of {self.handle} was refused: {frame['code']}")
        return frame.get("data") or {}

    async def ask(self, kind: str, **data: Any) -> dict[str, Any]:
        """Send a command, return the frame that answers it."""
        number = str(next(self._numbers))
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"type": kind, "id": number, "data": data}))
        return await asyncio.wait_for(answer, ANSWER_SECONDS)

    async def leave(self) -> None:
        """Hang up."""
        await self._socket.close()
        await self._reading

    async def _read(self) -> None:
        try:
            async for text in self._socket:
                self._take(json.loads(text), time.monotonic())
        except ConnectionClosed:
            pass
        finally:
            self.closed_at = time.monotonic()

    def _take(self, frame: dict[str, Any], at: float) -> None:
        kind = frame["type"]
        if kind in {"ack", "error"} and (waiting := self._answers.pop(frame.get("id") or "", None)):
            waiting.set_result(frame)
        elif kind == "snapshot":
            self.you, self.media = frame["data"]["you"], frame["data"]["media"]
        elif kind == "device.elsewhere":
            self.is_elsewhere = True
        self.on_event(frame, at)


async def bring_on_stage(host: Attendee, guests: Iterable[Attendee]) -> None:
    """Asked by the host, they come up one after the other."""
    for guest in guests:
        await host.command("stage.invite", participant=guest.participant)
        await guest.command("stage.take")


class _Unknown:
    """The port of a node whose answer has not come."""

    port = 0


class Leg(RawClient):
    """A peer connection; with `listens` it decodes what it hears and notes when it came."""

    def __init__(self, certificate: Certificate, *, listens: bool = False) -> None:
        super().__init__(_Unknown(), certificate)  # type: ignore[arg-type]
        self.heard: deque[tuple[float, np.ndarray]] = deque(maxlen=REMEMBERED)
        self._decoder = opus.Decoder() if listens else None

    async def connect_as(self, person: Attendee) -> "Leg":
        """Offer by the person's socket, then check and shake hands."""
        sdp = (await person.command("media.offer", sdp=self.offer()))["sdp"]
        self.accept(sdp)
        host, port = next(line for line in sdp.splitlines() if line.startswith("a=candidate:")).split()[4:6]
        self.node = (host, int(port))
        self.check()
        await until(lambda: self.responses, f"{person.handle}'s way to the node", ANSWER_SECONDS)
        self.hello()
        await until(lambda: self.srtp, f"{person.handle}'s keys", ANSWER_SECONDS)
        return self

    def take(self, data: bytes) -> None:
        """A packet came: RTCP is nobody's business here."""
        if self._decoder is None or self.inbound is None or 192 <= data[1] < 224:
            return
        sound = np.zeros(FRAME_SAMPLES, np.float32)
        payload = rtp.parse(self.inbound.unprotect(data)).payload
        self._decoder.decode_to(payload, sound.ctypes.data, FRAME_SAMPLES)
        self.heard.append((time.monotonic(), sound))

    def amplitudes(self, tones: list[int]) -> np.ndarray:
        """How loud each tone, a multiple of 5 Hz, is in the last 200 ms; full scale is 1."""
        last = [sound for _, sound in itertools.islice(self.heard, max(0, len(self.heard) - NOW), None)]
        if len(last) < NOW:
            return np.zeros(len(tones))
        sound = np.concatenate(last)
        spectrum = 2 * np.abs(np.fft.rfft(sound)) / len(sound)
        return np.asarray(spectrum[[tone * len(sound) // SAMPLE_RATE for tone in tones]])

    def last_louder(self, than: float, measure: Callable[[np.ndarray], float]) -> float:
        """When the last frame that measures more had been heard to its end; minus infinity when there is none."""
        loud = (at for at, sound in reversed(self.heard) if measure(sound) > than)
        return next(loud, float("-inf")) + FRAME_SECONDS


def rms(sound: np.ndarray) -> float:
    """Loudness of everything together."""
    return float(np.sqrt(np.mean(sound**2)))


def tone_packets(hertz: int) -> list[bytes]:
    """A second of one tone as a browser encodes it; repeated, it has no seam."""
    microphone, second = Microphone(), tone(hertz, samples=SAMPLE_RATE)
    packets = [microphone.packet(frame, 0.0).payload for _ in range(2) for frame in frames_of(second)]
    return packets[len(packets) // 2 :]


class Band:
    """Everybody's microphones: a packet each 20 ms, muted or not, as a client sends that was changed."""

    def __init__(self) -> None:
        self._players: list[tuple[Leg, list[bytes]]] = []
        self._playing: asyncio.Task[None] | None = None

    def add(self, leg: Leg, packets: list[bytes] | None = None) -> None:
        """Somebody who plays these packets over and over, or only listens."""
        self._players.append((leg, packets or []))
        if self._playing is None:
            self._playing = asyncio.ensure_future(self._play())

    def drop(self, leg: Leg) -> None:
        """Somebody stops and hangs up."""
        self._players = [player for player in self._players if player[0] is not leg]
        leg.close()

    def close(self) -> None:
        """Everybody stops."""
        if self._playing is not None:
            self._playing.cancel()
        for leg, _ in self._players:
            leg.close()

    async def _play(self) -> None:
        start = time.monotonic()
        for tick in itertools.count(1):
            for leg, packets in list(self._players):
                if packets:
                    leg.send(datagram(leg, packets[tick % len(packets)], SPEECH_LEVEL))
                if tick % 50 == 0:
                    leg.responses.clear()
                    leg.check()
            await asyncio.sleep(max(0.0, start + tick * FRAME_SECONDS - time.monotonic()))


def spread(took: list[float], least: int, what: str) -> dict[str, float]:
    """p50 and p95 in milliseconds. Raises `CannotMeasure` with fewer than `least` rounds."""
    if len(took) < least:
        raise CannotMeasure(f"only {len(took)} of {least} {what} in time: the machine is too busy")
    return {name: float(np.percentile(took, share)) * 1000 for name, share in (("p50", 50), ("p95", 95))}
