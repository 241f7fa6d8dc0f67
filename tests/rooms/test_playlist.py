"""Playlists of the product, read by a parser that we did not write and checked against RFC 8216bis."""

import re
from itertools import pairwise

import m3u8
import pytest

from rooms.playback.playlist import SEGMENTS_WITH_PARTS, TARGET_SECONDS, render
from rooms.playback.window import SEGMENTS, LivePart, Window

SAMPLES = 9 * 1_024
PART_SECONDS = SAMPLES / 48_000
PARTS_A_SEGMENT = 10
BEGAN = 1_800_000_000


def fill(
    window: Window,
    count: int,
    *,
    segment: int = 0,
    first: int = 0,
    run: int = 1,
    breaks: int = 0,
    samples: int = SAMPLES,
) -> Window:
    """Adds `count` parts of a run to the window, the first being part `first` of `segment`."""
    window.add_init(run, b"init")
    for number in range(first, first + count):
        window.add(
            LivePart(
                run=run,
                breaks=breaks,
                segment=segment + number // PARTS_A_SEGMENT,
                index=number % PARTS_A_SEGMENT,
                data=b"part",
                seconds=samples / 48_000,
                wall=BEGAN + number * samples / 48_000,
                last=number % PARTS_A_SEGMENT == PARTS_A_SEGMENT - 1,
            )
        )
    return window


def text_of(window: Window, *, ended: bool = False) -> str:
    """The playlist, after its rules were checked."""
    text = render(window, ended=ended).decode()
    check_head(text)
    check_media(text, ended=ended)
    return text


def value(pattern: str, text: str) -> str:
    """What the pattern's group holds in the text."""
    found = re.search(pattern, text)
    assert found, pattern
    return found[1]


def check_head(text: str) -> None:
    """What a live playlist of parts must declare."""
    assert text.startswith("#EXTM3U\n")
    assert text.count("#EXT-X-VERSION") == 1
    control = value(r"#EXT-X-SERVER-CONTROL:(.*)", text)
    assert "CAN-BLOCK-RELOAD=YES" in control
    part_target = float(value(r"PART-TARGET=([\d.]+)", text))
    # 4.4.3.8: at least twice the part target, better three times; HOLD-BACK three target durations.
    assert float(value(r"PART-HOLD-BACK=([\d.]+)", control)) >= 2 * part_target
    target = int(value(r"#EXT-X-TARGETDURATION:(\d+)", text))
    assert float(value(r",HOLD-BACK=([\d.]+)", control)) >= 3 * target
    # 4.4.3.1: no segment, rounded, is longer.
    assert all(round(float(seconds)) <= target for seconds in re.findall(r"#EXTINF:([\d.]+),", text))
    # 4.4.4.9: no part is longer than the target, those that another follows are no shorter than 85 % of it.
    durations = [float(seconds) for seconds in re.findall(r"#EXT-X-PART:DURATION=([\d.]+)", text)]
    assert all(0.85 * part_target <= seconds <= part_target + 1e-6 for seconds in durations)


def check_media(text: str, *, ended: bool) -> None:
    """Order of tags, and sums."""
    assert text.count("#EXT-X-PRELOAD-HINT") == (0 if ended else 1)
    assert ("#EXT-X-ENDLIST" in text) is ended
    assert text.index("#EXT-X-MAP") < text.index("#EXT-X-PROGRAM-DATE-TIME")
    parts = 0.0
    for line in text.splitlines():
        if line.startswith("#EXT-X-PART:"):
            parts += float(value(r"DURATION=([\d.]+)", line))
        elif line.startswith("#EXTINF:"):
            # 4.4.4.9: the parts of a segment stand before its address and add up to it.
            assert parts in (0.0, pytest.approx(float(line[8:-1]), abs=1e-4))
            parts = 0.0


def test_the_rules_hold_at_every_length() -> None:
    for count in range(1, 201):
        text_of(fill(Window(), count))


def check_successive(before_text: str, after_text: str) -> None:
    """What a reload may change (6.2.1, 6.2.2): lists grow at their end and lose from their beginning."""
    before, after = m3u8.loads(before_text), m3u8.loads(after_text)
    # 4.4.3.1 and 4.4.3.7: neither target ever changes.
    assert (after.target_duration, after.part_inf.part_target) == (before.target_duration, before.part_inf.part_target)
    gone = after.media_sequence - before.media_sequence
    assert gone >= 0
    kept = [segment for segment in before.segments if segment.uri][gone:]
    again = [segment for segment in after.segments if segment.uri][: len(kept)]
    assert [(each.uri, each.duration, each.program_date_time, each.discontinuity) for each in kept[1:]] == [
        (each.uri, each.duration, each.program_date_time, each.discontinuity) for each in again[1:]
    ]
    left = sum(segment.discontinuity for segment in before.segments[1 : gone + 1])
    assert after.discontinuity_sequence - before.discontinuity_sequence == left
    # 6.2.2: what is left is at least three target durations long, if it was.
    if gone:
        assert sum(segment.duration for segment in after.segments if segment.uri) >= 3 * after.target_duration
    # 4.4.5.3: what is hinted comes under that name, unless its encoder ended.
    parts = [part.uri for segment in after.segments for part in segment.parts]
    assert before.preload_hint.uri in parts or after_text.count("#EXT-X-MAP") > before_text.count("#EXT-X-MAP")
    # A part keeps its name, duration and whether it came.
    told = {part.uri: (part.duration, part.gap) for segment in before.segments for part in segment.parts}
    now = {part.uri: (part.duration, part.gap) for segment in after.segments for part in segment.parts}
    assert all(now[uri] == facts for uri, facts in told.items() if uri in now)


def test_each_list_follows_from_the_one_before() -> None:
    window, texts = Window(), []
    holes = {33, 34, *range(58, 75)}
    for number in range(260):
        if number < 115 and number not in holes:
            fill(window, 1, first=number)
        elif number >= 115:
            # Another run, right after the unfinished segment of the one before; a third one at 200.
            run, first, segment = (1, 115, 12) if number < 200 else (2, 200, 21)
            fill(window, 1, first=number - first, segment=segment, run=run + 1, breaks=run)
        if not texts or number not in holes:
            texts.append(text_of(window))
    assert len(texts) == 260 - len(holes)
    for before, after in pairwise(texts):
        check_successive(before, after)


def test_an_independent_parser_reads_what_was_meant() -> None:
    parsed = m3u8.loads(text_of(fill(Window(), 47, segment=5)))
    assert (parsed.media_sequence, parsed.target_duration) == (5, TARGET_SECONDS)
    assert parsed.part_inf.part_target == pytest.approx(PART_SECONDS)
    whole = [segment for segment in parsed.segments if segment.uri]
    assert [segment.uri for segment in whole] == [f"seg-{number}.m4s" for number in range(5, 9)]
    assert [segment.duration for segment in whole] == pytest.approx([1.92] * 4)
    assert whole[0].init_section.uri == "init-1.mp4"
    assert whole[0].program_date_time.timestamp() == pytest.approx(BEGAN)
    assert len(parsed.segments[-1].parts) == 7
    assert parsed.preload_hint.uri == "part-9-7.m4s"


def test_after_the_last_part_of_a_segment_the_next_segment_is_hinted() -> None:
    assert m3u8.loads(text_of(fill(Window(), 20))).preload_hint.uri == "part-2-0.m4s"


def test_parts_are_listed_near_the_live_edge_only() -> None:
    text = text_of(fill(Window(), 87))
    assert "part-4-" not in text
    assert "part-8-6" in text
    assert text.count("#EXT-X-PART:") <= PARTS_A_SEGMENT * SEGMENTS_WITH_PARTS
    # 4.4.4.9: those of the last three target durations must be there.
    assert text.count("#EXT-X-PART:") * PART_SECONDS >= 3 * TARGET_SECONDS - PART_SECONDS


def test_old_segments_leave_and_the_sequence_number_says_how_many() -> None:
    window = fill(Window(), (SEGMENTS + 4) * PARTS_A_SEGMENT)
    parsed = m3u8.loads(text_of(window))
    assert parsed.media_sequence == 4
    assert len([segment for segment in parsed.segments if segment.uri]) == SEGMENTS


def test_a_new_run_is_a_discontinuity_with_its_own_init() -> None:
    window = fill(fill(Window(), 14, run=3, breaks=6), 25, run=4, segment=2, breaks=7)
    text = text_of(window)
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:6\n" in text
    assert text.index("seg-1.m4s") < text.index("#EXT-X-DISCONTINUITY\n") < text.index("init-4.mp4")
    # What the old encoder left unfinished is as long as its parts.
    assert m3u8.loads(text).segments[1].duration == pytest.approx(4 * PART_SECONDS)


def test_runs_that_left_the_list_are_counted() -> None:
    window = fill(fill(Window(), 10, run=1), SEGMENTS * PARTS_A_SEGMENT, run=2, segment=1, breaks=1)
    text = text_of(window)
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:1\n" in text
    assert "#EXT-X-DISCONTINUITY\n" not in text
    assert "init-1.mp4" not in text


def test_an_ended_room_closes_the_playlist_with_its_last_short_segment() -> None:
    parsed = m3u8.loads(text_of(fill(Window(), 13), ended=True))
    assert parsed.is_endlist
    assert parsed.segments[-1].uri == "seg-1.m4s"
    assert parsed.segments[-1].duration == pytest.approx(3 * PART_SECONDS)


def test_a_window_that_begins_inside_a_segment_begins_with_the_next_one() -> None:
    parsed = m3u8.loads(text_of(fill(Window(), 20, first=4)))
    assert parsed.media_sequence == 1
    assert not fill(Window(), 3, first=4).segments


def with_holes(holes: set[int], count: int = 60) -> Window:
    """A window to which these of the first `count` parts never came."""
    window = Window()
    for number in range(count):
        if number not in holes:
            fill(window, 1, first=number)
    return window


@pytest.mark.parametrize(
    "holes",
    [{23}, {20}, {29}, {25, 26, 27}, {28, 29, 30, 31}, set(range(20, 30)), set(range(18, 43)), {11, 13, 29, 30, 44}],
    ids=["inside", "first", "last", "several", "over an edge", "a segment", "more", "here and there"],
)
def test_what_never_came_is_a_gap_and_the_numbers_go_on(holes: set[int]) -> None:
    window = with_holes(holes)
    parsed = m3u8.loads(text_of(window))
    assert [segment.uri for segment in parsed.segments if segment.uri] == [f"seg-{number}.m4s" for number in range(6)]
    assert [segment.duration for segment in parsed.segments if segment.uri] == pytest.approx([1.92] * 6)
    missing = {part.uri for segment in parsed.segments for part in segment.parts if part.gap == "YES"}
    assert missing == {f"part-{number // 10}-{number % 10}.m4s" for number in holes if number >= 20}
    whole = {number for number in range(6) if holes >= set(range(10 * number, 10 * number + 10))}
    assert {number for number, segment in enumerate(parsed.segments) if segment.gap_tag} == whole
    for number in holes:
        segment = window.segment(number // 10)
        assert segment is not None
        assert segment.part(number % 10) is None
    walls = [segment.program_date_time.timestamp() for segment in parsed.segments]
    assert walls == pytest.approx([BEGAN + 1.92 * number for number in range(len(walls))], abs=2e-3)


def test_a_hint_that_never_came_is_answered_when_another_part_did() -> None:
    window = with_holes({33, 34}, 36)
    assert window.has(3, 3)
    assert window.edge == (3, 5)
    assert not window.is_next(3, 3)


def test_after_a_hole_that_is_too_long_or_not_known_the_list_begins_anew() -> None:
    window = fill(Window(), 20)
    parsed = m3u8.loads(text_of(fill(window, 20, segment=SEGMENTS + 3)))
    assert parsed.media_sequence == SEGMENTS + 3
    assert [segment.uri for segment in parsed.segments if segment.uri] == ["seg-19.m4s", "seg-20.m4s"]
    # Another run tells how many segments came between, not how long they were.
    other = fill(fill(Window(), 20), 20, run=2, segment=3, breaks=1)
    assert m3u8.loads(text_of(other)).media_sequence == 3
    late = fill(fill(Window(), 20), 17, run=2, segment=2, first=3, breaks=1)
    assert m3u8.loads(text_of(late)).media_sequence == 3


def test_an_empty_window_is_an_empty_playlist() -> None:
    text = render(Window()).decode()
    check_head(text)
    assert "#EXT-X-MEDIA-SEQUENCE:0\n" in text
    assert m3u8.loads(text).segments == []


@pytest.mark.parametrize(
    ("segment", "part", "there"),
    # 6.2.5.2: a part beyond the last of its segment means the first of the next one.
    [(0, None, True), (1, None, False), (1, 4, True), (1, 5, False), (2, 0, False), (0, 99, True), (1, 99, False)],
)
def test_a_blocking_reload_is_answered_when_its_part_is_there(segment: int, part: int | None, *, there: bool) -> None:
    assert fill(Window(), 15).has(segment, part) is there
