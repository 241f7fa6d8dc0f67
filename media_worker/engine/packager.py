"""The full mix → one AAC encode → CMAF parts and segments for everybody who listens by HTTP.

Durations come from the samples, never from the nominal: a part is a whole number of AAC frames.
"""

from collections.abc import Callable

from media_worker.engine import fmp4
from media_worker.engine.encoder import AAC_BIT_RATE, AAC_FRAME, AacEncoder
from media_worker.engine.frames import SAMPLE_RATE
from media_worker.engine.opus import Pcm
from media_worker.engine.ports import Part, PartSink

#: AAC frames in a part (192 ms) and parts in a segment (1.92 s).
PART_FRAMES, SEGMENT_PARTS = 9, 10


class Packager:
    """Frames in, parts out. One run of it is one timeline: `sink.start` says where a new one begins.

    `first_segment` goes on counting where an earlier run, before a pause, stopped.
    """

    def __init__(
        self,
        sink: PartSink,
        wall: Callable[[], float],
        *,
        first_segment: int = 0,
        part_frames: int = PART_FRAMES,
        segment_parts: int = SEGMENT_PARTS,
    ) -> None:
        self._sink = sink
        self._wall = wall
        self._encoder = AacEncoder()
        self._part_frames, self._segment_parts = part_frames, segment_parts
        self._segment, self._index, self._sequence = first_segment, 0, 1
        self._start: int | None = None
        self._wall_start = 0.0
        self._packets: list[bytes] = []

    @property
    def next_segment(self) -> int:
        """Where the next run must go on counting."""
        return self._segment + 1

    def put(self, pcm: Pcm, start: int) -> None:
        """One frame of the full mix; `start` is its first sample on the room's timeline."""
        if self._start is None:
            self._begin(start)
        for packet in self._encoder.encode(pcm):
            self._packets.append(packet)
            if len(self._packets) == self._part_frames:
                self._flush()

    def _begin(self, start: int) -> None:
        self._start = start
        self._wall_start = self._wall() - start / SAMPLE_RATE
        self._sink.start(fmp4.init_segment(self._encoder.config, AAC_BIT_RATE))

    def _flush(self) -> None:
        start = self._start or 0
        samples = len(self._packets) * AAC_FRAME
        last = self._index == self._segment_parts - 1
        self._sink.put(
            Part(
                segment=self._segment,
                index=self._index,
                data=fmp4.chunk(self._sequence, start, self._packets, AAC_FRAME),
                samples=samples,
                start=start,
                wall=self._wall_start + start / SAMPLE_RATE,
                last_of_segment=last,
            )
        )
        self._packets = []
        self._start = start + samples
        self._sequence += 1
        self._segment, self._index = (self._segment + 1, 0) if last else (self._segment, self._index + 1)
