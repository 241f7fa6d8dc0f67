"""The low-latency HLS media playlist of a window (RFC 8216bis)."""

import math
from datetime import UTC, datetime

from rooms.playback.window import LiveSegment, Window

#: EXT-X-TARGETDURATION: no segment is longer; waits of clients are measured by it (section 4.4.3.1).
TARGET_SECONDS = 2
#: Parts are listed for the newest segments only, three target durations and more (section 4.4.4.9).
SEGMENTS_WITH_PARTS = 4


def render(window: Window, *, ended: bool = False) -> bytes:
    """The playlist's text. Addresses are relative, so that it is the same for every listener."""
    segments = list(window.segments)
    part_target = max((part.seconds for segment in segments for part in segment.parts), default=0.2)
    target = _target(segments)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:9",
        f"#EXT-X-TARGETDURATION:{target}",
        f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={3 * part_target:.3f},HOLD-BACK={3 * target:.1f}",
        f"#EXT-X-PART-INF:PART-TARGET={part_target:.3f}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].number if segments else 0}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{segments[0].breaks if segments else 0}",
    ]
    previous: LiveSegment | None = None
    for position, segment in enumerate(segments):
        if previous is not None and previous.run != segment.run:
            lines.append("#EXT-X-DISCONTINUITY")
        if previous is None or previous.run != segment.run:
            lines.append(f'#EXT-X-MAP:URI="init-{segment.run}.mp4"')
        lines += _segment_lines(segment, with_parts=position >= len(segments) - SEGMENTS_WITH_PARTS, ended=ended)
        previous = segment
    if ended:
        lines.append("#EXT-X-ENDLIST")
    elif segments:
        number, index = window.next_part
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-{number}-{index}.m4s"')
    return ("\n".join(lines) + "\n").encode()


def _segment_lines(segment: LiveSegment, *, with_parts: bool, ended: bool) -> list[str]:
    wall = datetime.fromtimestamp(segment.wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    lines = [f"#EXT-X-PROGRAM-DATE-TIME:{wall}"]
    if with_parts:
        lines += [
            f'#EXT-X-PART:DURATION={part.seconds:.6f},URI="part-{part.segment}-{part.index}.m4s",'
            + ("INDEPENDENT=YES" if part.data else "GAP=YES")
            for part in segment.parts
        ]
    if segment.complete or ended:
        if segment.is_gap:
            lines.append("#EXT-X-GAP")
        lines += [f"#EXTINF:{segment.seconds:.6f},", f"seg-{segment.number}.m4s"]
    return lines


def _target(segments: list[LiveSegment]) -> int:
    longest = max((segment.seconds for segment in segments), default=0.0)
    return max(TARGET_SECONDS, math.floor(longest + 0.5))
