"""The last seconds of a room's sound in memory: parts in order, grouped into segments and runs."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

#: Segments kept: those of the broker's window (30 s).
SEGMENTS = 16
SAMPLE_RATE = 48_000


@dataclass(frozen=True, slots=True)
class LivePart:
    """One CMAF part. `run` names the init segment that it needs, `breaks` counts discontinuities so far."""

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
    def seconds(self) -> float:
        """Exact duration of what is there."""
        return sum(part.seconds for part in self.parts)

    @property
    def data(self) -> bytes:
        """The segment's bytes."""
        return b"".join(part.data for part in self.parts)

    def part(self, index: int) -> LivePart | None:
        """The part with this index, if it is there."""
        return next((part for part in self.parts if part.index == index), None)


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

    def add_init(self, run: int, init: bytes) -> None:
        """Learn the init segment of a run."""
        self.inits[run] = init

    def add(self, part: LivePart) -> bool:
        """Take a part; False for one that can't be played: of an unknown run, or out of order.

        Segments begin with their first part: what comes before it, after a hole, is for the long
        stream only.
        """
        before = self.newest_part
        if part.run not in self.inits or (before and (part.segment, part.index) <= (before.segment, before.index)):
            return False
        self.newest_part = part
        newest = self.segments[-1] if self.segments else None
        if newest is None or part.segment != newest.number:
            if newest is not None and part.segment != newest.number + 1:
                # Numbers in a playlist have no gaps: begin anew after a hole.
                self.segments.clear()
            elif newest is not None:
                newest.complete = True
            if part.index == 0:
                self.segments.append(LiveSegment(part.segment, part.run, part.breaks, part.wall))
                self._forget()
        if self.segments and self.segments[-1].number == part.segment:
            self.segments[-1].parts.append(part)
            self.segments[-1].complete = part.last
        return True

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
