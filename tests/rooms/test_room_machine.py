"""Any order of what people do leaves a room in which the rules hold; and rules that are broken on purpose are found.

`MACHINE_RUNS=3000` makes the walk as long as it is for a release; a plain run is the beginning of it.
"""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as walk_settings
from hypothesis.stateful import run_state_machine_as_test

from rooms import admission, stage_rules
from rooms.models import Participant, Role, Room
from rooms.services import audio, catching_up, entry, invitations, lifecycle, pace, pins, removals, seats
from spaces_site.boundary import pace as boundary_pace
from tests.rooms.cast import NOW, person
from tests.rooms.room_machine import RoomMachine

pytestmark = pytest.mark.django_db
RUNS = int(os.environ.get("MACHINE_RUNS", "40"))
STEPS = 50


@pytest.fixture
def machine(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> type[RoomMachine]:
    """The machine over one live room of three people who may all have come."""
    # So few that a walk gets there.
    settings.PIN_LIMIT = 2
    # Paces count real seconds, and a whole walk takes no more than one; they have tests of their own.
    for paces in (pace, boundary_pace):
        monkeypatch.setattr(paces, "check", nothing)
    RoomMachine.people = {
        "host": person("host", follower_count=600),
        "bo": person("bo"),
        "eva": person("eva"),
    }
    RoomMachine.room_id = lifecycle.open_room(creator=RoomMachine.people["host"], title="Any order", now=NOW).pk
    return RoomMachine


def walk(machine: type[RoomMachine], runs: int) -> None:
    """So many runs of fifty steps, the same ones each time."""
    chosen = walk_settings(
        max_examples=runs,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_the_rules_hold_in_any_order(machine: type[RoomMachine]) -> None:
    walk(machine, RUNS)


def nothing(*_all: Any, **_named: Any) -> None:
    """A rule that was forgotten."""


def without(condition: Callable[..., None]) -> tuple[Callable[..., None], ...]:
    """The conditions of the door but one."""
    return tuple(one for one in admission._CONDITIONS if one is not condition)


def open_microphone(*, room: Room, place: Participant, role: Role, now: datetime) -> None:
    """Somebody comes on stage and is heard at once."""
    TO_STAGE(room=room, place=place, role=role, now=now)
    Participant.objects.filter(pk=place.pk).update(muted=False)


def keep_the_hand(**_named: Any) -> bool:
    return False


TO_STAGE = seats.to_stage
#: Rules broken on purpose: where, which name, and what stands there instead.
FAULTS: dict[str, tuple[Any, str, Any]] = {
    "blocked people come in": (admission, "_CONDITIONS", without(admission._may_know)),
    "removed people come back": (admission, "_CONDITIONS", without(admission._not_removed)),
    "a removal puts nobody out": (removals, "put_out", nothing),
    "a block puts nobody out": (removals, "put_out_blocked", nothing),
    "anybody moderates": (stage_rules, "check_moderates", nothing),
    "the creator can be put out": (stage_rules, "check_may_remove", nothing),
    "locked microphones open": (stage_rules, "check_may_unmute", nothing),
    "the mixer forgets mutes": (stage_rules, "is_silent", lambda *, place: False),
    "muting everybody mutes nobody": (audio, "_close_all", nothing),
    "one comes on stage heard": (seats, "to_stage", open_microphone),
    "anybody becomes co-host": (stage_rules, "check_may_name_cohost", nothing),
    "anybody hands the room over": (stage_rules, "check_may_hand_over", nothing),
    "hands of the gone stay up": (seats, "close_hand", keep_the_hand),
    "everybody may ask": (stage_rules, "check_may_ask", nothing),
    "an offer never runs out": (stage_rules, "check_offer_stands", lambda *, offer, now: offer),
    "the gone read on": (catching_up, "_check_inside", nothing),
    "a device takes over unnoticed": (entry, "_take_over", nothing),
    "others end the room": (stage_rules, "check_may_end", nothing),
    "whoever was removed is invited": (invitations, "_may_be_invited", lambda **_named: True),
    "more posts are pinned than may be": (stage_rules, "check_has_room_for_pin", nothing),
    "pinned posts share a place": (pins, "_put", nothing),
}


@pytest.mark.fuzz
@pytest.mark.parametrize("fault", FAULTS)
def test_a_rule_broken_on_purpose_is_found(
    machine: type[RoomMachine], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    where, name, instead = FAULTS[fault]
    monkeypatch.setattr(where, name, instead)
    with pytest.raises(Exception):  # noqa: B017 - whichever invariant sees it first
        walk(machine, max(RUNS, 200))
