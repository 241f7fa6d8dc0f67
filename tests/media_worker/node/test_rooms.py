"""Many rooms, many nodes, and what goes missing in between: nudges, people, the database."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from prometheus_client import REGISTRY

from accounts.models import User
from media_worker import carried_room
from media_worker.engine import session
from media_worker.node import MediaNode
from rooms import media_gateway
from rooms.models import MediaNode as NodeRow
from rooms.models import MediaSession, Participant, Room
from rooms.playback import feed
from rooms.services import audio, entry, playback
from spaces_site.asgi import application
from tests.media_worker.node.cast import HttpListener, bring_on_stage, carry, connect, enter, open_room, person
from tests.media_worker.node.test_path import decoded
from tests.media_worker.transport.clients import AiortcClient, until
from tests.patience import busy


@pytest.fixture
def second(transactional_db: None) -> Iterator[MediaNode]:
    """One more node in this process."""
    node = MediaNode()
    node.start()
    yield node
    node.stop()


def share(samples: np.ndarray, frequency: float) -> float:
    """Amplitude of a tone in a piece of sound, 1.0 being full scale."""
    phase = np.exp(-2j * np.pi * frequency * np.arange(len(samples)) / 48_000)
    return float(2 * np.abs(np.dot(samples, phase)) / len(samples))


def hears(client: AiortcClient, frequency: float) -> bool:
    """Whether the last 100 ms hold the tone."""
    return len(client.samples) > 25 and share(np.concatenate(client.samples[-5:]), frequency) > 0.01


def listen(someone: User, room: Room) -> HttpListener:
    """The long response of somebody in the room."""
    place = Participant.objects.get(person=someone, room=room)
    return HttpListener(application, playback.media_info(participant=place, room=room, now=timezone.now()).stream)


def lost_nudges() -> float:
    return REGISTRY.get_sample_value("spaces_media_nudges_lost_total") or 0.0


class HummingRoom:
    """A room whose host hums alone, with a listener by HTTP."""

    def __init__(self, name: str, frequency: float) -> None:
        self.host, self.frequency = person(f"{name}-host"), frequency
        self.room = open_room(self.host)
        audio.unmute_self(actor=self.host, room_id=self.room.pk, now=timezone.now())

    async def begin(self) -> None:
        self.peer = await connect(self.host, self.room, self.frequency)
        self.listener = listen(self.host, self.room)

    async def end(self) -> None:
        await self.listener.hang_up()
        await self.peer.close()


@pytest.mark.parametrize("nodes", ["one node", "two nodes"])
async def test_rooms_at_one_time_do_not_hear_one_another(node: MediaNode, second: MediaNode, nodes: str) -> None:
    low, high = HummingRoom("low", 500), HummingRoom("high", 1200)
    carry(node, low.room.pk)
    carry(node if nodes == "one node" else second, high.room.pk)
    for each in (low, high):
        await each.begin()
    await until(lambda: min(len(each.listener.answer.body) for each in (low, high)) > 30_000, 15)
    for each, other in ((low, high), (high, low)):
        await each.end()
        sound = decoded(each.listener.answer.body)[-24_000:]
        assert share(sound, each.frequency) > 0.02
        assert share(sound, other.frequency) < 0.001
        # A person alone hears nothing: not themself, not the other room.
        assert np.abs(each.peer.heard()).max() < 0.001


async def test_a_room_that_fails_is_given_back_and_the_others_sound_on(
    node: MediaNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = HummingRoom("broken", 500), HummingRoom("sound", 1200)
    for each in (broken, sound):
        carry(node, each.room.pk)
        await each.begin()
    await until(lambda: min(each.listener.answer.body.count(b"moof") for each in (broken, sound)) > 2, 15)
    run = node.rooms[str(sound.room.pk)]

    def fail() -> None:
        raise RuntimeError("a defect of this room alone")

    monkeypatch.setattr(node.rooms[str(broken.room.pk)], "tick", fail)
    await until(lambda: MediaSession.objects.get(pk=broken.room.pk).lease_until is None)
    assert str(broken.room.pk) not in node.rooms
    parts = sound.listener.answer.body.count(b"moof")
    await until(lambda: sound.listener.answer.body.count(b"moof") > parts + 5)
    assert node.rooms[str(sound.room.pk)] is run
    carry(node, broken.room.pk)
    for each in (broken, sound):
        await each.end()


async def test_a_lost_nudge_is_made_good_within_the_second(node: MediaNode, monkeypatch: pytest.MonkeyPatch) -> None:
    host, guest = person("host"), person("guest")
    room = open_room(host)
    place = bring_on_stage(guest, room, host)
    carry(node, room.pk)
    first, other = await connect(host, room, 500), await connect(guest, room, 1200)
    await until(lambda: hears(first, 1200))
    # A list that is full takes no nudge.
    monkeypatch.setattr(media_gateway, "REQUESTS_LIMIT", 0)
    before = lost_nudges()
    audio.mute_speaker(actor=host, room_id=room.pk, participant_id=place.pk, now=timezone.now())
    assert lost_nudges() == before + 1
    await until(lambda: not hears(first, 1200), 3)
    await first.close()
    await other.close()


def seconds_of_cpu(thread: threading.Thread) -> float:
    """CPU that one thread has used."""
    assert thread.ident is not None
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


async def test_the_mixer_sleeps_when_the_last_one_left_and_wakes_for_the_next(
    node: MediaNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LINGER_TICKS", 5)
    monkeypatch.setattr(feed, "WANTED_MILLISECONDS", 700)
    host, listener = person("host"), person("listener")
    room = open_room(host)
    carry(node, room.pk)
    peer = await connect(host, room, 500)
    enter(listener, room)
    client = listen(listener, room)
    await until(lambda: client.answer.body.count(b"moof") > 3)
    carried = node.rooms[str(room.pk)]
    assert carried.awake
    await peer.close()
    entry.leave_room(actor=listener, room_id=room.pk, device="listener-1", now=timezone.now())
    await until(lambda: not carried.awake)
    thread = next(thread for thread in threading.enumerate() if thread.name == "media-node")
    used, began, beats = seconds_of_cpu(thread), time.monotonic(), set()
    await until(lambda: beats.add(NodeRow.objects.get().heartbeat_at) or len(beats) == 4)
    assert not carried.awake
    assert seconds_of_cpu(thread) - used < 0.05 * (time.monotonic() - began)
    enter(listener, room)
    again = listen(listener, room)
    asked = time.monotonic()
    await until(lambda: b"moof" in again.answer.body)
    assert time.monotonic() - asked < busy(3)
    assert node.rooms[str(room.pk)] is carried
    await again.hang_up()


async def test_a_room_that_everybody_left_is_given_back_and_found_again(
    node: MediaNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carried_room, "EMPTY_SECONDS", 1.0)
    monkeypatch.setattr(session, "LINGER_TICKS", 5)
    monkeypatch.setattr(feed, "WANTED_MILLISECONDS", 700)
    kept, left = HummingRoom("kept", 500), HummingRoom("left", 1200)
    for each in (kept, left):
        carry(node, each.room.pk)
        await each.begin()
        await until(lambda: b"moof" in each.listener.answer.body)  # noqa: B023
    await left.end()
    assert str(left.room.pk) in node.rooms
    entry.leave_room(actor=left.host, room_id=left.room.pk, device="left-host-1", now=timezone.now())
    await until(lambda: str(left.room.pk) not in node.rooms)
    await until(lambda: MediaSession.objects.get(pk=left.room.pk).lease_until is None)
    assert str(kept.room.pk) in node.rooms
    assert node.rooms[str(kept.room.pk)].awake
    # Whoever comes back finds the room with any node, under a new epoch.
    enter(left.host, left.room)
    carry(node, left.room.pk)
    audio.unmute_self(actor=left.host, room_id=left.room.pk, now=timezone.now())
    await left.begin()
    await until(lambda: b"moof" in left.listener.answer.body)
    assert node.rooms[str(left.room.pk)].epoch == 2
    for each in (kept, left):
        await each.end()


@contextmanager
def database_away() -> Iterator[None]:
    """Somebody holds the database: on SQLite its write lock, on PostgreSQL the tables of the sound."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        other: Any = sqlite3.connect(str(facts["NAME"]), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
    else:
        other = psycopg.connect(host=facts["HOST"], port=facts["PORT"], user=facts["USER"], dbname=facts["NAME"])
        tables = [MediaSession, NodeRow, Room, Participant]
        other.execute(f"LOCK TABLE {', '.join(each._meta.db_table for each in tables)} IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


async def test_live_sound_goes_on_without_the_database(settings: Any, transactional_db: None) -> None:
    settings.MEDIA_LEASE_SECONDS = 2.0
    node = MediaNode()
    node.start()
    host, guest = person("host"), person("guest")
    room = open_room(host)
    bring_on_stage(guest, room, host)
    carry(node, room.pk)
    first, other = await connect(host, room, 500), await connect(guest, room, 1200)
    client = listen(guest, room)
    await until(lambda: hears(first, 1200) and b"moof" in client.answer.body)
    with database_away():
        began, frames, parts = time.monotonic(), len(first.samples), client.answer.body.count(b"moof")
        # Three leases long nobody can renew anything.
        await until(lambda: time.monotonic() - began > 3 * settings.MEDIA_LEASE_SECONDS)
        lasted = time.monotonic() - began
        assert len(first.samples) - frames > 0.95 * lasted / 0.02
        assert client.answer.body.count(b"moof") - parts > 0.9 * lasted / 0.192
        assert hears(first, 1200)
    beat = NodeRow.objects.get().heartbeat_at
    await until(lambda: NodeRow.objects.get().heartbeat_at > beat)
    assert MediaSession.objects.get(pk=room.pk).epoch == 1
    assert str(room.pk) in node.rooms
    await client.hang_up()
    await first.close()
    await other.close()
    node.stop()
