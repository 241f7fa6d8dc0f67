"""A whole room on a fake clock: who is heard, by whom, how soon, and what is sent when."""

import numpy as np
import pytest

from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS
from media_worker.engine.ports import LegState
from media_worker.engine.session import CATCH_UP, HOPELESS, LINGER_TICKS
from tests.fakes.legs import Stage, humming, loudness_at

TONES = {"ann": 400.0, "bob": 700.0, "cat": 1_100.0}
SPEECH, NOTHING = -24, -70


@pytest.fixture
def stage():
    """Three people on stage, each with a tone, and somebody who listens."""
    stage = Stage()
    for name, hertz in TONES.items():
        stage.join(name, humming(hertz))
    stage.join("listener", on_stage=False)
    stage.run(100)
    return stage


def heard(leg, first):
    return {name for name, hertz in TONES.items() if loudness_at(leg.sound(first), hertz) > SPEECH - 6}


def test_everybody_hears_everybody_but_themselves(stage):
    stage.run(100)
    for name, leg in stage.legs.items():
        assert heard(leg, 100) == set(TONES) - {name}
        if name in TONES:
            assert loudness_at(leg.sound(100), TONES[name]) < NOTHING


def test_person_not_on_stage_is_not_heard(stage):
    stage.says["listener"] = humming(1_900)
    stage.run(50)
    assert loudness_at(stage.legs["ann"].sound(110), 1_900) < NOTHING


def test_host_mute_holds_within_one_tick_whatever_the_client_sends(stage):
    stage.seat("bob", muted=True)
    stage.run(51)
    # Frame 100 fades; frame 101 holds what the codec still had; from then on there is nothing.
    assert heard(stage.legs["ann"], 102) == {"cat"}
    assert loudness_at(stage.legs["ann"].sound(102), TONES["bob"]) < NOTHING
    stage.seat("bob", muted=False)
    stage.run(50)
    assert "bob" in heard(stage.legs["ann"], 160)


def test_removed_person_is_cut_off_at_once(stage):
    leg = stage.legs["bob"]
    stage.unseat("bob")
    assert leg.state is LegState.CLOSED
    stage.run(51)
    assert len(leg.heard) == 100
    assert heard(stage.legs["ann"], 102) == {"cat"}


def test_person_led_off_the_stage_stays_and_listens(stage):
    stage.seat("bob", on_stage=False)
    stage.run(60)
    assert heard(stage.legs["ann"], 105) == {"cat"}
    assert heard(stage.legs["bob"], 105) == {"ann", "cat"}
    stage.seat("bob", on_stage=True)
    stage.run(60)
    assert heard(stage.legs["ann"], 170) == {"bob", "cat"}


def test_timestamps_never_jump_while_roles_change(stage):
    leg = stage.legs["bob"]
    for change in ({"muted": True}, {"on_stage": False}, {"on_stage": True}, {"muted": False}):
        stage.seat("bob", **change)
        stage.run(30)
    assert set(np.diff(leg.timestamps)) == {FRAME_SAMPLES}


def test_only_the_device_of_the_seat_is_heard(stage):
    phone = stage.legs["bob"]
    laptop = stage.connect("bob", device="laptop")
    assert laptop.state is LegState.CLOSED
    stage.seat("bob", device="laptop")
    assert phone.state is LegState.CLOSED
    laptop = stage.connect("bob", device="laptop", leg_id="laptop")
    stage.run(60)
    assert laptop.state is LegState.CONNECTED
    assert heard(laptop, 10) == {"ann", "cat"}
    assert "bob" in heard(stage.legs["ann"], 110)


def test_newer_connection_of_the_same_device_replaces_the_older(stage):
    older = stage.legs["bob"]
    newer = stage.connect("bob", leg_id="after-reload")
    assert older.state is LegState.CLOSED
    stage.run(60)
    assert heard(newer, 10) == {"ann", "cat"}
    assert ("bob", "phone", LegState.CLOSED) not in stage.reports.states


def test_leg_without_a_seat_hears_nothing_and_goes(stage):
    leg = stage.connect("stranger")
    stage.run(50)
    assert not leg.heard
    stage.reconcile()
    assert leg.state is LegState.CONNECTED
    stage.run(150)
    stage.reconcile()
    assert leg.state is LegState.CLOSED


def test_leg_that_came_before_its_seat_is_served_when_the_seat_comes(stage):
    leg = stage.connect("early")
    stage.run(20)
    stage.seat("early", on_stage=False)
    stage.run(50)
    assert heard(leg, 10) == set(TONES)


def test_ended_room_closes_every_leg_and_sleeps(stage):
    stage.reconcile(live=False)
    assert {leg.state for leg in stage.legs.values()} == {LegState.CLOSED}
    assert not stage.session.awake
    assert stage.session.tick() == 0


def test_room_sleeps_without_anybody_and_wakes_on_the_same_timeline(stage):
    for leg in list(stage.legs.values()):
        leg.close()
    assert not stage.session.awake
    stage.says.clear()
    stage.run(500)
    leg = stage.connect("ann")
    stage.run(5)
    assert leg.timestamps == [(100 + number) * FRAME_SAMPLES for number in range(5)]


def test_room_whose_people_only_send_sleeps_and_is_sent_nothing(stage):
    for leg in stage.legs.values():
        leg.receives = False
    stage.seat("bob", muted=False)
    sent = len(stage.legs["ann"].timestamps)
    stage.run(20)
    assert not stage.session.awake
    assert len(stage.legs["ann"].timestamps) == sent
    stage.session.set_listeners(1)
    assert stage.session.awake


def test_playback_keeps_the_room_awake_only_while_somebody_listens():
    stage = Stage()
    stage.session.set_listeners(1)
    stage.run(100)
    assert stage.parts.parts
    stage.session.set_listeners(0)
    stage.run(LINGER_TICKS + 1)
    assert not stage.session.awake
    stage.session.set_listeners(1)
    stage.run(100)
    assert len(stage.parts.inits) == 2
    numbers = [part.segment for part in stage.parts.parts]
    assert numbers == sorted(numbers)


def test_late_ticks_are_caught_up_and_none_is_skipped(stage):
    stage.clock.now += 5 * FRAME_SECONDS
    assert stage.session.tick() == 5
    stage.clock.now += 25 * FRAME_SECONDS
    assert [stage.session.tick() for _ in range(4)] == [CATCH_UP, CATCH_UP, 5, 0]
    assert set(np.diff(stage.legs["ann"].timestamps)) == {FRAME_SAMPLES}


def test_process_that_stood_still_goes_on_from_now(stage):
    stage.session.set_listeners(1)
    stage.run(20)
    stage.clock.now += (HOPELESS + 50) * FRAME_SECONDS
    assert stage.session.tick() == 1
    assert stage.session.stats().resyncs == 1
    stage.run(20)
    assert len(stage.parts.inits) == 2
    assert set(np.diff(stage.legs["ann"].timestamps)) == {FRAME_SAMPLES}


def test_levels_name_who_speaks_at_most_four_times_a_second(stage):
    before = len(stage.reports.all_levels)
    stage.seat("bob", muted=True)
    stage.run(100)
    reports = stage.reports.all_levels[before:]
    assert len(reports) <= 8
    assert set(reports[-1].levels) == {"ann", "cat"}
    assert all(1 <= level <= 9 for level in reports[-1].levels.values())


def test_end_of_all_sound_is_reported_once(stage):
    stage.says.clear()
    stage.run(150)
    assert stage.reports.all_levels[-1].levels == {}
    count = len(stage.reports.all_levels)
    stage.run(50)
    assert len(stage.reports.all_levels) == count


def test_more_people_than_slots_are_counted_not_heard():
    stage = Stage()
    for number in range(70):
        stage.seat(f"p{number}")
    assert stage.session._roster.unplaced == 6
    for number in range(10):
        stage.unseat(f"p{number}")
    stage.run(3)
    stage.connect("p20")
    stage.run(3)
    stage.reconcile()
    assert stage.session._roster.unplaced == 0
