"""Low-latency HLS playlists (RFC 8216bis) as text: pure functions from a window of parts.

A window is the newest parts of one or more runs (`Run`): a run is one init segment and the parts
that belong to it; between two runs stands an EXT-X-DISCONTINUITY. Durations come from samples.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from media_worker.engine.encoder import AAC_BIT_RATE, AAC_FRAME
from media_worker.engine.fmp4 import CODEC
from media_worker.engine.frames import SAMPLE_RATE
from media_worker.engine.packager import PART_FRAMES, SEGMENT_PARTS

#: Seconds of the longest part and of the longest segment, as the packager makes them.
PART_TARGET = PART_FRAMES * AAC_FRAME / SAMPLE_RATE
SEGMENT_SECONDS = PART_TARGET * SEGMENT_PARTS
#: RFC 8216bis 4.4.3.1: the longest segment, rounded to the nearest second.
TARGET_DURATION = max(1, round(SEGMENT_SECONDS))
#: Players stay this far from the live edge: three parts (4.4.3.8 asks for at least twice the part target).
PART_HOLD_BACK = PART_TARGET * 3
HOLD_BACK = TARGET_DURATION * 3.0
#: Whole segments listed; parts are listed for the last three target durations only (6.2.2, appendix B.1).
SEGMENTS_LISTED = 8
PARTS_LISTED_SECONDS = TARGET_DURATION * 3
#: How far in the future a blocking request may ask (6.2.5.2: more than that is answered 400).
MOST_SEGMENTS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """What a playlist needs to know of a part: a `ports.Part` without its bytes."""

    segment: int
    index: int
    samples: int
    #: Wall clock of the first sample, seconds since 1970.
    wall: float
    #: Number of the run (epoch) that the part belongs to; it never goes down.
    run: int = 0
    last_of_segment: bool = False


@dataclass(frozen=True, slots=True)
class Addresses:
    """How URIs are made; they may be relative to the playlist."""

    init: Callable[[int], str]
    segment: Callable[[int], str]
    part: Callable[[int, int], str]


@dataclass(frozen=True, slots=True)
class _Segment:
    number: int
    run: int
    marks: tuple[Mark, ...]

    @property
    def complete(self) -> bool:
        return self.marks[-1].last_of_segment

    @property
    def seconds(self) -> float:
        return sum(mark.samples for mark in self.marks) / SAMPLE_RATE


def master_playlist(uri: str) -> str:
    """The multivariant playlist: one rendition, named with its codec and bandwidth."""
    bandwidth = int(AAC_BIT_RATE * 1.25)
    return (
        "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        f'#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},AVERAGE-BANDWIDTH={int(AAC_BIT_RATE * 1.1)},CODECS="{CODEC}"\n{uri}\n'
    )


def media_playlist(
    window: Sequence[Mark], addresses: Addresses, *, ended: bool = False, discontinuities_before: int = 0
) -> str:
    """The media playlist for a window of parts, oldest first.

    Every segment in the window must be whole at its start (`trim` sees to it). `ended` closes the
    playlist; `discontinuities_before` counts the runs that have left the window.
    """
    segments = _segments(window)[-(SEGMENTS_LISTED + 1) :]
    first = segments[0].number if segments else 0
    skipped_runs = len({mark.run for mark in window} - {segment.run for segment in segments})
    lines = _head(first, discontinuities_before + skipped_runs)
    open_seconds = sum(segment.seconds for segment in segments)
    run = segments[0].run if segments else 0
    for position, segment in enumerate(segments):
        if position == 0:
            lines.append(f'#EXT-X-MAP:URI="{addresses.init(segment.run)}"')
        elif segment.run != run:
            lines += ["#EXT-X-DISCONTINUITY", f'#EXT-X-MAP:URI="{addresses.init(segment.run)}"']
            run = segment.run
        followed = position + 1 < len(segments)
        lines += _segment_lines(
            segment, addresses, parts=open_seconds <= PARTS_LISTED_SECONDS, cut_off=followed or ended
        )
        open_seconds -= segment.seconds
    if ended:
        lines.append("#EXT-X-ENDLIST")
    elif segments:
        lines.append(_preload_hint(segments[-1], addresses))
    return "\n".join(lines) + "\n"


def trim(window: Sequence[Mark]) -> list[Mark]:
    """The window from its first whole segment start on."""
    for position, mark in enumerate(window):
        if mark.index == 0:
            return list(window[position:])
    return []


def newest(window: Sequence[Mark]) -> tuple[int, int] | None:
    """Segment and part index of the newest part."""
    return (window[-1].segment, window[-1].index) if window else None


def is_there(window: Sequence[Mark], segment: int, part: int | None) -> bool:
    """Whether a blocking request (_HLS_msn, _HLS_part; 6.2.5.2) can be answered now.

    Without a part the whole segment is asked for. A part beyond the segment's last one means the
    first part of the next.
    """
    if not window:
        return False
    last = window[-1]
    if part is None:
        return last.segment > segment or (last.segment == segment and last.last_of_segment)
    return (last.segment, last.index) >= (segment, part)


def is_too_far(window: Sequence[Mark], segment: int) -> bool:
    """Whether a blocking request asks for something so far ahead that it must be refused (400)."""
    return bool(window) and segment > window[-1].segment + MOST_SEGMENTS_AHEAD


def _segments(window: Sequence[Mark]) -> list[_Segment]:
    grouped = groupby(trim(window), key=lambda mark: (mark.run, mark.segment))
    return [_Segment(number, run, tuple(marks)) for (run, number), marks in grouped]


def _head(first: int, discontinuities: int) -> list[str]:
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:9",
        f"#EXT-X-TARGETDURATION:{TARGET_DURATION}",
        f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={PART_HOLD_BACK:.3f},HOLD-BACK={HOLD_BACK:.3f}",
        f"#EXT-X-PART-INF:PART-TARGET={PART_TARGET:.3f}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
    ]
    if discontinuities:
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuities}")
    return lines


def _segment_lines(segment: _Segment, addresses: Addresses, *, parts: bool, cut_off: bool) -> list[str]:
    """One segment. One that its run left unfinished (`cut_off`) is as long as its parts."""
    whole = segment.complete or cut_off
    moment = datetime.fromtimestamp(segment.marks[0].wall, UTC).isoformat(timespec="milliseconds")
    lines = [f"#EXT-X-PROGRAM-DATE-TIME:{moment.replace('+00:00', 'Z')}"]
    if parts or not whole:
        lines += [
            f'#EXT-X-PART:DURATION={mark.samples / SAMPLE_RATE:.5f},URI="{addresses.part(mark.segment, mark.index)}",'
            "INDEPENDENT=YES"
            for mark in segment.marks
        ]
    if whole:
        lines += [f"#EXTINF:{segment.seconds:.5f},", addresses.segment(segment.number)]
    return lines


def _preload_hint(segment: _Segment, addresses: Addresses) -> str:
    last = segment.marks[-1]
    following = (last.segment + 1, 0) if last.last_of_segment else (last.segment, last.index + 1)
    return f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{addresses.part(*following)}"'
