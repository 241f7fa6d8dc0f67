"""One room: packets in, one mix every 20 ms, packets and parts out.

The node's event loop calls everything here, on one thread: `on_packet` and `on_leg_state` by the
transport, `reconcile` with the stage that the database wants, `tick` whenever `next_due` has come.
Tick n is due at start + n × 20 ms; late ticks are caught up, none is skipped, so n × 960 is the
room's one timeline for every leg and every part.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from media_worker.engine.encoder import LegEncoders
from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS
from media_worker.engine.mixer import Mixed, Mixer
from media_worker.engine.packager import Packager
from media_worker.engine.phase import STEP, best_move
from media_worker.engine.playout import Playout
from media_worker.engine.ports import (
    Clock,
    Leg,
    LegState,
    Levels,
    MediaPacket,
    PartSink,
    ReportSink,
    StageSnapshot,
)
from media_worker.engine.roster import Place, Roster

#: People on stage at once; the product's own limit is lower, the rest are slots that still fade.
SLOTS = 64
#: Mixes without somebody, beside everybody's: who finds none left hears silence, never the voice they left out.
PRIVATE_MIXES = 8
NO_MIX = -2
#: Levels are reported every 13 ticks: at most four times a second.
LEVEL_TICKS = 13
#: Ticks made up for in one call, and how far behind a session may be before it starts a new timeline.
CATCH_UP, HOPELESS = 10, 100
#: Ticks for which a room stays awake after the last listener by HTTP has gone.
LINGER_TICKS = 1_500
#: How often it is asked whether another moment to tick would save delay.
PHASE_TICKS = 50
#: Lateness of so many ticks is remembered for `stats`.
LATENESS_KEPT = 3_000


@dataclass(frozen=True, slots=True)
class SessionStats:
    """Figures for the heartbeat and for the benches."""

    ticks: int
    legs: int
    audible: int
    listeners: int
    resyncs: int
    #: Seconds by which each of the last ticks was late.
    lateness: tuple[float, ...]


class RoomSession:
    """The sound of one room. Implements `ports.LegListener`."""

    def __init__(
        self,
        room_id: str,
        part_sink: PartSink,
        report_sink: ReportSink,
        *,
        clock: Clock = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.room_id = room_id
        self._part_sink, self._report_sink = part_sink, report_sink
        self._clock, self._wall = clock, wall
        self._roster = Roster(SLOTS)
        self._mixer = Mixer(SLOTS, PRIVATE_MIXES)
        self._encoders = LegEncoders()
        self._packager: Packager | None = None
        #: Where the next timeline goes on counting segments.
        self._next_segment = 0
        self._listeners = 0
        self._linger = 0
        self._tick = 0
        #: Monotonic time of tick 0, None while asleep.
        self._start: float | None = None
        #: How far ticks have been moved since then, and how far they still should, seconds.
        self._moved = self._to_move = 0.0
        self._resyncs = 0
        self._lateness: deque[float] = deque(maxlen=LATENESS_KEPT)
        self._loudest: dict[str, int] = {}
        self._had_levels = False
        self._audible = 0
        self._speakers: list[tuple[int, Playout]] = []
        self._receivers: list[tuple[Leg, int]] = []
        self._names: dict[int, str] = {}
        self._wanted: set[int] = set()

    # -- what the node asks --------------------------------------------------------------------------

    @property
    def awake(self) -> bool:
        """Whether there is anybody to make sound for; a room that nobody hears needs no ticks."""
        return bool(self._receivers) or self._listeners > 0 or self._linger > 0

    @property
    def next_due(self) -> float:
        """Monotonic time of the next tick; now, if the session is just waking up."""
        return self._clock() if self._start is None else self._start + self._tick * FRAME_SECONDS

    def set_listeners(self, count: int) -> None:
        """How many people listen by HTTP: they keep the room awake, as peer connections do."""
        self._listeners = count
        if count:
            self._linger = LINGER_TICKS

    def stats(self) -> SessionStats:
        """Figures as of now."""
        return SessionStats(
            ticks=self._tick,
            legs=len(self._roster.legs()),
            audible=self._audible,
            listeners=self._listeners,
            resyncs=self._resyncs,
            lateness=tuple(self._lateness),
        )

    def close(self) -> None:
        """The room ended or moved: every leg goes, nothing is sent any more."""
        self._listeners = self._linger = 0
        for leg in self._roster.legs():
            leg.close()
        self._arrange()

    # -- what the transport calls ----------------------------------------------------------------------

    def on_packet(self, leg: Leg, packet: MediaPacket) -> None:
        """A packet of a leg; it counts only while the database lets this device speak."""
        playout = self._roster.heard_by(leg)
        if playout is not None:
            playout.put(packet)

    def on_leg_state(self, leg: Leg, state: LegState) -> None:
        """A leg connected, fell silent, came back or closed."""
        replaced = self._roster.leg_state(leg, state, self._clock())
        if self._roster.is_current(leg):
            self._report_sink.leg_state(leg.participant_id, leg.device, state)
        for other in replaced:
            other.close()
        self._arrange()

    # -- what the database wants -------------------------------------------------------------------------

    def reconcile(self, snapshot: StageSnapshot) -> None:
        """Make seats, mutes and legs match the snapshot. The next tick already sounds like it."""
        for leg in self._roster.apply(snapshot, self._clock()):
            leg.close()
        self._arrange()

    def _arrange(self) -> None:
        """Work out the lists that a tick walks through, so that it need not."""
        roster, mixer = self._roster, self._mixer
        self._speakers = []
        names: dict[int, str] = {}
        for place in roster:
            if place.slot is not None:
                if place.slot not in self._names or self._names[place.slot] != place.seat.participant_id:
                    mixer.seat(place.slot)
                mixer.muted[place.slot] = place.seat.muted
                names[place.slot] = place.seat.participant_id
                self._speakers.append((place.slot, place.playout))
        for slot, playout in roster.leaving.items():
            mixer.muted[slot] = True
            self._speakers.append((slot, playout))
        self._names = names
        self._arrange_receivers()
        self._wanted = {key for _, key in self._receivers if key >= 0}

    def _arrange_receivers(self) -> None:
        """Who hears which mix: −1 for the full one, the one of their slot, a private one, or NO_MIX."""
        listening = [place for place in self._roster if place.leg is not None and place.leg.receives]
        wanted = {place.seat.participant_id: self._left_out(place) for place in listening}
        before = dict(self._mixer.without)
        keys = self._mixer.set_private([without for without in wanted.values() if without])
        for key, without in self._mixer.without.items():
            if before.get(key) != without:
                self._encoders.forget(key)
        self._receivers = []
        for place in listening:
            without = wanted[place.seat.participant_id]
            own = -1 if place.slot is None else place.slot
            if place.leg is not None:
                self._receivers.append((place.leg, keys.get(without, NO_MIX) if without else own))

    def _left_out(self, place: Place) -> frozenset[int]:
        """Slots that somebody does not want to hear, their own with them; empty when they hear everybody."""
        voices = self._roster.voices.items()
        unwanted = {slot for slot, voice in voices if voice in place.seat.without}
        return frozenset(unwanted | {place.slot} if unwanted and place.slot is not None else unwanted)

    # -- the tick --------------------------------------------------------------------------------------

    def tick(self) -> int:
        """Run every tick that is due (at most CATCH_UP); returns how many ran."""
        if not self.awake:
            self._start = None
            self._end_playback()
            return 0
        now = self._clock()
        start = self._begin(now) if self._start is None else self._start
        due = int((now - start) / FRAME_SECONDS + 1e-6) - self._tick + 1
        if due > HOPELESS:
            start = self._resync(now)
            due = 1
        for _ in range(min(due, CATCH_UP)):
            planned = start + self._tick * FRAME_SECONDS
            self._lateness.append(now - planned)
            self._run(planned)
            self._tick += 1
        self._start = start + self._phase_step()
        return max(0, min(due, CATCH_UP))

    def _begin(self, now: float) -> float:
        self._moved = self._to_move = 0.0
        return now - self._tick * FRAME_SECONDS

    def _resync(self, now: float) -> float:
        """The process stood still for seconds: go on from here, with a new timeline for playback."""
        self._resyncs += 1
        self._end_playback()
        return self._begin(now)

    def _phase_step(self) -> float:
        """By how much the coming ticks move towards where packets wait least for them, seconds."""
        if not self._to_move:
            if self._tick % PHASE_TICKS == 0:
                waits = [wait for _, playout in self._speakers if (wait := playout.wait) is not None]
                self._to_move = best_move(waits, self._moved)
            return 0.0
        step = min(STEP, max(-STEP, self._to_move))
        self._moved += step
        self._to_move -= step
        return step

    def _run(self, planned: float) -> None:
        mixed = self._mix(planned)
        if self._receivers:
            self._send(mixed)
        self._play_back(mixed)
        self._note_levels(mixed)
        if self._roster.leaving:
            self._free_slots()

    def _mix(self, planned: float) -> Mixed:
        mixer = self._mixer
        rows, muted = mixer.rows, mixer.muted
        sounding = []
        for slot, playout in self._speakers:
            if muted[slot] and not mixer.sounds(slot):
                continue
            if playout.frame_into(rows[slot], planned, idle=mixer.is_idle(slot)):
                sounding.append(slot)
        mixed = mixer.mix(sounding)
        self._audible = len(mixed.audible)
        return mixed

    def _send(self, mixed: Mixed) -> None:
        shared, own = self._encoders.encode(mixed, self._wanted)
        timestamp = self._tick * FRAME_SAMPLES & 0xFFFFFFFF
        for leg, key in self._receivers:
            if key != NO_MIX:
                leg.send(own.get(key, shared), timestamp)

    def _play_back(self, mixed: Mixed) -> None:
        if not self._listeners:
            self._linger = max(0, self._linger - 1)
        # Also while nobody listens by HTTP: a report freezes the last two minutes (`moderation.services.evidence`).
        if self._packager is None:
            self._packager = Packager(self._part_sink, self._wall, first_segment=self._next_segment)
        self._packager.put(mixed.full, self._tick * FRAME_SAMPLES)

    def _end_playback(self) -> None:
        if self._packager is not None:
            self._next_segment = self._packager.next_segment
            self._packager = None

    def _note_levels(self, mixed: Mixed) -> None:
        for slot, level in zip(mixed.audible, mixed.levels, strict=True):
            name = self._names.get(slot)
            if level and name is not None:
                self._loudest[name] = max(level, self._loudest.get(name, 0))
        if self._tick % LEVEL_TICKS == 0 and (self._loudest or self._had_levels):
            self._report_sink.levels(Levels(self.room_id, self._loudest))
            self._had_levels = bool(self._loudest)
            self._loudest = {}

    def _free_slots(self) -> None:
        """Give back the slots of people who left, once nothing of them sounds any more."""
        faded = [slot for slot in self._roster.leaving if not self._mixer.sounds(slot)]
        for slot in faded:
            self._roster.free(slot)
            self._encoders.forget(slot)
        if faded:
            self._arrange()
