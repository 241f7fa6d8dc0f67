"""Threat 4: somebody is shut out in the very moment in which they come in. Afterwards they are not inside."""

import os
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import User
from accounts.services import suspension
from rooms.models import Participant
from rooms.services import entry, stage
from spaces_site.errors import DomainError
from tests.rooms.cast import NOW, Cast, come_in, person, raise_and_accept

pytestmark = pytest.mark.django_db(transaction=True)
RACES = int(os.environ.get("RACES", "150"))


class Rivals:
    """Two threads that live through all the races: the start of each race is a barrier."""

    def __init__(self, *acts: Callable[[int], object]) -> None:
        self._acts = acts
        self._start, self._finish = threading.Barrier(len(acts) + 1), threading.Barrier(len(acts) + 1)
        self._round = 0
        self.failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(act,)) for act in acts]
        for thread in self._threads:
            thread.start()

    def _run(self, act: Callable[[int], object]) -> None:
        try:
            for _ in range(RACES):
                self._start.wait(60)
                try:
                    act(self._round)
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


def test_threat_04_asvs_15_4_2_whoever_is_suspended_while_joining_is_not_inside(transactional_cast: Cast) -> None:
    cast, staff = transactional_cast, person("warden", is_staff=True, is_superuser=True)

    def join(number: int) -> None:
        entry.join_room(actor=cast.stranger, room_id=cast.room.pk, device=f"d{number}", now=NOW)

    def shut_out(number: int) -> None:
        suspension.suspend(actor=staff, person=cast.stranger)

    rivals, inside = Rivals(join, shut_out), []
    for number in range(RACES):
        rivals.race(number)
        inside += Participant.objects.present().filter(person=cast.stranger).values_list("device", flat=True)
        entry.leave_everywhere(person_id=cast.stranger.pk, now=NOW)
        User.objects.filter(pk=cast.stranger.pk).update(is_active=True)
    rivals.end()
    assert inside == []


def test_threat_04_whoever_is_suspended_while_taking_the_stage_is_not_on_it(transactional_cast: Cast) -> None:
    cast, staff = transactional_cast, person("warden", is_staff=True, is_superuser=True)

    def take(number: int) -> None:
        stage.take_offer(actor=cast.stranger, room_id=cast.room.pk, now=NOW)

    def shut_out(number: int) -> None:
        suspension.suspend(actor=staff, person=cast.stranger)

    rivals, inside = Rivals(take, shut_out), []
    for number in range(RACES):
        come_in(cast.stranger, cast.room)
        raise_and_accept_again(cast)
        rivals.race(number)
        inside += Participant.objects.present().filter(person=cast.stranger).values_list("role", flat=True)
        entry.leave_everywhere(person_id=cast.stranger.pk, now=NOW)
        User.objects.filter(pk=cast.stranger.pk).update(is_active=True)
    rivals.end()
    assert inside == []


def raise_and_accept_again(cast: Cast) -> None:
    """A hand accepted, however often this person raised one just now."""
    from rooms import events

    for key in events.broker().scan_iter("*spaces:pace*"):
        events.broker().delete(key)
    raise_and_accept(cast.stranger, cast.host, cast.room)
