"""Telling followers that somebody opened a room: some hundreds at a time, each once."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from accounts.models import Follow, NotificationKind
from accounts.services import notifications
from accounts.services.notifications import Telling
from rooms.models import Reminder, Room
from rooms.services.reminders import LIVE_FOR

#: The room's row is held for one batch: short enough for everybody inside.
BATCH = 200
#: Batches of one room in one tick, and rooms of one tick.
BATCHES, ROOMS = 20, 20


def tell_followers(*, clock: Callable[[], datetime]) -> int:
    """Tell the next followers of those who opened rooms; returns how many. Safe to run twice, and at one time."""
    opened = Room.objects.live().filter(followers_told_to__isnull=False).order_by("started_at")
    told = 0
    for room_id in list(opened.values_list("pk", flat=True)[:ROOMS]):
        for _batch in range(BATCHES):
            count = _tell_some(room_id, clock())
            if count is None:
                break
            told += count
    return told


def _tell_some(room_id: UUID, now: datetime) -> int | None:
    """One batch; None when there is nobody left. Whoever moves the mark tells those whom it passed."""
    with transaction.atomic():
        room = Room.objects.select_related("creator").filter(pk=room_id, followers_told_to__isnull=False).first()
        if room is None or room.followers_told_to is None:
            return None
        mark = room.followers_told_to
        rows = Follow.objects.filter(followee_id=room.creator_id, pk__gt=mark).select_related("follower")
        follows = list(rows.order_by("pk")[:BATCH])
        reached = follows[-1].pk if follows else None
        if not Room.objects.filter(pk=room_id, followers_told_to=mark).update(followers_told_to=reached):
            return None
        people = [follow.follower for follow in follows if follow.follower.is_active]
        # Whoever asked to be reminded of this room is told by their reminder.
        waiting = Reminder.objects.filter(room=room, person__in=people)
        reminded = set(waiting.values_list("person_id", flat=True))
        facts = {"title": room.title, "host": room.creator.display_name or room.creator.handle}
        tellings = [
            Telling(
                person=person, kind=NotificationKind.HOST_LIVE, wording="room_live",
                path=reverse("room_page", args=[room.pk]), facts=facts, about=room.pk, by=room.creator,
                expires_at=now + LIVE_FOR,
            )
            for person in people
            if person.pk not in reminded
        ]  # fmt: skip
        if tellings:
            notifications.tell(tellings=tellings, now=now)
        return len(tellings) if follows else None
