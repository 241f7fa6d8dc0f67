"""People and rooms in a live site's database: one JSON request a line in, one JSON answer a line out.

A process of its own, since the test process has another database and other settings.
"""

import json
import sys
import time
from datetime import timedelta
from typing import Any

import django
import redis

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Hosting, Notification, User  # noqa: E402
from accounts.services import blocks, devices, follows, signup  # noqa: E402
from moderation.services import decisions  # noqa: E402
from rooms.models import (  # noqa: E402
    DueKind,
    DueReminder,
    MediaNode,
    MediaSession,
    Participant,
    Reminder,
    Role,
    Room,
)
from rooms.services import entry, lifecycle, pace  # noqa: E402
from rooms.services import hands as hands_service  # noqa: E402
from rooms.services import stage as stage_service  # noqa: E402

# All tests of a run share the site and its hosts, who open more rooms than a person does.
pace.ROOMS = pace.Pace("room", ())

NAMES = ("Hugo Delacroix-Beaumont", "Chloé Hamon", "David Okafor", "ليلى حداد", "Eva Rossi", "Inès", "Bo", "Tess Ng")


def person(*, handle: str, name: str, fields: dict[str, Any]) -> str:
    """A person who may host, or the one there is; their session key."""
    user = User.objects.filter(handle=handle).first()
    if user is None:
        user = User(handle=handle, display_name=name, hosting=Hosting.GRANTED, email=f"{handle}@example.org", **fields)
        user.set_unusable_password()
        user.save()
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def forget_pace() -> None:
    """Nobody did anything lately: the tests of a run share their people, who raise more hands than one person does."""
    broker = redis.Redis.from_url(settings.REDIS_URL)
    keys = list(broker.scan_iter("spaces:pace*"))
    if keys:
        broker.delete(*keys)


def people(*, prefix: str, count: int) -> list[str]:
    """So many people at once, `<prefix>_0` and on; their session keys."""
    return [person(handle=f"{prefix}_{number}", name=f"{prefix} {number}", fields={}) for number in range(count)]


def fans(*, whom: str, prefix: str, count: int) -> str:
    """So many people follow somebody, who is made if need be; the id of that person."""
    person(handle=whom, name=whom.capitalize(), fields={})
    people(prefix=prefix, count=count)
    followed = User.objects.get(handle=whom)
    for fan in User.objects.filter(handle__startswith=f"{prefix}_"):
        follows.follow(actor=fan, person_id=followed.pk, now=timezone.now())
    return str(followed.pk)


def block(*, who: str, whom: str) -> None:
    """Somebody blocks somebody."""
    blocked = User.objects.get(handle=whom)
    blocks.block_person(actor=User.objects.get(handle=who), person_id=blocked.pk, now=timezone.now())


def token(*, handle: str) -> str:
    """A device of somebody, for the API."""
    return devices.issue_token(person=User.objects.get(handle=handle), name="crew", now=timezone.now())[1]


def account(*, handle: str, password: str) -> None:
    """Somebody with a proved address who can sign in by the form."""
    if not User.objects.filter(handle=handle).exists():
        signup.create_person(
            handle=handle,
            display_name=handle.capitalize(),
            email=f"{handle}@example.org",
            password=password,
            now=timezone.now(),
            email_verified=True,
        )


def room(*, host: str, title: str, fields: dict[str, Any]) -> str:
    """Open a room now; rooms that this host had open are ended first."""
    now = timezone.now()
    creator = User.objects.get(handle=host)
    for old in Room.objects.live().filter(creator=creator):
        lifecycle.end_room(actor=creator, room_id=old.pk, now=now)
    return str(lifecycle.open_room(creator=creator, title=title, now=now, **fields).pk)


def schedule(*, host: str, title: str, hours: float) -> str:
    """A room for later."""
    now = timezone.now()
    creator = User.objects.get(handle=host)
    start = now + timedelta(hours=hours)
    return str(lifecycle.schedule_room(creator=creator, title=title, scheduled_start=start, now=now).pk)


def awaiting(*, host: str, count: int, seconds: float) -> float:
    """So many people who are reminded in so many seconds, all at one moment; that moment."""
    now = timezone.now()
    creator, due_at = User.objects.get(handle=host), now + timedelta(seconds=seconds)
    start = due_at + timedelta(minutes=10)
    waited = lifecycle.schedule_room(creator=creator, title="What many wait for", scheduled_start=start, now=now)
    people = [
        User(handle=f"waits_{number}", display_name=f"W {number}", email=f"waits_{number}@example.org")
        for number in range(count)
    ]
    User.objects.bulk_create(people, batch_size=1000)
    asked = [Reminder(person=one, room=waited, asked_at=now) for one in people]
    Reminder.objects.bulk_create(asked, batch_size=1000)
    due = [DueReminder(reminder=one, kind=DueKind.SOON, due_at=due_at) for one in asked]
    DueReminder.objects.bulk_create(due, batch_size=1000)
    return due_at.timestamp()


def told() -> dict[str, int]:
    """How often each of those who wait was told, in the app."""
    rows = Notification.objects.filter(person__handle__startswith="waits_")
    return dict(rows.values_list("person__handle").annotate(Count("pk")))


def end(*, host: str, room_id: str) -> None:
    """End a room."""
    lifecycle.end_room(actor=User.objects.get(handle=host), room_id=room_id, now=timezone.now())


def close(*, room_id: str) -> float:
    """Staff close a room with a reason; when they gave the word, by the machine's clock."""
    warden, _ = User.objects.get_or_create(handle="warden", defaults={"display_name": "Warden", "is_staff": True})
    live = Room.objects.select_related("creator").get(pk=room_id)
    verdict = decisions.Verdict("CLOSE_ROOM", "THREATS", "An exercise.")
    began = time.time()
    decisions.close_room(actor=warden, room=live, verdict=verdict, now=timezone.now())
    return began


def listeners(*, room_id: str, count: int) -> None:
    """Listeners who are there by name and do nothing."""
    for number in range(count):
        handle = f"listener_{number}"
        name = NAMES[number] if number < len(NAMES) else f"Listener {number}"
        user, _ = User.objects.get_or_create(handle=handle, defaults={"display_name": name})
        entry.join_room(actor=user, room_id=room_id, device=f"d{number}", now=timezone.now())


def hands(*, room_id: str, count: int) -> None:
    """The first listeners ask to speak."""
    for number in range(count):
        hands_service.raise_hand(
            actor=User.objects.get(handle=f"listener_{number}"), room_id=room_id, now=timezone.now()
        )


def host_beside(*, room_id: str, handle: str) -> None:
    """Somebody is co-host, with no device there yet."""
    user = User.objects.get(handle=handle) if User.objects.filter(handle=handle).exists() else None
    if user is None:
        person(handle=handle, name=handle.capitalize(), fields={})
        user = User.objects.get(handle=handle)
    entry.join_room(actor=user, room_id=room_id, device="", now=timezone.now())
    place = Participant.objects.filter(room_id=room_id, person=user)
    place.update(role=Role.CO_HOST, stage_joined_at=timezone.now())


def speakers(*, room_id: str, host: str, count: int) -> None:
    """The first listeners come on stage, muted."""
    creator = User.objects.get(handle=host)
    for number in range(count):
        user = User.objects.get(handle=f"listener_{number}")
        place = Participant.objects.get(room_id=room_id, person=user)
        stage_service.invite_to_speak(actor=creator, room_id=room_id, participant_id=place.pk, now=timezone.now())
        stage_service.take_offer(actor=user, room_id=room_id, now=timezone.now())


def stage(*, room_id: str) -> dict[str, Any]:
    """Who is on stage and whether muted, as the database has it."""
    places = Participant.objects.on_stage().filter(room_id=room_id).select_related("person")
    return {place.person.handle: {"muted": place.muted, "role": place.role} for place in places}


def node() -> str:
    """Waits until a media node has registered."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        if found := MediaNode.objects.first():
            return found.name
        time.sleep(0.1)
    raise TimeoutError("no media node registered")


def nodes() -> int:
    """How many media nodes have registered."""
    return MediaNode.objects.count()


def owner_pid(*, room_id: str) -> int:
    """Process id of the media node that holds the room's lease now; 0 for none."""
    session = (
        MediaSession.objects.filter(room_id=room_id, lease_until__gt=timezone.now()).select_related("node").first()
    )
    return int(session.node.name.rsplit(":", 1)[1]) if session is not None and session.node is not None else 0


ACTS = {
    act.__name__: act
    for act in (
        account,
        awaiting,
        told,
        forget_pace,
        people,
        fans,
        block,
        token,
        nodes,
        owner_pid,
        person,
        room,
        schedule,
        end,
        close,
        listeners,
        hands,
        host_beside,
        speakers,
        stage,
        node,
    )
}


def main() -> None:
    """Serve requests until the input ends."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer: dict[str, Any] = {"result": ACTS[request.pop("what")](**request)}
        except Exception as fault:
            answer = {"fault": f"{type(fault).__name__}: {fault}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
