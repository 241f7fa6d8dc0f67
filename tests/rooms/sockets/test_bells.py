"""The number on the bell, by the websocket outside of rooms: as it is, when it changes, and never somebody else's."""

import asyncio
import sys
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import NotificationKind, User
from accounts.services import blocks, messages, notifications, posts
from accounts.services.notifications import Telling
from accounts.services.wording import Draft
from rooms.hub import bells, hub
from tests.rooms.sockets.clients import InProcess
from tests.rooms.sockets.conftest import Cast

pytestmark = pytest.mark.usefixtures("hub_ends")


@pytest.fixture(autouse=True)
def notes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at everybody now and then would show what a note should have told."""
    monkeypatch.setattr(bells, "WHOLE_LOOKS", sys.maxsize)


def _tell(who: User, by: User | None = None) -> None:
    facts = {"title": "Morning news", "host": "Host"}
    telling = Telling(who, NotificationKind.HOST_LIVE, "room_live", "/", facts, uuid4(), by=by)
    notifications.tell(tellings=[telling], now=timezone.now())


tell = sync_to_async(_tell)


async def watching(cast: Cast, who: str = "listener") -> tuple[InProcess, int]:
    client = await InProcess("me", session=cast.sessions[who]).connect()
    return client, await number(client)


async def number(client: InProcess) -> int:
    """The next number that this page is told."""
    return (await client.event("bell"))["data"]["unread"]


async def call(service: Any, **arguments: Any) -> Any:
    return await sync_to_async(service)(now=timezone.now(), **arguments)


async def test_the_number_comes_first_and_then_whenever_it_changes(cast: Cast) -> None:
    await tell(cast.listener)
    client, first = await watching(cast)
    assert first == 1
    await tell(cast.listener)
    assert await number(client) == 2
    await call(notifications.mark_all_read, actor=cast.listener)
    assert await number(client) == 0
    await client.leave()
    assert hub().bells._watchers == {}


async def test_all_pages_of_somebody_are_told_and_nobody_elses(cast: Cast) -> None:
    one, _ = await watching(cast)
    two, _ = await watching(cast)
    other, _ = await watching(cast, "stranger")
    await tell(cast.listener)
    assert [await number(client) for client in (one, two)] == [1, 1]
    await tell(cast.stranger)
    # The only one that it hears is its own.
    assert await number(other) == 1
    assert not [event for event in other.events if event["type"] == "bell"]
    for client in (one, two, other):
        await client.leave()


async def test_a_page_that_says_hello_hears_the_number_though_it_is_the_same(cast: Cast) -> None:
    client, _ = await watching(cast)
    assert (await client.command("hello"))["type"] == "ack"
    assert await number(client) == 0
    await client.leave()


@pytest.mark.parametrize("by_reader", [True, False])
async def test_a_block_takes_what_lies_behind_it_off_the_number_at_once(cast: Cast, by_reader: bool) -> None:
    await tell(cast.listener, cast.host)
    client, first = await watching(cast)
    assert first == 1
    blocker, blocked = (cast.listener, cast.host) if by_reader else (cast.host, cast.listener)
    await call(blocks.block_person, actor=blocker, person_id=blocked.pk)
    assert await number(client) == 0
    await sync_to_async(blocks.unblock_person)(actor=blocker, person_id=blocked.pk)
    assert await number(client) == 1
    await client.leave()


async def test_what_is_taken_back_is_taken_off_the_number_at_once(cast: Cast) -> None:
    draft = Draft(f"Are you there, @{cast.listener.handle}?")
    post_id = await call(posts.publish, actor=cast.host, draft=draft)
    message_id = await call(messages.send, actor=cast.host, person_id=cast.listener.pk, draft=draft)
    client, first = await watching(cast)
    assert first == 2
    await sync_to_async(posts.delete)(actor=cast.host, post_id=post_id)
    assert await number(client) == 1
    await sync_to_async(messages.delete)(actor=cast.host, person_id=cast.listener.pk, message_id=message_id)
    assert await number(client) == 0
    await client.leave()


async def test_what_no_note_tells_shows_at_the_next_whole_look(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bells, "WHOLE_LOOKS", 1)
    await tell(cast.listener, cast.host)
    client, first = await watching(cast)
    assert first == 1
    await User.objects.filter(pk=cast.host.pk).aupdate(is_active=False)
    assert await number(client) == 0
    await client.leave()


async def test_a_number_that_was_read_before_and_comes_after_is_not_told(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(cast.listener)
    client, first = await watching(cast)
    assert first == 1
    service, is_read, may_answer = bells.run_service, asyncio.Event(), asyncio.Event()

    async def slow_once(*arguments: Any, **more: Any) -> Any:
        monkeypatch.setattr(bells, "run_service", service)
        answer = await service(*arguments, **more)
        is_read.set()
        await may_answer.wait()
        return answer

    monkeypatch.setattr(bells, "run_service", slow_once)
    # The page asks; while its answer is on the way, everything is read elsewhere.
    hello = asyncio.create_task(client.command("hello"))
    await is_read.wait()
    await call(notifications.mark_all_read, actor=cast.listener)
    await hello
    assert await number(client) == 0
    may_answer.set()
    assert await number(client) == 0
    await client.leave()


async def test_after_the_broker_was_away_everybody_is_looked_at(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = await watching(cast)
    monkeypatch.setattr("rooms.receivers.events.tell_bells_changed", lambda **_: None)
    await tell(cast.listener)
    hub().bells.doubt()
    assert await number(client) == 1
    await client.leave()


async def test_many_are_looked_up_in_one_query_each_few_hundred(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    count = bells.notifications.unread_counts

    def counting(**arguments: Any) -> Any:
        asked.append(len(arguments["people_ids"]))
        return count(**arguments)

    monkeypatch.setattr(bells.notifications, "unread_counts", counting)
    one, _ = await watching(cast)
    two, _ = await watching(cast, "stranger")
    asked.clear()
    hub().bells.doubt()
    await hub().bells.look()
    assert asked == [2]
    for client in (one, two):
        await client.leave()
