"""When, within its 20 ms, a room ticks: soon after most speakers' packets have come.

A packet waits for the tick that plays it, up to a whole frame, and where that wait is shorter than the
network's jitter a frame more. Packets of one person come at one phase, so moving the tick by a few
milliseconds saves a room of few speakers up to a frame of delay. Pure; times in seconds.
"""

from collections.abc import Sequence

from media_worker.engine.frames import FRAME_SECONDS

#: A tick moves so little at a time (5 ms a second) that no listener's own buffer takes it for jitter.
STEP = 0.0001
#: Saved by each speaker at least; less is not worth a move.
WORTH = 0.003
#: Left beyond what the network asks for: with less, playout would not give a whole frame back (`playout.SLACK`).
GUARD = 0.0035


def best_move(waits: Sequence[tuple[float, float]], offset: float) -> float:
    """How far ticks should move, later (+) or earlier (−); 0.0 where that saves little.

    `waits` holds for each speaker how long packets wait now, from the fastest packet's coming to its
    playing, and how long the network asks for. `offset` is how far ticks have been moved so far: the
    sum stays within half a frame either way, so that a sender's drifting clock does not drag the room along.
    """
    if not waits:
        return 0.0
    moves = [_within_half_a_frame(offset + wanted + GUARD - wait) - offset for wait, wanted in waits]
    best = min(moves, key=lambda move: _cost(waits, move))
    saved = sum(wait for wait, _ in waits) - _cost(waits, best)
    return best if saved >= WORTH * len(waits) else 0.0


def _cost(waits: Sequence[tuple[float, float]], move: float) -> float:
    """Seconds that packets of all speakers would wait after a move, each at least what its network asks for."""
    return sum(wanted + GUARD + (wait + move - wanted - GUARD + 1e-6) % FRAME_SECONDS for wait, wanted in waits)


def _within_half_a_frame(offset: float) -> float:
    half = FRAME_SECONDS / 2
    return (offset + half) % FRAME_SECONDS - half
