"""Conversations as one of the two has them. With a block between the two there is none, for either."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts import eligibility, queries
from accounts.models import Box, ConversationSide, Message, User
from accounts.queries.posts import Page
from accounts.queries.shared import SharedRoom, shared_rooms
from spaces_site.boundary import cursor, linked_text
from spaces_site.boundary.linked_text import Piece
from spaces_site.errors import DomainError

#: Messages after a moment that one answer tells: whoever was away for longer loads the page.
MOST_NEW = 100


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One message as the viewer sees it."""

    message: Message
    pieces: tuple[Piece, ...]
    room: SharedRoom | None
    is_own: bool

    @property
    def token(self) -> str:
        """Names this message to `messages_after`."""
        return cursor.write(self.message.sent_at, self.message.pk)


@dataclass(frozen=True, slots=True)
class Heading:
    """A conversation in the list: with whom, what was said last, and how much of it is unread."""

    other: User
    last: MessageRecord | None
    last_at: datetime
    unread: int


@dataclass(frozen=True, slots=True)
class HeadingPage:
    """One page of conversations, those with the newest messages first."""

    headings: list[Heading]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: its messages oldest first, from the newest page backwards.

    `box` is empty before the first message. `refusal` says why one cannot write now; empty when one can.
    """

    other: User
    box: str
    messages: list[MessageRecord]
    earlier_token: str | None
    refusal: DomainError | None

    @property
    def is_request(self) -> bool:
        """Whether it waits for the viewer's answer."""
        return self.box == Box.REQUEST

    @property
    def is_answered(self) -> bool:
        """Whether it lies among the viewer's conversations."""
        return self.box == Box.INBOX

    @property
    def newest(self) -> "MessageRecord | None":
        """The last message that is shown."""
        return self.messages[-1] if self.messages else None


def conversations(*, person: User, requests: bool, page: Page) -> HeadingPage:
    """Conversations, or the requests held back, those with the newest messages first. Raises BadCursor."""
    box = Box.REQUEST if requests else Box.INBOX
    newest = Message.objects.filter(conversation=OuterRef("conversation")).order_by("-sent_at", "-pk")
    rows = _open_sides(person).filter(box=box, last_message_at__isnull=False)
    loaded = rows.select_related("other").annotate(newest_id=Subquery(newest.values("pk")[:1]))
    found, token = cursor.page_of(loaded, key="last_message_at", token=page.token, size=page.size)
    messages = Message.objects.in_bulk([side.newest_id for side in found])
    told = {one.message.pk: one for one in _told(list(messages.values()), person)}
    headings = [
        Heading(side.other, told.get(side.newest_id), side.last_message_at, side.unread_count) for side in found
    ]
    return HeadingPage(headings, token)


def unread_conversations(*, person: User) -> int:
    """How many conversations have something unread; requests are not among them."""
    return unread_sides(person=person).count()


def unread_sides(*, person: User) -> "QuerySet[ConversationSide]":
    """This person's sides of conversations that have something unread; requests are not among them."""
    return _open_sides(person).filter(box=Box.INBOX, unread_count__gt=0)


def waiting_requests(*, person: User) -> int:
    """How many requests wait for an answer."""
    return _open_sides(person).filter(box=Box.REQUEST, last_message_at__isnull=False).count()


def talk_with(*, person: User, other: User, page: Page, now: datetime) -> Talk:
    """The conversation with somebody, its newest messages; empty where there is none yet. Raises BadCursor."""
    side = _open_sides(person).filter(other=other).first()
    found, token = cursor.page_of(_messages(side), key="sent_at", token=page.token, size=page.size)
    found.reverse()
    box = side.box if side is not None and side.box != Box.DECLINED else ""
    return Talk(other, box, _told(found, person), token, refusal_of(person=person, other=other, now=now))


def messages_after(*, person: User, other: User, token: str) -> list[MessageRecord]:
    """What was said after the message that the token names, oldest first. Raises BadCursor."""
    side = _open_sides(person).filter(other=other).first()
    found, _more = cursor.page_of(_messages(side), key="sent_at", token=token, size=MOST_NEW, newest_first=False)
    return _told(found, person)


def message_seen_by(*, message_id: UUID, person: User) -> MessageRecord | None:
    """One message of a conversation of this person's, or None. With a block between the two as well."""
    mine = ConversationSide.objects.filter(person=person).values("conversation_id")
    message = Message.objects.filter(pk=message_id, conversation__in=mine).select_related("sender").first()
    return _told([message], person)[0] if message else None


def own_message(*, message_id: UUID, person: User) -> MessageRecord:
    """A message that this person just wrote."""
    return _told([Message.objects.get(pk=message_id, sender=person)], person)[0]


def refusal_of(*, person: User, other: User, now: datetime) -> DomainError | None:
    """Why this person cannot write to the other one now; None when they can."""
    theirs = ConversationSide.objects.filter(person=other, other=person).first()
    sent = Message.objects.filter(conversation=theirs.conversation_id, sender=person).count() if theirs else 0
    try:
        eligibility.where_it_lies(
            sender=person, recipient=other, lies_in=theirs.box if theirs else None, sent=sent, now=now
        )
    except DomainError as refusal:
        return refusal
    return None


def _open_sides(person: User) -> "QuerySet[ConversationSide]":
    near = queries.not_estranged(viewer_id=person.pk, path="other") & Q(other__is_active=True)
    return ConversationSide.objects.filter(near, person=person)


def _messages(side: ConversationSide | None) -> "QuerySet[Message]":
    return Message.objects.shown_to(side) if side is not None else Message.objects.none()


def _told(messages: Sequence[Message], viewer: User) -> list[MessageRecord]:
    rooms = shared_rooms(room_ids=[message.room_id for message in messages], viewer=viewer)
    return [
        MessageRecord(
            message=message,
            pieces=linked_text.pieces(message.text),
            room=rooms.get(message.room_id) if message.room_id else None,
            is_own=message.sender_id == viewer.pk,
        )
        for message in messages
    ]
