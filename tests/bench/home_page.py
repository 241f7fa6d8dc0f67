"""The home page of somebody who follows ten thousand people, with a thousand rooms live."""

import os
import statistics
import tempfile
import time
from contextlib import closing
from typing import Any

FOLLOWS = 10_000
ROOMS = 1_000
ON_STAGE = 4
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
    """The viewer, the people they follow, and the rooms on whose stages some of these are."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from accounts.models import Follow
    from rooms.models import Participant, Role, Room, RoomState

    now, person = timezone.now(), get_user_model()
    people = person.objects.bulk_create(
        [person(handle=f"person_{number}", display_name=f"Person {number}") for number in range(FOLLOWS)],
        batch_size=1000,
    )
    viewer = person.objects.create(handle="viewer", display_name="Viewer")
    Follow.objects.bulk_create(
        [Follow(follower=viewer, followee=one, created_at=now) for one in people], batch_size=1000
    )
    rooms = Room.objects.bulk_create(
        [
            Room(
                creator=people[number],
                title=f"Room number {number}",
                state=RoomState.LIVE,
                started_at=now,
                language="en",
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
    Participant.objects.bulk_create(places, batch_size=500)
    return viewer
