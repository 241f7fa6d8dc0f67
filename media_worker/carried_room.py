"""One room that this node carries: its session, its way out, its lease.

Awake while somebody has a peer connection or listens by HTTP; asleep it costs nothing but a look at
the stage each second. Whatever it does, it first asks its lease.
"""

import asyncio
import time
from collections.abc import Callable

import redis.asyncio

from media_worker import bridge
from media_worker.bridge import Database, Lease, RoomReports
from media_worker.engine.ports import Leg, LegState, MediaPacket, StageSnapshot
from media_worker.engine.session import RoomSession
from media_worker.storage import LiveWindow
from rooms.services.media import StageFacts

#: A room with nobody in it is given back after so long.
EMPTY_SECONDS = 30.0


class CarriedRoom:
    """Joins a `RoomSession` to its world; the listener of the room's legs. `on_wake`: there is work now."""

    def __init__(
        self,
        *,
        room_id: str,
        epoch: int,
        lease: Lease,
        broker: redis.asyncio.Redis,
        database: Database,
        on_wake: Callable[[], None],
    ) -> None:
        self.room_id, self.epoch, self.lease = room_id, epoch, lease
        self.taken_at = self._used_at = time.monotonic()
        self.fenced = False
        self._stage: StageSnapshot | None = None
        self._anybody_here = True
        self._on_wake = on_wake
        self._reports = RoomReports(room_id=room_id, epoch=epoch, broker=broker, database=database, lease=lease)
        self._window = LiveWindow(
            client=broker, room_id=room_id, epoch=epoch, may_write=lease.valid, on_fenced=self._on_fenced
        )
        self._session = RoomSession(room_id, self._window, self._reports)
        self.tasks: list[asyncio.Future[None]] = []

    @property
    def awake(self) -> bool:
        """Whether there is anybody to make sound for, and the right to make it."""
        return self._session.awake and self.lease.valid() and not self.fenced

    @property
    def next_due(self) -> float:
        """Monotonic time of the next tick."""
        return self._session.next_due

    @property
    def leg_count(self) -> int:
        """Open peer connections."""
        return self._session.stats().legs

    @property
    def is_over(self) -> bool:
        """The room has ended, or nobody has been in it for a while."""
        if self._stage is not None and not self._stage.live:
            return True
        if self._session.awake or self._anybody_here:
            self._used_at = time.monotonic()
        return time.monotonic() - self._used_at > EMPTY_SECONDS

    def start(self) -> None:
        """Begin to report and to write."""
        self.tasks = [asyncio.ensure_future(self._reports.run()), asyncio.ensure_future(self._window.run())]

    def stop(self) -> None:
        """Make no more sound, write nothing more, close every peer connection. At once."""
        self._window.close()
        for task in self.tasks:
            task.cancel()
        self._session.close()

    def tick(self) -> None:
        """Make 20 ms of sound, if there is anybody to hear it."""
        if self._reports.fenced:
            self._on_fenced()
        elif self.awake:
            self._session.tick()

    def reconcile(self, facts: StageFacts) -> None:
        """Make the sound match what the database wants."""
        self._anybody_here = facts.anybody_here
        self._stage = bridge.stage_snapshot(facts)
        self._session.reconcile(self._stage)

    def has_seat(self, participant_id: str, device: str) -> bool:
        """Whether this device of this participant may have a peer connection."""
        seats = self._stage.seats if self._stage is not None and self._stage.live else ()
        return any(seat.participant_id == participant_id and seat.device == device for seat in seats)

    def set_listened(self, listened: bool) -> None:
        """Whether somebody listens by HTTP."""
        self._session.set_listeners(int(listened))

    def on_packet(self, leg: Leg, packet: MediaPacket) -> None:
        """The transport heard something."""
        self._session.on_packet(leg, packet)

    def on_leg_state(self, leg: Leg, state: LegState) -> None:
        """A peer connection came up, fell silent or closed."""
        self._session.on_leg_state(leg, state)
        self._on_wake()

    def _on_fenced(self) -> None:
        self.fenced = True
        self._window.close()
