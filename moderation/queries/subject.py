"""What a report is about, as its form shows it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from accounts.models import Post, User
from accounts.queries import messages
from rooms.protocol import PersonCard
from rooms.queries import catalogue
from rooms.queries.cards import person_card


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, a room, or both; the title only for whoever may know of the room. `quoted` is what somebody said."""

    person: PersonCard | None
    room_title: str
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """The ids that an address names."""

    person_id: UUID | None = None
    room_id: UUID | None = None
    post_id: UUID | None = None
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """A post or a message that is reported: whose it is, what it says, where it stands (a message has no place)."""

    author: User
    text: str
    address: str = ""


def subject_of(*, named: Named, viewer: User | AnonymousUser, now: datetime) -> Subject:
    """Names of what is reported, as far as there is such a thing."""
    said = utterance(post_id=named.post_id, message_id=named.message_id, viewer=viewer)
    person = User.objects.filter(pk=named.person_id).first() if named.person_id else said and said.author
    known = catalogue.rooms_by_ids(ids=[named.room_id], viewer=viewer, now=now).rooms if named.room_id else []
    title = known[0].title if known else ""
    return Subject(person_card(person) if person else None, title, said.text if said else "")


def utterance(
    *, post_id: UUID | None, message_id: UUID | None = None, viewer: User | AnonymousUser | None = None
) -> Utterance | None:
    """What is reported. A post is anybody's to report, blocked people's too; a message only the two's who have it."""
    if post_id is not None:
        post = Post.objects.select_related("author").filter(pk=post_id).first()
        return Utterance(post.author, _words(post.text, post.room_id), post.get_absolute_url()) if post else None
    if message_id is None or not isinstance(viewer, User):
        return None
    told = messages.message_seen_by(message_id=message_id, person=viewer)
    return Utterance(told.message.sender, _words(told.message.text, told.message.room_id)) if told else None


def _words(text: str, room_id: UUID | None) -> str:
    return text or f"/rooms/{room_id}/"
