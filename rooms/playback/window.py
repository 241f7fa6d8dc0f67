"""The last seconds of a room's sound in memory: parts in order, grouped into segments and runs."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

#: Segments kept: some 30 s.
SEGMENTS = 16
#: Parts of a segment, until one was seen to its end.
PARTS_A_SEGMENT = 10
#: Whole segments that a player needs to begin which knows no parts: Chromium's own gives up with fewer.
SEGMENTS_TO_BEGIN = 3
SAMPLE_RATE = 48_000


@dataclass(frozen=True, slots=True)
class LivePart:
    """One CMAF part. `run` names the init segment that it needs, `breaks` counts discontinuities so far.

    One without data stands for a part that never came.
    """

    run: int
    breaks: int
    segment: int
    index: int
    data: bytes
    seconds: float
    wall: float
    last: bool


@dataclass(slots=True)
class LiveSegment:
    """Parts of one segment; complete when the last has come, or when a newer segment has begun."""

    number: int
    run: int
    breaks: int
    wall: float
    parts: list[LivePart] = field(default_factory=list)
    complete: bool = False

    @property
    def is_gap(self) -> bool:
        """Whether nothing of it came."""
        return not any(part.data for part in self.parts)

    @property
    def seconds(self) -> float:
        """Exact duration, with what never came."""
        return sum(part.seconds for part in self.parts)

    @property
    def data(self) -> bytes:
        """The segment's bytes."""
        return b"".join(part.data for part in self.parts)

    def part(self, index: int) -> LivePart | None:
        """The part with this index, if it is there."""
        return next((part for part in self.parts if part.index == index and part.data), None)


def read_part(entry: Mapping[bytes, bytes]) -> LivePart:
    """A part as `media_worker.storage` wrote it into the broker's stream."""
    return LivePart(
        run=int(entry[b"run"]),
        breaks=int(entry[b"breaks"]),
        segment=int(entry[b"segment"]),
        index=int(entry[b"index"]),
        data=entry[b"data"],
        seconds=int(entry[b"samples"]) / SAMPLE_RATE,
        wall=float(entry[b"wall"]),
        last=entry[b"last"] == b"1",
    )


class Window:
    """Grows at the live edge and forgets at the other end."""

    def __init__(self) -> None:
        self.segments: deque[LiveSegment] = deque()
        self.inits: dict[int, bytes] = {}
        self.newest_part: LivePart | None = None
        self._parts_a_segment = PARTS_A_SEGMENT

    def add_init(self, run: int, init: bytes) -> None:
        """Learn the init segment of a run."""
        self.inits[run] = init

    def add(self, part: LivePart) -> bool:
        """Take a part; False for one that can't be played: of an unknown run, or out of order.

        What never came is listed as gaps. Segments begin with their first part: what comes before it,
        when the list is empty, is for the long stream only.
        """
        before = self.newest_part
        if part.run not in self.inits or (before and (part.segment, part.index) <= (before.segment, before.index)):
            return False
        self.newest_part = part
        if part.last:
            self._parts_a_segment = part.index + 1
        if self.segments:
            missing = self._missing(part)
            if missing is None:
                # Numbers in a playlist have no holes: begin anew.
                self.segments.clear()
            for gap in missing or ():
                self._append(gap)
        if self.segments or part.index == 0:
            self._append(part)
        return True

    def _missing(self, part: LivePart) -> list[LivePart] | None:
        """What should have come between the newest part and this one; None when that is too much or not known."""
        last = self.segments[-1].parts[-1]
        if last.run != part.run:
            return [] if (part.segment, part.index) == (last.segment + 1, 0) else None
        missing: list[LivePart] = []
        while (position := self._after(last, part)) != (part.segment, part.index):
            if len(missing) >= SEGMENTS * self._parts_a_segment:
                return None
            number, index = position
            ends = index + 1 == self._parts_a_segment and number < part.segment
            wall = last.wall + last.seconds
            last = replace(last, segment=number, index=index, data=b"", wall=wall, last=ends)
            missing.append(last)
        return missing

    def _after(self, last: LivePart, part: LivePart) -> tuple[int, int]:
        """The position after `last`, on the way to `part`."""
        ends = last.last or last.index + 1 >= self._parts_a_segment
        return (last.segment + 1, 0) if ends and last.segment < part.segment else (last.segment, last.index + 1)

    def _append(self, part: LivePart) -> None:
        newest = self.segments[-1] if self.segments else None
        if newest is None or part.segment != newest.number:
            if newest is not None:
                newest.complete = True
            self.segments.append(LiveSegment(part.segment, part.run, part.breaks, part.wall))
            self._forget()
        self.segments[-1].parts.append(part)
        self.segments[-1].complete = part.last

    @property
    def edge(self) -> tuple[int, int]:
        """Segment and index of the newest part; (-1, -1) when there is none."""
        if not self.segments:
            return (-1, -1)
        newest = self.segments[-1]
        return (newest.number, newest.parts[-1].index)

    @property
    def next_part(self) -> tuple[int, int]:
        """Segment and index of the part that comes next."""
        number, index = self.edge
        return (number + 1, 0) if self.segments[-1].complete else (number, index + 1)

    @property
    def whole(self) -> int:
        """How many segments are complete."""
        return sum(segment.complete for segment in self.segments)

    def is_next(self, number: int, index: int | None) -> bool:
        """Whether this part comes next."""
        return bool(self.segments) and (number, index) == self.next_part

    def segment(self, number: int) -> LiveSegment | None:
        """The segment with this number, if it is in the window."""
        first = self.segments[0].number if self.segments else 0
        position = number - first
        return self.segments[position] if 0 <= position < len(self.segments) else None

    def has(self, segment: int, index: int | None) -> bool:
        """Whether the part is there already, or (index None) the whole segment."""
        number, newest = self.edge
        if number != segment:
            return number > segment
        return self.segments[-1].complete if index is None else newest >= index

    def _forget(self) -> None:
        while len(self.segments) > SEGMENTS:
            self.segments.popleft()
        runs = {segment.run for segment in self.segments}
        for run in [run for run in self.inits if run not in runs and run < max(runs)]:
            del self.inits[run]
