"""Packets out of order, twice, never, from another life: what is played, and when."""

import pytest

from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS
from media_worker.engine.jitter_buffer import CAPACITY, MAX_CONCEALED, JitterBuffer, Play
from media_worker.engine.ports import MediaPacket

#: A CELT packet of one 20 ms frame; the second byte names it.
TOC = 0xF8


def packet(number, arrived=None, *, sequence=None, timestamp=None, payload=None):
    """Packet `number` of a stream that begins just before both counters wrap."""
    return MediaPacket(
        payload or bytes((TOC, number % 256, 0, 0)),
        (65_530 + number) % 65_536 if sequence is None else sequence,
        (2**32 - 4_800 + number * FRAME_SAMPLES) % 2**32 if timestamp is None else timestamp,
        100 + number * FRAME_SECONDS if arrived is None else arrived,
    )


def pulls(buffer, first, last):
    """Pull frames `first`…`last`; the name of each packet, or what was played instead."""
    found = []
    for frame in range(first, last):
        pull = buffer.pull(100 + frame * FRAME_SECONDS + 0.01)
        found.append(pull.payload[1] if pull.play is Play.PACKET else pull.play)
    return found


def test_packets_play_in_order_across_both_wraps():
    buffer, found = JitterBuffer(), []
    for number in range(40):
        buffer.put(packet(number))
        found += pulls(buffer, number, number + 1)
    assert found == list(range(40))


def test_first_packet_plays_at_the_next_tick():
    buffer = JitterBuffer()
    buffer.put(packet(0))
    assert pulls(buffer, 0, 1) == [0]


def test_reordered_and_doubled_packets_play_once_in_order():
    buffer = JitterBuffer()
    for number in (0, 2, 1, 1, 3, 2):
        buffer.put(packet(number, arrived=100.0))
    assert pulls(buffer, 0, 4) == [0, 1, 2, 3]
    assert buffer.counts.duplicate == 2


def test_missing_packet_is_concealed_and_its_late_arrival_dropped():
    buffer = JitterBuffer()
    for number in (0, 2, 3):
        buffer.put(packet(number, arrived=100.0))
    assert pulls(buffer, 0, 2) == [0, Play.CONCEAL]
    buffer.put(packet(1))
    assert pulls(buffer, 2, 4) == [2, 3]
    assert buffer.counts.late == 1


def test_packet_that_is_only_late_is_played_after_all():
    buffer = JitterBuffer()
    buffer.put(packet(0))
    assert pulls(buffer, 0, 2) == [0, Play.CONCEAL]
    buffer.put(packet(1, arrived=100.035))
    buffer.put(packet(2, arrived=100.04))
    assert pulls(buffer, 2, 4) == [1, 2]
    assert buffer.delay == pytest.approx(0.03, abs=0.001)


def test_silence_follows_when_nothing_comes_any_more():
    buffer = JitterBuffer()
    buffer.put(packet(0))
    found = pulls(buffer, 0, 20)
    assert found == [0, *[Play.CONCEAL] * MAX_CONCEALED, *[Play.SILENCE] * (19 - MAX_CONCEALED)]


def test_dtx_gap_is_silence_not_loss():
    buffer = JitterBuffer()
    buffer.put(packet(0))
    buffer.put(packet(1, payload=bytes((TOC,)), arrived=100.0))
    buffer.pull(100.01)
    buffer.pull(100.03)
    assert pulls(buffer, 2, 20) == [Play.SILENCE] * 18
    after = packet(20)
    buffer.put(packet(20, sequence=(65_530 + 2) % 65_536, timestamp=after.timestamp))
    assert pulls(buffer, 20, 21) == [20]
    assert buffer.counts.concealed == 0


def test_one_stray_sequence_number_is_refused_and_two_make_a_new_stream():
    buffer = JitterBuffer()
    for number in range(3):
        buffer.put(packet(number, arrived=100.0))
    buffer.put(packet(3, sequence=30_000))
    assert buffer.counts.refused == 1
    assert pulls(buffer, 0, 2) == [0, 1]
    buffer.put(packet(7, sequence=30_001, timestamp=5))
    assert buffer.counts.resets == 1
    assert pulls(buffer, 8, 9) == [7]


def test_jump_of_the_timestamp_begins_a_new_timeline():
    buffer = JitterBuffer()
    buffer.put(packet(0))
    buffer.put(packet(1, timestamp=2_000_000_000))
    assert buffer.counts.resets == 1
    assert pulls(buffer, 1, 2) == [1]


def test_a_flood_is_bounded():
    buffer = JitterBuffer()
    for number in range(500):
        buffer.put(packet(number, arrived=100.0))
    assert len(buffer) == CAPACITY
    assert buffer.counts.overflow == 500 - CAPACITY


@pytest.mark.parametrize("payload", [b"", bytes(1_501), bytes((0xFB,)), bytes((0xFB, 0)), bytes((0xFB, 63))])
def test_payload_that_cannot_be_opus_is_refused(payload):
    buffer = JitterBuffer()
    buffer.put(MediaPacket(payload, 1, 1, 100.0))
    assert buffer.counts.refused == 1
    assert len(buffer) == 0
