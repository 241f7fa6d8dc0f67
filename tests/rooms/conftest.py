"""Fixtures of the rooms' tests."""

import json
from collections.abc import Callable
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


@pytest.fixture
def transactional_cast(transactional_db: None) -> players.Cast:
    """The same where what is done is committed: for doors, threads and events."""
    return players.full_cast()
