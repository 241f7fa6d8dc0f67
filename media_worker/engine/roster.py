"""Who sits where: the desired stage on one side, the legs that really exist on the other.

Decides whose packets count, who is sent which mix, and which legs must go. No sound in here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from media_worker.engine.playout import Playout
from media_worker.engine.ports import Leg, LegState, Seat, StageSnapshot

#: A leg may be there before the snapshot that names its person; it is neither heard nor served so long.
UNSEATED_SECONDS = 3.0


@dataclass(slots=True)
class Place:
    """One participant of the snapshot, and what they have in the engine."""

    seat: Seat
    #: Place in the mixer; None while not on stage.
    slot: int | None = None
    leg: Leg | None = None
    playout: Playout = field(default_factory=Playout)

    @property
    def speaks(self) -> bool:
        """Whether packets of this person may be heard now."""
        return self.slot is not None and not self.seat.muted


class Roster:
    """Seats, legs and mixer slots of one room."""

    def __init__(self, slots: int) -> None:
        self.places: dict[str, Place] = {}
        #: Leg id → leg, and when an unseated one was first seen.
        self._legs: dict[str, Leg] = {}
        self._since: dict[str, float] = {}
        #: Slot → whose voice is, or was last, in it.
        self.voices: dict[int, str] = {}
        self._free = list(range(slots - 1, -1, -1))
        #: Slots whose person has left, with the sound that still has to fade.
        self.leaving: dict[int, Playout] = {}
        #: People who should be on stage and found no slot.
        self.unplaced = 0

    def __iter__(self) -> Iterator[Place]:
        return iter(self.places.values())

    # -- the desired stage -------------------------------------------------------------------------

    def apply(self, snapshot: StageSnapshot, now: float) -> list[Leg]:
        """Make the seats match; returns the legs that must be closed."""
        wanted = {seat.participant_id: seat for seat in snapshot.seats} if snapshot.live else {}
        gone: list[Leg] = []
        for participant_id in [known for known in self.places if known not in wanted]:
            gone += self._remove(participant_id)
        self.unplaced = 0
        for participant_id, seat in wanted.items():
            place = self.places.setdefault(participant_id, Place(seat))
            place.seat = seat
            self._seat(place)
        return gone + self._strangers(now, live=snapshot.live)

    def _remove(self, participant_id: str) -> list[Leg]:
        place = self.places.pop(participant_id)
        self._leave_stage(place)
        return [leg for leg in self._legs.values() if leg.participant_id == participant_id]

    def _seat(self, place: Place) -> None:
        if not place.seat.on_stage:
            self._leave_stage(place)
        elif place.slot is None:
            if self._free:
                place.slot = self._free.pop()
                self.voices[place.slot] = place.seat.participant_id
                place.playout = Playout()
            else:
                self.unplaced += 1

    def _leave_stage(self, place: Place) -> None:
        if place.slot is not None:
            self.leaving[place.slot] = place.playout
            place.slot = None

    def free(self, slot: int) -> None:
        """The last sound of a slot has faded."""
        if self.leaving.pop(slot, None) is not None:
            self._free.append(slot)

    def _strangers(self, now: float, *, live: bool) -> list[Leg]:
        """Legs of a device that is not the seat's, and of people who stayed without a seat for too long."""
        found = []
        for leg in list(self._legs.values()):
            place = self.places.get(leg.participant_id)
            if place is not None:
                if place.seat.device and leg.device != place.seat.device:
                    found.append(leg)
                elif place.leg is None:
                    self._connect(place, leg)
            elif not live or now - self._since[leg.id] > UNSEATED_SECONDS:
                found.append(leg)
        return found

    # -- the legs that exist -----------------------------------------------------------------------

    def leg_state(self, leg: Leg, state: LegState, now: float) -> list[Leg]:
        """A leg came, paused or went; returns legs that it replaces, or itself when it has no business here."""
        if state is LegState.CLOSED:
            self._forget(leg)
            return []
        if state is not LegState.CONNECTED or leg.id in self._legs:
            return []
        self._legs[leg.id] = leg
        self._since[leg.id] = now
        place = self.places.get(leg.participant_id)
        if place is None:
            return []
        if place.seat.device and leg.device != place.seat.device:
            return [leg]
        older, place.leg = place.leg, None
        self._connect(place, leg)
        return [older] if older is not None else []

    def _connect(self, place: Place, leg: Leg) -> None:
        place.leg = leg
        place.playout = Playout()

    def _forget(self, leg: Leg) -> None:
        self._legs.pop(leg.id, None)
        self._since.pop(leg.id, None)
        place = self.places.get(leg.participant_id)
        if place is not None and place.leg is not None and place.leg.id == leg.id:
            place.leg = None

    def legs(self) -> list[Leg]:
        """Every connected leg."""
        return list(self._legs.values())

    def is_current(self, leg: Leg) -> bool:
        """Whether this leg, and no newer one, is the person's connection."""
        place = self.places.get(leg.participant_id)
        return place is None or place.leg is None or place.leg.id == leg.id

    def heard_by(self, leg: Leg) -> Playout | None:
        """Where the packets of this leg go, or None when they count for nothing."""
        place = self.places.get(leg.participant_id)
        if place is None or place.leg is None or place.leg.id != leg.id or not place.speaks:
            return None
        return place.playout
