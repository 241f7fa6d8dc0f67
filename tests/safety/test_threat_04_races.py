"""Threat 4: somebody is shut out in the very moment in which they come in. Afterwards they are not inside."""

import os
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import User
from accounts.services import blocks, suspension
from rooms.models import Participant
from rooms.services import entry, pace, removals, stage
from spaces_site.errors import DomainError
from tests.rooms.cast import NOW, Cast, come_in, person, raise_and_accept

pytestmark = pytest.mark.django_db(transaction=True)
#: `RACES=1000` for a release.
RACES = int(os.environ.get("RACES", "100"))


@pytest.fixture(autouse=True)
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """One person comes in a hundred times: no pace may turn a race into a walkover."""
    monkeypatch.setattr(pace, "check", lambda *_, **__: None)


class Rivals:
    """Two threads that live through all the races: the start of each race is a barrier."""

    def __init__(self, *acts: Callable[[int], object]) -> None:
        self._acts = acts
        self._start, self._finish = threading.Barrier(len(acts) + 1), threading.Barrier(len(acts) + 1)
        self._round = 0
        self.failures: list[BaseException] = []
        #: How often each act was not refused.
        self.done = dict.fromkeys(acts, 0)
        self._threads = [threading.Thread(target=self._run, args=(act,)) for act in acts]
        for thread in self._threads:
            thread.start()

    def _run(self, act: Callable[[int], object]) -> None:
        try:
            for _ in range(RACES):
                self._start.wait(60)
                try:
                    act(self._round)
                    self.done[act] += 1
                except DomainError:
                    pass
                except Exception as failure:
                    self.failures.append(failure)
                self._finish.wait(60)
        finally:
            connection.close()

    def race(self, number: int) -> None:
        self._round = number
        self._start.wait(60)
        self._finish.wait(60)

    def end(self) -> None:
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()
        assert self.failures == []


class Shutter:
    """One way to shut the stranger out of the room, and the way back."""

    def __init__(self, cast: Cast, how: str) -> None:
        self.cast, self.how = cast, how
        self.staff = person("warden", is_staff=True, is_superuser=True)
        # Whoever is to be removed has been here before.
        come_in(cast.stranger, cast.room)
        entry.leave_room(actor=cast.stranger, room_id=cast.room.pk, now=NOW)

    def shut(self, number: int) -> None:
        cast = self.cast
        if self.how == "suspended":
            suspension.suspend(actor=self.staff, person=cast.stranger)
        elif self.how == "blocked":
            blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=NOW)
        else:
            removals.remove_person(
                actor=cast.host, room_id=cast.room.pk, participant_id=cast.stranger.pk, now=NOW, for_good=True
            )

    def open(self) -> None:
        entry.leave_everywhere(person_id=self.cast.stranger.pk, now=NOW)
        User.objects.filter(pk=self.cast.stranger.pk).update(is_active=True)
        blocks.unblock_person(actor=self.cast.host, person_id=self.cast.stranger.pk)
        removals.readmit(actor=self.cast.host, room_id=self.cast.room.pk, person_id=self.cast.stranger.pk, now=NOW)


@pytest.mark.parametrize("how", ["suspended", "blocked", "removed"])
def test_threat_04_asvs_15_4_2_whoever_is_shut_out_while_joining_is_not_inside(
    transactional_cast: Cast, how: str
) -> None:
    cast, shutter = transactional_cast, Shutter(transactional_cast, how)

    def join(number: int) -> None:
        entry.join_room(actor=cast.stranger, room_id=cast.room.pk, device=f"d{number}", now=NOW)

    rivals, inside = Rivals(join, shutter.shut), []
    for number in range(RACES):
        rivals.race(number)
        inside += Participant.objects.present().filter(person=cast.stranger).values_list("device", flat=True)
        shutter.open()
    rivals.end()
    assert inside == []
    assert rivals.done[join] > 0, "joining never came first: nothing was raced for"


@pytest.mark.parametrize("how", ["suspended", "blocked", "removed"])
def test_threat_04_whoever_is_shut_out_while_taking_the_stage_is_not_on_it(transactional_cast: Cast, how: str) -> None:
    cast, shutter = transactional_cast, Shutter(transactional_cast, how)

    def take(number: int) -> None:
        stage.take_offer(actor=cast.stranger, room_id=cast.room.pk, now=NOW)

    rivals, inside = Rivals(take, shutter.shut), []
    for number in range(RACES):
        come_in(cast.stranger, cast.room)
        raise_and_accept(cast.stranger, cast.host, cast.room)
        rivals.race(number)
        inside += Participant.objects.present().filter(person=cast.stranger).values_list("role", flat=True)
        shutter.open()
    rivals.end()
    assert inside == []
    assert rivals.done[take] > 0, "the stage was never taken: nothing was raced for"
