"""What readers choose lists of rooms by: language, topic, free, people they follow."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from rooms import admission
from rooms.eligibility import LATE
from rooms.models import Participant, Room
from rooms.models.room import RoomQuerySet
from rooms.queries.listed import Viewer, account_of, followed

Rooms = TypeVar("Rooms", bound="QuerySet[Room]")


@dataclass(frozen=True, slots=True)
class Filters:
    """Language code, topic, only without a ticket, only with people they follow; empty means everything."""

    language: str = ""
    topic: str = ""
    is_free: bool = False
    following: bool = False

    def __bool__(self) -> bool:
        return bool(self.language or self.topic or self.is_free or self.following)


def listed_for(rooms: Rooms, *, viewer: Viewer, now: datetime) -> Rooms:
    """Those of these rooms that lists show to this viewer."""
    return rooms.filter(admission.rooms_listed_for(viewer_id=viewer.pk, now=now))


def to_come(*, viewer: Viewer, now: datetime) -> RoomQuerySet:
    """Rooms that lists show to this viewer as those to come."""
    waiting = Room.objects.scheduled().filter(scheduled_start__gte=now - LATE)
    return listed_for(waiting, viewer=viewer, now=now)


def chosen(rooms: Rooms, *, viewer: Viewer, filters: Filters) -> Rooms:
    """Those of these rooms that fit all that was chosen. Somebody without an account follows nobody."""
    if filters.language:
        rooms = rooms.filter(language=filters.language)
    if filters.topic:
        # SQLite can't look into JSON lists; as text the topic stands in quotes, escaped or not.
        forms = {json.dumps(filters.topic), f'"{filters.topic}"'}
        as_text = Q(*[("topics_text__icontains", form) for form in forms], _connector=Q.OR)
        rooms = rooms.annotate(topics_text=Cast("topics", TextField())).filter(as_text)
    if filters.is_free:
        rooms = rooms.filter(needs_pass=False)
    if filters.following:
        rooms = rooms.filter(_with_followed(viewer))
    return rooms


def _with_followed(viewer: Viewer) -> Q:
    """Opened by somebody whom the viewer follows, or with one of them on stage."""
    account = account_of(viewer)
    if account is None:
        return Q(pk__in=[])
    people = followed(account)
    on_stage = Participant.objects.on_stage().filter(person__in=people)
    return Q(pk__in=on_stage.values("room")) | Q(creator__in=people)
