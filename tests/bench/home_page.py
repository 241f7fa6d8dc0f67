"""The home page of somebody who follows ten thousand people, with a thousand rooms live."""

import os
import statistics
import tempfile
import time
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

FOLLOWS = 10_000
ROOMS = 1_000
ON_STAGE = 4
LISTENERS = 20_000
PLANNED = 300
BLOCKED = 100
UNREAD = 40
LANGUAGES = ("en", "fr", "de", "es")
TOPICS = tuple(f"topic {number}" for number in range(60))
REQUESTS = 15


def home_page() -> dict[str, float]:
    """CPU milliseconds of this process for one page (median), and its queries; SQLite in a file."""
    with tempfile.TemporaryDirectory(prefix="spaces-home-") as folder:
        os.environ.update(
            VAR_DIR=folder, SPACES_ENV="test", LOG_LEVEL="WARNING", DJANGO_SETTINGS_MODULE="spaces_site.settings"
        )
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        with closing(connection):
            return _measure()


def _measure() -> dict[str, float]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    browser = Client(HTTP_HOST="localhost")
    browser.force_login(_town())
    spent = []
    for _ in range(REQUESTS):
        before = time.process_time()
        answer = browser.get("/")
        spent.append(time.process_time() - before)
        assert answer.status_code == 200
        assert b"data-ringer=" in answer.content
    with CaptureQueriesContext(connection) as asked:
        browser.get("/")
    return {"": statistics.median(spent) * 1000, "queries": float(len(asked))}


def _town() -> Any:
    """The viewer, the people they follow, and the rooms on whose stages some of these are.

    Rooms differ as they do: when they began, how many listen, language, topics, tickets. The viewer has blocked
    some people, waits for rooms to come, and has something unread.
    """
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from accounts.models import Block, Follow, Notification, NotificationKind

    now, person = timezone.now(), get_user_model()
    people = person.objects.bulk_create(
        [person(handle=f"person_{number}", display_name=f"Person {number}") for number in range(FOLLOWS + LISTENERS)],
        batch_size=1000,
    )
    viewer = person.objects.create(handle="viewer", display_name="Viewer")
    Follow.objects.bulk_create(
        [Follow(follower=viewer, followee=one, created_at=now) for one in people[:FOLLOWS]], batch_size=1000
    )
    Block.objects.bulk_create([Block(blocker=viewer, blocked=one, created_at=now) for one in people[-BLOCKED:]])
    Notification.objects.bulk_create(
        [
            Notification(
                person=viewer, kind=NotificationKind.INVITATION, wording="invited_listen", made_at=now, path="/"
            )
            for _ in range(UNREAD)
        ]
    )
    _rooms(viewer, people, now)
    return viewer


def _rooms(viewer: Any, people: list[Any], now: datetime) -> None:
    from rooms.models import Participant, Reminder, Role, Room, RoomState

    rooms = Room.objects.bulk_create(
        [
            Room(
                creator=people[number * ON_STAGE],
                title=f"Room number {number}",
                state=RoomState.LIVE,
                started_at=now - timedelta(seconds=number * 7),
                language=LANGUAGES[number % len(LANGUAGES)],
                topics=[TOPICS[number % len(TOPICS)], TOPICS[number * 5 % len(TOPICS)]],
                needs_pass=number % 9 == 0,
            )
            for number in range(ROOMS)
        ],
        batch_size=500,
    )
    places = [
        Participant(
            room=room, person=people[number * ON_STAGE + seat], role=Role.HOST if seat == 0 else Role.SPEAKER,
            device="d", joined_at=now, stage_joined_at=now,
        )
        for number, room in enumerate(rooms)
        for seat in range(ON_STAGE)
    ]  # fmt: skip
    places += [
        Participant(room=rooms[number * number % ROOMS], person=one, device="d", joined_at=now)
        for number, one in enumerate(people[FOLLOWS:])
    ]
    Participant.objects.bulk_create(places, batch_size=500)
    planned = Room.objects.bulk_create(
        [
            Room(creator=people[number], title=f"Plan number {number}", scheduled_start=now + timedelta(hours=number))
            for number in range(PLANNED)
        ]
    )
    Reminder.objects.bulk_create([Reminder(person=viewer, room=room, asked_at=now) for room in planned[::3]])
