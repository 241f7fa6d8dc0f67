"""140,000 seeded pieces of nonsense into jitter buffer and decoder: nothing raises, nothing grows."""

import random

import numpy as np
import pytest

from media_worker.engine import opus
from media_worker.engine.decoder import OpusDecoder
from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS
from media_worker.engine.jitter_buffer import CAPACITY, JitterBuffer, Play
from media_worker.engine.playout import Playout
from media_worker.engine.ports import MediaPacket
from tests.fakes.legs import Microphone, babble, frames_of

pytestmark = pytest.mark.fuzz


def voice_packets():
    microphone = Microphone()
    return [microphone.packet(frame, 0.0) for frame in frames_of(babble(2))]


def mutated(source, rng):
    """A real payload with some of its bytes changed, cut or doubled; or noise."""
    kind = rng.randrange(6)
    if kind == 0:
        return rng.randbytes(rng.choice((0, 1, 2, 3, 20, 200, 1_499, 1_500, 1_600)))
    payload = bytearray(rng.choice(source).payload)
    if kind == 1:
        del payload[rng.randrange(len(payload)) :]
    elif kind == 2:
        payload += payload[: rng.randrange(len(payload))]
    elif kind == 3:
        payload[0] = rng.randrange(256)
    for _ in range(rng.randrange(4)):
        if payload:
            payload[rng.randrange(len(payload))] = rng.randrange(256)
    return bytes(payload)


def strange(number, now, rng, source):
    """A packet whose numbers are nearly right, or not at all."""
    jump = rng.choice((0, 0, 0, 0, 0, 1, -1, 3, -5, 40, 900, 1_100, 30_000, rng.randrange(65_536)))
    leap = rng.choice((0, 0, 0, 0, 0, 480, -960, 96_000, 2**31, rng.randrange(2**32)))
    return MediaPacket(
        mutated(source, rng),
        (number + jump) & 0xFFFF,
        (number * FRAME_SAMPLES + leap) & 0xFFFFFFFF,
        now + rng.choice((0.0, 0.0, 0.01, -0.5, 3.0)),
        rng.choice((None, 0, 64, 127)),
    )


def test_jitter_buffer_survives_100000_strange_packets():
    source, rng, buffer = voice_packets(), random.Random(11), JitterBuffer()
    for number in range(100_000):
        now = number * FRAME_SECONDS
        for _ in range(rng.choice((0, 1, 1, 2))):
            buffer.put(strange(number, now, rng, source))
        pull = buffer.pull(now)
        assert 0 < pull.samples <= opus.MAX_PACKET_SAMPLES
        assert (pull.play in (Play.PACKET, Play.FEC)) == bool(pull.payload)
        assert len(buffer) <= CAPACITY
    counts = buffer.counts
    assert counts.received > 90_000
    assert counts.played > 1_000
    assert 0 <= buffer.target <= 0.2


def test_decoder_survives_20000_strange_payloads():
    source, rng, decoder = voice_packets(), random.Random(12), OpusDecoder()
    for _ in range(20_000):
        payload = mutated(source, rng)
        if not opus.packet_samples(payload):
            continue
        pcm = decoder.recover(payload, FRAME_SAMPLES) if rng.random() < 0.2 else decoder.decode(payload)
        assert pcm.dtype == np.float32
        assert 0 < pcm.size <= opus.MAX_PACKET_SAMPLES
    assert decoder.broken > 10
    assert np.abs(decoder.decode(source[0].payload)).max() < 4


def test_playout_survives_20000_strange_packets_and_always_fills_its_frame():
    source, rng, playout = voice_packets(), random.Random(13), Playout()
    row = np.zeros(FRAME_SAMPLES, np.float32)
    for number in range(20_000):
        now = number * FRAME_SECONDS
        for _ in range(rng.choice((0, 1, 1, 1, 2))):
            playout.put(strange(number, now, rng, source))
        playout.frame_into(row, now, idle=rng.random() < 0.3)
        assert playout._rest.size <= 3 * opus.MAX_PACKET_SAMPLES
    # After all that an honest stream is heard again.
    sounding = 0
    for number, packet in enumerate(source):
        now = 1_000 + number * FRAME_SECONDS
        playout.put(MediaPacket(packet.payload, packet.sequence, packet.timestamp, now, None))
        sounding += playout.frame_into(row, now + 0.01, idle=False)
    assert sounding > 0.9 * len(source)
