"""Fixtures of the rooms' tests."""

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rooms import events
from rooms.models import Room
from rooms.protocol import recent_events_key
from tests.rooms import cast as players


@pytest.fixture
def cast(db: None) -> players.Cast:
    """A live room with its people."""
    return players.full_cast()


@pytest.fixture
def told(django_capture_on_commit_callbacks: Any) -> Callable[..., list[dict[str, Any]]]:
    """Calls a service, commits, and gives the numbered events that the room was told."""

    def call(room: Room, service: Callable[..., Any], **arguments: Any) -> list[dict[str, Any]]:
        key = recent_events_key(str(room.pk))
        before = events.broker().llen(key)
        with django_capture_on_commit_callbacks(execute=True):
            service(room_id=room.pk, **arguments)
        return [json.loads(text) for text in events.broker().lrange(key, before, -1)]

    return call


class DeafBroker:
    """A broker that takes every connection and never says a word."""

    def __init__(self, ear: socket.socket) -> None:
        self._ear = ear

    def callers(self) -> int:
        """How many connections were made to it since it was last asked."""
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                self._ear.accept()[0].close()
                count += 1
        return count


@pytest.fixture
def deaf_broker(settings: Any, tmp_path: Path) -> Iterator[DeafBroker]:
    """The broker of this test hangs."""
    with socket.socket(socket.AF_UNIX) as ear:
        ear.bind(str(tmp_path / "deaf"))
        ear.listen(64)
        ear.setblocking(False)
        settings.REDIS_URL = f"unix://{tmp_path / 'deaf'}"
        far = {**settings.CACHES["default"], "LOCATION": settings.REDIS_URL}
        settings.CACHES = {**settings.CACHES, "default": far}
        yield DeafBroker(ear)


@pytest.fixture
def transactional_cast(transactional_db: None) -> players.Cast:
    """The same where what is done is committed: for doors, threads and events."""
    return players.full_cast()
