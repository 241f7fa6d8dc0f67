"""Playlists, read by a parser that we did not write and checked line by line against RFC 8216bis."""

import re

import m3u8
import pytest

from media_worker.engine.playlist import (
    PART_TARGET,
    TARGET_DURATION,
    Addresses,
    Mark,
    is_there,
    is_too_far,
    master_playlist,
    media_playlist,
    newest,
    trim,
)

SAMPLES = 9 * 1_024
ADDRESSES = Addresses(
    init=lambda run: f"init-{run}.mp4",
    segment=lambda number: f"segment-{number}.m4s",
    part=lambda number, index: f"part-{number}.{index}.m4s",
)


def window(parts, *, first=0, run=0, segment=0):
    """`parts` marks from part `first` of `segment` on, ten to a segment."""
    return [
        Mark(
            segment=segment + number // 10,
            index=number % 10,
            samples=SAMPLES,
            wall=1_800_000_000 + number * SAMPLES / 48_000,
            run=run,
            last_of_segment=number % 10 == 9,
        )
        for number in range(first, first + parts)
    ]


def check_rules(text, *, ended=False):
    """The rules of RFC 8216bis that a live playlist of ours must keep."""
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert sum(line.startswith("#EXT-X-VERSION") for line in lines) == 1
    attributes = re.search(r"#EXT-X-SERVER-CONTROL:(.*)", text).group(1)
    assert "CAN-BLOCK-RELOAD=YES" in attributes
    target = float(re.search(r"PART-TARGET=([\d.]+)", text).group(1))
    hold_back = float(re.search(r"PART-HOLD-BACK=([\d.]+)", attributes).group(1))
    assert hold_back >= 2 * target  # 4.4.3.8: must; three times is recommended
    assert float(re.search(r",HOLD-BACK=([\d.]+)", attributes).group(1)) >= 3 * TARGET_DURATION
    for duration in re.findall(r"#EXTINF:([\d.]+),", text):
        assert round(float(duration)) <= TARGET_DURATION  # 4.4.3.1
    for duration in re.findall(r"#EXT-X-PART:DURATION=([\d.]+)", text):
        assert 0.85 * target <= float(duration) <= target  # 4.4.4.9
    assert text.index("#EXT-X-MAP") < text.index("#EXT-X-PROGRAM-DATE-TIME")
    assert text.count("#EXT-X-PRELOAD-HINT") == (0 if ended else 1)
    assert ("#EXT-X-ENDLIST" in text) is ended
    # 4.4.4.9: parts of a segment stand before its URI and add up to it.
    parts = 0.0
    for line in lines:
        if line.startswith("#EXT-X-PART:"):
            parts += float(re.search(r"DURATION=([\d.]+)", line).group(1))
        elif line.startswith("#EXTINF:"):
            assert parts == pytest.approx(0) or parts == pytest.approx(float(line[8:-1]), abs=1e-3)
            parts = 0.0


def test_playlist_keeps_the_rules_at_every_length():
    for count in range(1, 121):
        check_rules(media_playlist(window(count), ADDRESSES))


def test_an_independent_parser_reads_what_was_meant():
    parsed = m3u8.loads(media_playlist(window(47, segment=5), ADDRESSES))
    assert parsed.media_sequence == 5
    assert parsed.target_duration == TARGET_DURATION
    assert parsed.part_inf.part_target == pytest.approx(PART_TARGET)
    whole = [segment for segment in parsed.segments if segment.uri]
    assert [segment.uri for segment in whole] == [f"segment-{number}.m4s" for number in range(5, 9)]
    assert [segment.duration for segment in whole] == pytest.approx([1.92] * 4)
    assert whole[0].init_section.uri == "init-0.mp4"
    assert len(parsed.segments[-1].parts) == 7
    assert parsed.preload_hint.uri == "part-9.7.m4s"
    assert whole[0].program_date_time.timestamp() == pytest.approx(1_800_000_000)


def test_parts_are_listed_near_the_live_edge_only():
    text = media_playlist(window(87), ADDRESSES)
    assert "part-0." not in text
    assert "part-8.6" in text
    assert text.count("#EXT-X-PART:") <= 10 * 4


def test_new_epoch_is_a_discontinuity_with_its_own_init():
    marks = window(14, run=3) + window(25, run=4, segment=2)
    text = media_playlist(marks, ADDRESSES, discontinuities_before=6)
    check_rules(text)
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:6" in text
    assert text.index("segment-1.m4s") < text.index("#EXT-X-DISCONTINUITY\n") < text.index("init-4.mp4")
    assert m3u8.loads(text).segments[1].duration == pytest.approx(4 * 0.192)


def test_runs_that_left_the_list_are_counted():
    marks = window(10, run=1) + window(100, run=2, segment=1)
    text = media_playlist(marks, ADDRESSES, discontinuities_before=1)
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:2" in text
    assert "#EXT-X-DISCONTINUITY\n" not in text


def test_ended_room_closes_the_playlist_with_its_last_short_segment():
    text = media_playlist(window(13), ADDRESSES, ended=True)
    check_rules(text, ended=True)
    assert m3u8.loads(text).is_endlist
    assert "segment-1.m4s" in text


def test_window_that_begins_inside_a_segment_is_trimmed():
    assert trim(window(20, first=4))[0].segment == 1
    assert trim(window(3, first=4)) == []
    assert "#EXT-X-MEDIA-SEQUENCE:1\n" in media_playlist(window(20, first=4), ADDRESSES)


def test_empty_window_is_an_empty_playlist():
    text = media_playlist([], ADDRESSES)
    assert "#EXT-X-MEDIA-SEQUENCE:0" in text
    assert newest([]) is None
    assert not is_there([], 0, 0)


@pytest.mark.parametrize(
    ("segment", "part", "there"),
    [(0, None, True), (1, None, False), (1, 4, True), (1, 5, False), (2, 0, False), (0, 99, True)],
)
def test_blocking_request_is_answered_when_its_part_is_there(segment, part, there):
    assert is_there(window(15), segment, part) is there


def test_blocking_request_far_in_the_future_is_refused():
    assert not is_too_far(window(15), 3)
    assert is_too_far(window(15), 4)


def test_master_playlist_names_codec_and_bandwidth():
    parsed = m3u8.loads(master_playlist("live.m3u8"))
    assert parsed.playlists[0].uri == "live.m3u8"
    assert parsed.playlists[0].stream_info.codecs == "mp4a.40.2"
    assert parsed.playlists[0].stream_info.bandwidth >= 64_000
