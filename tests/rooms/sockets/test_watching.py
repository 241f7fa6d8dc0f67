"""Bells and rings while the database is away: it is left alone for some seconds, and nothing is forgotten."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.utils import timezone

from accounts.services import follows
from rooms.hub import bells, watch
from rooms.hub.rings import RingWatch
from rooms.hub.watch import Watch
from tests.patience import busy
from tests.rooms.sockets.conftest import Cast
from tests.rooms.sockets.people import put_on_stage

pytestmark = pytest.mark.usefixtures("hub_ends")


class Clock:
    """The time of the loop as a watch sees it: it goes on by as much as the watch waits, at once."""

    def __init__(self, until: float) -> None:
        self.now = 0.0
        self._until = until
        self.is_over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait by this clock; without end once its time is over."""
        self.now += seconds
        if self.now > self._until:
            self.is_over.set()
            await asyncio.Event().wait()


class Page:
    """An open page of somebody, and what it heard."""

    def __init__(self, person_id: UUID) -> None:
        self.person_id = person_id
        self.heard: list[str] = []

    def say(self, text: str) -> None:
        """Hear a frame."""
        self.heard.append(text)


def refuse(**_arguments: Any) -> Any:
    """A query while the database is away."""
    raise OperationalError("the database is away")


async def asked_in_two_seconds(looks: Watch[Any], monkeypatch: pytest.MonkeyPatch, query: str) -> list[float]:
    """When a watch asked a database that is away."""
    clock, asked = Clock(until=2.0), []

    def refuse_by_the_clock(**_arguments: Any) -> Any:
        asked.append(clock.now)
        refuse()

    with monkeypatch.context() as away:
        away.setattr(query, refuse_by_the_clock)
        away.setattr(watch, "asyncio", SimpleNamespace(**{**vars(asyncio), "sleep": clock.sleep}))
        looking = asyncio.create_task(looks._look_forever())
        await asyncio.wait_for(clock.is_over.wait(), busy(2))
        looking.cancel()
        await asyncio.wait([looking])
    return asked


async def test_f7_a_database_that_is_away_is_not_asked_for_bells_four_times_a_second(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bells, "CHUNK", 1)
    looks = bells.BellWatch()
    for who in (cast.listener, cast.stranger):
        looks._watchers[who.pk] = {Page(who.pk)}
    looks.doubt()
    # Once, though each of the two has a query of their own.
    assert await asked_in_two_seconds(looks, monkeypatch, "accounts.queries.notifications.unread_counts") == [0.0]
    assert looks._noted == {cast.listener.pk, cast.stranger.pk}
    assert await looks.look()
    assert {pk: seen.unread for pk, seen in looks._told.items()} == {cast.listener.pk: 0, cast.stranger.pk: 0}


async def test_f7_a_database_that_is_away_is_not_asked_for_rings_every_second(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = RingWatch()
    looks._watchers[cast.listener.pk] = {Page(cast.listener.pk)}
    assert await asked_in_two_seconds(looks, monkeypatch, "rooms.queries.rings.live_stages") == [0.0]


async def test_f7_a_ring_that_lit_up_while_the_database_refused_shows_at_the_next_look(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for whom in (cast.host, cast.stranger):
        await sync_to_async(follows.follow)(actor=cast.listener, person_id=whom.pk, now=timezone.now())
    looks, page = RingWatch(), Page(cast.listener.pk)
    await looks.add(page)
    await looks.aclose()
    assert await looks.look()
    await sync_to_async(put_on_stage)(cast.host, cast.stranger, cast.room, "phone")
    page.heard.clear()
    with monkeypatch.context() as away:
        away.setattr("rooms.queries.rings.rings_of", refuse)
        assert not await looks.look()
    assert await looks.look()
    (told,) = [json.loads(text)["data"] for text in page.heard]
    assert [ring["person"]["handle"] for ring in told["live"]] == ["stranger"]
