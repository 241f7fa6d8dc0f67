"""What the engine needs from the world, and the shapes that cross its walls.

Time, network, storage and reports come in through these protocols; the engine itself imports no
framework. A *leg* is one peer connection (a browser, a WHIP client, a bot) of one participant.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class LegState(StrEnum):
    """NEW → CONNECTED ⇄ SILENT (neither media nor checks for 2.5 s) → CLOSED."""

    NEW = "new"
    CONNECTED = "connected"
    SILENT = "silent"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class MediaPacket:
    """One authenticated Opus packet from a leg, as it arrived."""

    payload: bytes
    #: RTP sequence number (16 bit) and timestamp (32 bit, 48 kHz), not unwrapped.
    sequence: int
    timestamp: int
    #: Monotonic seconds of arrival.
    arrived: float
    #: RFC 6464 level, 0 (loudest) to 127 (silence), or None when the client sends none.
    audio_level: int | None = None


class Leg(Protocol):
    """One peer connection, seen from the session."""

    id: str
    participant_id: str
    #: The device that the grant named: only the seat's own device is heard.
    device: str

    @property
    def state(self) -> LegState: ...

    @property
    def receives(self) -> bool:
        """Whether the client wants sound at all; a WHIP encoder or a bot may only send."""

    def send(self, payload: bytes, timestamp: int) -> None:
        """Send one Opus packet; `timestamp` in samples at 48 kHz. Never blocks, drops when not connected."""

    def close(self) -> None:
        """Stop at once: DTLS close-notify, then nothing is sent or accepted."""


class LegListener(Protocol):
    """What the transport calls back, always on the event loop's thread."""

    def on_packet(self, leg: Leg, packet: MediaPacket) -> None: ...

    def on_leg_state(self, leg: Leg, state: LegState) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """The SDP answer to an offer, and the leg it made or kept (ICE restart keeps the leg)."""

    sdp: str
    leg: Leg
    restarted: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """One participant's rights, as the database wants them."""

    participant_id: str
    #: On stage: may be heard when not muted. Others only listen.
    on_stage: bool
    muted: bool
    #: The only device whose sound counts; others of this person are closed.
    device: str = ""
    #: Participants whose voices this person does not want to hear.
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StageSnapshot:
    """The desired state of one room. Whoever is not in `seats` has no leg and hears nothing."""

    room_id: str
    version: int
    live: bool
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One CMAF chunk (moof + mdat) of the shared listener encode."""

    #: Media sequence number of the segment that this part belongs to, and its index in it.
    segment: int
    index: int
    data: bytes
    #: Exact duration in samples at 48 kHz, and decode time of the first sample on the room's timeline.
    samples: int
    start: int
    #: Wall clock of the first sample, seconds since 1970.
    wall: float
    last_of_segment: bool = False


class PartSink(Protocol):
    """Where listeners' parts go. Bounded; a full sink drops the oldest part and counts it."""

    def start(self, init: bytes) -> None: ...

    def put(self, part: Part) -> None: ...


@dataclass(frozen=True, slots=True)
class Levels:
    """Who sounds now: participant id → level 1…9 (0 is left out), at most 4 times a second."""

    room_id: str
    levels: dict[str, int]


class ReportSink(Protocol):
    """What the session tells the rest of the product. Never blocks."""

    def levels(self, levels: Levels) -> None: ...

    def leg_state(self, participant_id: str, device: str, state: LegState) -> None: ...


#: Monotonic seconds; tests pass their own.
Clock = Callable[[], float]
