"""Redundant audio (RFC 2198): the packet before sent along, for clients whose line loses packets.

It costs bytes and no encode. Opus in CELT mode, which is what legs are sent, has no FEC of its own.
"""

#: What 10 and 14 bits hold: the longest block, and how far back in samples it may lie.
MOST_BYTES, MOST_TICKS = 1023, 16383


def pack(payload: bytes, before: bytes, ticks: int, payload_type: int) -> bytes | None:
    """One RED payload: `before`, which lies `ticks` samples back, then `payload`; None when it does not fit."""
    if not before or len(before) > MOST_BYTES or not 0 < ticks <= MOST_TICKS:
        return None
    head = (0x80 | payload_type) << 24 | ticks << 10 | len(before)
    return head.to_bytes(4) + bytes((payload_type,)) + before + payload


def newest(data: bytes, payload_type: int) -> bytes:
    """The block that a RED payload is about; empty when it is malformed or another codec's."""
    at = earlier = 0
    while at + 4 <= len(data) and data[at] & 0x80:
        earlier += int.from_bytes(data[at + 2 : at + 4]) & MOST_BYTES
        at += 4
    if at >= len(data) or data[at] != payload_type:
        return b""
    return data[at + 1 + earlier :]
