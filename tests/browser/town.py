"""A small town to look at: people, live rooms and plans, made by the services."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Hosting, User
from accounts.services import blocks, follows
from rooms.models import Participant, Role, Room
from rooms.services import invitations, lifecycle

PASSWORD = "a sentence works well"
NAMES = {
    "ana": "Ana Martin",
    "bo": "Bo Chen",
    "karim": "Karim Benali",
    "noor": "نور رحيمي",
    "lea": "Léa Fontaine",
    "omar": "Omar Haddad",
    "maya": "Maya Lindqvist",
    "wolfe": "Bartholomäus Freiherr von Wolfeschlegelstein",
}


@dataclass
class Town:
    """People by handle, and the live rooms."""

    people: dict[str, User]
    rooms: list[Room]


def make_people() -> dict[str, User]:
    """Eight people who may host, with long and right-to-left names among them."""
    return {
        handle: User.objects.create_user(
            handle, f"{handle}@example.org", PASSWORD, display_name=name, hosting=Hosting.GRANTED
        )
        for handle, name in NAMES.items()
    }


def make_town() -> Town:
    """Four live rooms with people in them, three plans, and Maya who follows three of the people."""
    now = timezone.now()
    people = make_people()
    titles = [
        ("ana", "Building with Django: questions and answers", "en", ["technology", "django"]),
        ("noor", "The night bus: stories from the last line", "en", ["stories"]),
        ("lea", "Radio, slowly : comment on monte une voix", "fr", ["radio"]),
        ("wolfe", "Donaudampfschifffahrtsgesellschaftskapitän: wer fährt wohin und warum eigentlich", "de", []),
    ]
    rooms = [
        lifecycle.open_room(creator=people[who], title=title, language=language, topics=topics, now=now)
        for who, title, language, topics in titles
    ]
    for handle in ("bo", "karim", "omar"):
        _seat(rooms[0], people[handle], Role.SPEAKER, now)
    for handle in ("wolfe", "lea"):
        _seat(rooms[0], people[handle], Role.LISTENER, now)
    for handle in ("ana", "bo", "lea"):
        follows.follow(actor=people["maya"], person_id=people[handle].pk, now=now)
    for handle in ("noor", "wolfe"):
        blocks.block_person(actor=people[handle], person_id=people["omar"].pk, now=now)
    for room, kind in ((rooms[0], "LISTEN"), (rooms[1], "SPEAK")):
        invitations.invite(actor=room.creator, room_id=room.pk, person_id=people["maya"].pk, kind=kind, now=now)
    plan(people["omar"], "Reading aloud: Perec, in one breath", now + timedelta(hours=3))
    plan(people["bo"], "After hours with the platform team", now + timedelta(days=1, hours=2))
    plan(people["karim"], "Lunch with an archivist", now + timedelta(days=3))
    return Town(people, rooms)


def plan(host: User, title: str, start: datetime) -> Room:
    """A scheduled room."""
    return lifecycle.schedule_room(creator=host, title=title, scheduled_start=start, now=timezone.now())


def _seat(room: Room, person: User, role: Role, now: datetime) -> None:
    stage = None if role == Role.LISTENER else now
    Participant.objects.create(room=room, person=person, role=role, joined_at=now, stage_joined_at=stage)
