"""The cast, their sessions, and rooms: made by the same services that the site calls."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from accounts.models import Hosting, User
from rooms.models import Room
from rooms.services import entry, hands, lifecycle, stage


def make_person(handle: str, **fields) -> User:
    """A person who may host."""
    person = User(
        **{
            "handle": handle,
            "email": f"{handle}@example.org",
            "display_name": handle.title(),
            "hosting": Hosting.GRANTED,
            **fields,
        }
    )
    person.set_unusable_password()
    person.save()
    return person


def make_guest() -> User:
    return make_person("guest-1", is_guest=True, email="", hosting=Hosting.DEFAULT)


def sign_in(person: User) -> str:
    """A web session of this person; returns its key."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def make_room(host: User, title: str = "Morning news") -> Room:
    return lifecycle.open_room(creator=host, title=title, now=timezone.now())


def put_on_stage(host: User, person: User, room: Room, device: str) -> None:
    """The whole way: join, raise a hand, be accepted, come up."""
    now = timezone.now()
    entry.join_room(actor=person, room_id=room.pk, device=device, now=now)
    hand = hands.raise_hand(actor=person, room_id=room.pk, now=now)
    hands.offer(actor=host, room_id=room.pk, hand_id=hand, now=now)
    stage.take_offer(actor=person, room_id=room.pk, now=now)
