"""Real worker processes: a claim through Celery, a handover on SIGTERM, a zombie that wakes."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from rooms import media_gateway
from rooms.models import MediaNode, MediaSession, Room
from rooms.protocol import live_refused_key, live_wanted_key, parts_key
from rooms.services import media
from tests.media_worker.node.cast import open_room, person, until
from tests.media_worker.node.processes import Process, media_worker
from tests.patience import busy

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[list[Process]]:
    """Two media workers."""
    started = [media_worker(tmp_path, "one"), media_worker(tmp_path, "two")]
    yield started
    for worker in started:
        worker.end()


@pytest.fixture
def client() -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


def listened(client: "redis.Redis", room: Room) -> None:
    """Keep the mixer awake for the rest of the test, as a listener would."""
    client.set(live_wanted_key(str(room.pk)), 1, ex=60)


def epochs_written(client: "redis.Redis", room: Room) -> list[int]:
    """Runs that wrote parts, oldest first."""
    entries = client.xrange(parts_key(str(room.pk)))
    return sorted({int(entry[b"run"]) for _, entry in entries if b"data" in entry})


def owner(room: Room, workers: list[Process]) -> Process:
    """The worker that carries the room."""
    session = MediaSession.objects.select_related("node").get(pk=room.pk)
    assert session.node is not None
    pid = int(session.node.name.rpartition(":")[2])
    return next(worker for worker in workers if worker.pid == pid)


def test_a_claim_through_celery_makes_sound(workers: list[Process], client: "redis.Redis") -> None:
    room = open_room(person("host"))
    until(lambda: MediaSession.objects.filter(room=room, epoch=1).exists())
    listened(client, room)
    until(lambda: client.xlen(parts_key(str(room.pk))) > 5)
    assert MediaNode.objects.count() == 2


def test_sigterm_hands_the_room_over_within_seconds(workers: list[Process], client: "redis.Redis") -> None:
    room = open_room(person("host"))
    listened(client, room)
    until(lambda: len(epochs_written(client, room)) == 1)
    old = owner(room, workers)
    began = time.monotonic()
    old.send(signal.SIGTERM)
    until(lambda: len(epochs_written(client, room)) == 2, 5)
    handed_over = time.monotonic() - began
    assert old.wait(8) == 0
    assert owner(room, workers) is not old
    assert MediaSession.objects.get(pk=room.pk).epoch == 2
    assert handed_over < busy(3)
    assert time.monotonic() - began < busy(8)


def test_a_zombie_that_wakes_writes_nothing(workers: list[Process], client: "redis.Redis") -> None:
    room = open_room(person("host"))
    listened(client, room)
    until(lambda: len(epochs_written(client, room)) == 1)
    old = owner(room, workers)
    old.send(signal.SIGSTOP)
    until(lambda: media.rooms_without_sound(now=timezone.now()) == [str(room.pk)], 6)
    until(lambda: media_gateway.ensure_session(str(room.pk)) or len(epochs_written(client, room)) == 2, 6)
    newest = epochs_written(client, room)[-1]
    marks = client.xlen(parts_key(str(room.pk)))
    old.send(signal.SIGCONT)
    until(lambda: old.said("room_dropped"))
    until(lambda: client.xlen(parts_key(str(room.pk))) > marks + 10)
    entries = client.xrange(parts_key(str(room.pk)))
    after = [int(entry[b"run"]) for _, entry in entries if b"data" in entry][marks - len(entries) :]
    assert set(after) == {newest}
    assert client.get(live_refused_key(str(room.pk))) is None


def test_a_worker_goes_before_other_work_where_it_may(workers: list[Process]) -> None:
    for worker in workers:
        nice = os.getpriority(os.PRIO_PROCESS, worker.pid)
        assert nice == (-10 if os.geteuid() == 0 else os.getpriority(os.PRIO_PROCESS, 0))
