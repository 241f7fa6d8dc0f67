"""What a report is about, as its form shows it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from rooms.protocol import PersonCard
from rooms.queries import catalogue
from rooms.queries.cards import person_card


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, a room, or both; the title only for whoever may know of the room."""

    person: PersonCard | None
    room_title: str


def subject_of(*, person_id: UUID | None, room_id: UUID | None, viewer: User | AnonymousUser, now: datetime) -> Subject:
    """Names of what is reported, as far as there is such a thing."""
    person = User.objects.filter(pk=person_id).first() if person_id else None
    known = catalogue.rooms_by_ids(ids=[room_id], viewer=viewer, now=now).rooms if room_id else []
    return Subject(person_card(person) if person else None, known[0].title if known else "")
