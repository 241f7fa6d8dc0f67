"""When a room ticks: packets wait little, moves are small, and drift does not drag the room along."""

import numpy as np
import pytest

from media_worker.engine.frames import FRAME_SECONDS
from media_worker.engine.phase import GUARD, STEP, best_move
from tests.fakes.legs import Network, Stage, humming


def after(waits, move):
    """How long each speaker's packets wait once ticks have moved: at least what the network asks for."""
    return [wanted + (wait + move - wanted) % FRAME_SECONDS for wait, wanted in waits]


@pytest.mark.parametrize("wait", [0.023, 0.012, 0.0195, 0.011])
def test_one_speaker_waits_for_nothing_but_the_network(wait):
    move = best_move([(wait, 0.003)], 0.0)
    assert after([(wait, 0.003)], move)[0] <= 0.003 + GUARD + 1e-9


def test_two_speakers_never_lose_by_a_move():
    for phase in range(20):
        waits = [(0.021, 0.003), (0.004 + phase / 1000, 0.003)]
        assert sum(after(waits, best_move(waits, 0.0))) <= sum(wait for wait, _ in waits) + 1e-9


def test_what_saves_little_is_left_alone():
    assert best_move([(0.005, 0.003)], 0.0) == 0.0
    assert best_move([], 0.0) == 0.0


def test_moves_never_add_up_to_more_than_half_a_frame():
    offset = 0.0
    for step in range(200):
        offset += best_move([(0.004 + (step * 0.0037) % FRAME_SECONDS, 0.003)], offset)
        assert -FRAME_SECONDS / 2 <= offset < FRAME_SECONDS / 2


def test_a_room_moves_its_ticks_until_nobody_waits():
    stage = Stage()
    leg = stage.join("ann", humming(400))
    stage.join("listener", on_stage=False)
    # A packet comes right after a tick, and waits for almost a whole frame.
    stage.networks["ann"] = Network(delay=lambda number: FRAME_SECONDS + 0.001)
    stage.run_on_time(300)
    playout = stage.session._roster.heard_by(leg)
    assert playout.buffer.delay < playout.buffer.target + 0.0045
    assert playout.buffer.counts.concealed == 0
    gaps = np.diff(stage.ticked_at)
    assert np.abs(gaps - FRAME_SECONDS).max() <= STEP + 1e-6
