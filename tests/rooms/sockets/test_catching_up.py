"""Numbers without gaps: replay, resync, late and lost events, and the outage of the broker."""

import json
import random
import threading

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from rooms import events
from rooms.hub import seat
from rooms.hub.batch import FLOATS_LIMIT, Batch
from rooms.protocol import SpeakerUnmuted, room_channel
from rooms.services import lifecycle
from tests.patience import busy
from tests.rooms.sockets.clients import InProcess

pytestmark = pytest.mark.usefixtures("hub_ends")


async def listening(cast, who: str = "listener", **query) -> InProcess:
    return await InProcess(cast.room.pk, session=cast.sessions[who], device=f"{who}-1", **query).connect()


@sync_to_async
def happen(cast, times: int = 1) -> list[int]:
    """Numbered events, as services announce them."""
    numbers = []
    for _ in range(times):
        with transaction.atomic():
            event = SpeakerUnmuted(participant=str(cast.room.pk))
            numbers.append(events.announce(room_id=cast.room.pk, event=event, at=timezone.now()))
    return numbers


@sync_to_async
def number_only(cast) -> str:
    """An event that is committed and remembered, but not published: its frame."""
    with transaction.atomic():
        seq = events.next_seq(room_id=cast.room.pk)
    return events.frame(SpeakerUnmuted(participant=str(cast.room.pk)), seq=seq)


async def numbers(client: InProcess, up_to: int) -> list[int]:
    """The numbers of the events until `up_to` was heard."""
    heard = []
    while not heard or heard[-1] < up_to:
        frame = await client.next_frame()
        if "seq" in frame:
            heard.append(frame["seq"])
    return heard


async def test_events_follow_the_snapshot_without_a_gap(cast) -> None:
    client = await listening(cast)
    start = (await client.event("snapshot"))["data"]["seq"]
    last = (await happen(cast, 20))[-1]
    assert await numbers(client, last) == list(range(start + 1, last + 1))
    await client.leave()


async def test_reconnecting_with_the_last_number_replays_what_was_missed(cast) -> None:
    client = await listening(cast)
    start = (await client.event("snapshot"))["data"]["seq"]
    await client.leave()
    last = (await happen(cast, 5))[-1]
    again = await listening(cast, last_seq=start)
    assert await numbers(again, last) == list(range(start + 1, last + 1))
    assert not [frame for frame in again.events if frame["type"] == "snapshot"]
    await again.leave()


async def test_what_cannot_be_replayed_is_a_snapshot(cast) -> None:
    await happen(cast, 300)
    client = await listening(cast, last_seq=1)
    assert (await client.next_frame())["type"] == "snapshot"
    answer = await client.command("hello", last_seq=10**9)
    assert answer["type"] == "ack"
    await client.event("snapshot")
    await client.leave()


async def test_a_client_that_sees_a_gap_asks_and_gets_the_missing_ones(cast) -> None:
    client = await listening(cast)
    start = (await client.event("snapshot"))["data"]["seq"]
    last = (await happen(cast, 3))[-1]
    await numbers(client, last)
    await client.command("hello", last_seq=start)
    assert await numbers(client, last) == list(range(start + 1, last + 1))
    await client.leave()


async def test_events_published_in_another_order_are_put_right(cast) -> None:
    client = await listening(cast)
    start = (await client.event("snapshot"))["data"]["seq"]
    frames = [await number_only(cast) for _ in range(12)]
    shuffled = random.Random(7).sample(frames, len(frames))
    for text in [*shuffled, *shuffled]:
        await sync_to_async(events.broker().publish)(room_channel(str(cast.room.pk)), text)
    last = start + 12
    assert await numbers(client, last) == list(range(start + 1, last + 1))
    await client.leave()


async def test_an_event_that_the_broker_lost_is_looked_up(cast) -> None:
    client = await listening(cast)
    start = (await client.event("snapshot"))["data"]["seq"]
    lost = await number_only(cast)
    await sync_to_async(events.broker().rpush)(f"spaces:room:{cast.room.pk}:recent", lost)
    last = (await happen(cast))[-1]
    assert await numbers(client, last) == [start + 1, start + 2]
    await client.leave()


async def test_an_event_that_is_lost_everywhere_ends_in_a_snapshot(cast) -> None:
    client = await listening(cast)
    start = (await client.event("snapshot"))["data"]["seq"]
    await number_only(cast)
    await happen(cast)
    assert (await client.event("snapshot"))["data"]["seq"] == start + 2
    last = (await happen(cast))[-1]
    assert await numbers(client, last) == [last]
    await client.leave()


async def test_what_happens_while_the_snapshot_is_read_is_heard_once(cast, monkeypatch) -> None:
    from rooms.services import snapshots

    real = snapshots.snapshot

    def slow(**arguments):
        told = real(**arguments)
        for _ in range(3):
            with transaction.atomic():
                event = SpeakerUnmuted(participant=str(cast.room.pk))
                events.announce(room_id=cast.room.pk, event=event, at=timezone.now())
        return told

    monkeypatch.setattr(snapshots, "snapshot", slow)
    client = await listening(cast)
    first = await client.next_frame()
    assert first["type"] == "snapshot"
    start = first["data"]["seq"]
    assert await numbers(client, start + 3) == [start + 1, start + 2, start + 3]
    await client.leave()


async def test_more_than_can_be_held_back_for_a_snapshot_ends_in_another_one(cast, monkeypatch) -> None:
    from rooms.services import snapshots

    real, told, push, pushed = snapshots.snapshot, [], seat.Seat.push, []
    overflown = threading.Event()

    def noted_push(self, frame, seq) -> None:
        push(self, frame, seq)
        pushed.append(seq)
        if len([one for one in pushed if one is not None]) == 5:
            overflown.set()

    def slow_at_first(**arguments):
        told.append(real(**arguments))
        if len(told) == 1:
            for _ in range(5):
                with transaction.atomic():
                    event = SpeakerUnmuted(participant=str(cast.room.pk))
                    events.announce(room_id=cast.room.pk, event=event, at=timezone.now())
            assert overflown.wait(busy(5))
        return told[-1]

    monkeypatch.setattr(seat, "HELD_LIMIT", 2)
    monkeypatch.setattr(seat.Seat, "push", noted_push)
    monkeypatch.setattr(snapshots, "snapshot", slow_at_first)
    client = await listening(cast)
    start = (await client.event("snapshot"))["data"]["seq"]
    assert (await client.event("snapshot"))["data"]["seq"] == start + 5
    last = (await happen(cast))[-1]
    assert await numbers(client, last) == [last]
    await client.leave()


async def test_the_end_is_told_before_the_socket_closes(cast) -> None:
    client = await listening(cast)
    await client.event("snapshot")
    await sync_to_async(lifecycle.end_room)(actor=cast.host, room_id=cast.room.pk, now=timezone.now())
    assert await client.closed() == 4410
    assert [frame["type"] for frame in client.events if "seq" in frame][-1] == "room.ended"


async def test_reactions_come_at_most_four_times_a_second_and_none_is_lost(cast) -> None:
    client = await listening(cast)
    await client.event("snapshot")
    for tally in range(1, 61):
        text = json.dumps(
            {"type": "reaction.batch", "at": "", "data": {"counts": {"👏": 1}, "floats": [], "tally": {"👏": tally}}}
        )
        await sync_to_async(events.broker().publish)(room_channel(str(cast.room.pk)), text)
    counted = batches = 0
    while counted < 60:
        counted += (await client.event("reaction.batch"))["data"]["counts"]["👏"]
        batches += 1
    assert batches <= 4
    await client.leave()


def test_a_batch_adds_reactions_and_keeps_the_newest_levels_and_count() -> None:
    batch = Batch()
    for number in range(40):
        batch.add(
            "reaction.batch", {"counts": {"👏": 1}, "floats": [[str(number), "👏"]], "tally": {"👏": 40 - number}}
        )
    batch.add("level.batch", {"levels": {"a": 3}})
    batch.add("level.batch", {"levels": {"b": 5}})
    batch.add("count.changed", {"listener_count": 1})
    batch.add("count.changed", {"listener_count": 2})
    told = {frame["type"]: frame["data"] for frame in map(json.loads, batch.flush())}
    assert told["reaction.batch"]["counts"] == {"👏": 40}
    assert told["reaction.batch"]["tally"] == {"👏": 40}
    assert len(told["reaction.batch"]["floats"]) == FLOATS_LIMIT
    assert told["level.batch"] == {"levels": {"b": 5}}
    assert told["count.changed"] == {"listener_count": 2}
    assert batch.flush() == []


def test_silence_is_told_once() -> None:
    batch = Batch()
    batch.add("level.batch", {"levels": {}})
    assert batch.flush() == []
    batch.add("level.batch", {"levels": {"a": 1}})
    assert len(batch.flush()) == 1
    batch.add("level.batch", {"levels": {}})
    assert len(batch.flush()) == 1
    batch.add("level.batch", {"levels": {}})
    assert batch.flush() == []
