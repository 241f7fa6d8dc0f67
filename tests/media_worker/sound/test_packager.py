"""Parts that players we did not write can read, with durations exact to the sample."""

import io
import json
import struct
import subprocess

import av
import numpy as np
import pytest

from media_worker.engine.encoder import AAC_FRAME
from media_worker.engine.frames import FRAME_SAMPLES, SAMPLE_RATE
from media_worker.engine.packager import PART_FRAMES, SEGMENT_PARTS, Packager
from tests.fakes.legs import Parts, loudness_at, tone


def packaged(frames, *, first=0, first_segment=0):
    sink = Parts()
    packager = Packager(sink, lambda: 1_800_000_000.0, first_segment=first_segment)
    for frame in range(first, first + frames):
        packager.put(tone(440, start=frame * FRAME_SAMPLES), frame * FRAME_SAMPLES)
    return sink, packager


def decoded(stream):
    with av.open(io.BytesIO(stream)) as container:
        frames = list(container.decode(audio=0))
    return frames, np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])


def test_parts_follow_one_another_without_gap_or_overlap():
    sink, packager = packaged(500, first=1_000, first_segment=7)
    assert sink.parts[0].start == 1_000 * FRAME_SAMPLES
    for before, after in zip(sink.parts, sink.parts[1:], strict=False):
        assert before.start + before.samples == after.start
        assert after.wall - before.wall == pytest.approx(before.samples / SAMPLE_RATE)
        assert (after.segment, after.index) == (
            (before.segment + 1, 0) if before.last_of_segment else (before.segment, before.index + 1)
        )
    assert {part.samples for part in sink.parts} == {PART_FRAMES * AAC_FRAME}
    assert [part.index for part in sink.parts[:SEGMENT_PARTS]] == list(range(SEGMENT_PARTS))
    assert sink.parts[0].segment == 7
    assert packager.next_segment == sink.parts[-1].segment + 1


def test_decode_time_in_the_bytes_is_the_rooms_timeline():
    sink, _ = packaged(100, first=2**31 // FRAME_SAMPLES * 4)
    for part in sink.parts:
        position = part.data.index(b"tfdt")
        assert struct.unpack(">Q", part.data[position + 8 : position + 16])[0] == part.start


def test_pyav_reads_the_stream_and_hears_the_tone():
    sink, _ = packaged(400)
    frames, sound = decoded(sink.stream())
    assert len(sound) == sum(part.samples for part in sink.parts)
    assert {frame.sample_rate for frame in frames} == {SAMPLE_RATE}
    assert loudness_at(sound[SAMPLE_RATE:], 440) == pytest.approx(20 * np.log10(0.1 / np.sqrt(2)), abs=1)


def test_somebody_who_comes_late_reads_from_any_part_on():
    sink, _ = packaged(400)
    _, sound = decoded(sink.inits[0] + b"".join(part.data for part in sink.parts[13:]))
    assert len(sound) == sum(part.samples for part in sink.parts[13:])


def test_ffprobe_reads_every_packet_with_its_exact_duration(tmp_path):
    sink, _ = packaged(400)
    path = tmp_path / "stream.mp4"
    path.write_bytes(sink.stream())
    command = ["ffprobe", "-v", "warning", "-show_packets", "-show_streams", "-of", "json", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    probed = json.loads(result.stdout)
    assert result.stderr == ""
    stream = probed["streams"][0]
    assert (stream["codec_name"], stream["profile"], stream["sample_rate"], stream["channels"]) == (
        ("aac", "LC", "48000", 1)
    )
    times = [int(packet["dts"]) for packet in probed["packets"]]
    assert times == list(range(0, len(times) * AAC_FRAME, AAC_FRAME))
    # ffprobe names no duration for the very first packet of a fragmented file, whoever wrote it.
    assert {int(packet["duration"]) for packet in probed["packets"][1:]} == {AAC_FRAME}
