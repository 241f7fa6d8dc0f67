"""The posts on the wall of a room: as one reader sees them, and as a whole room is told of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from accounts.queries import acts_as_staff, posts
from accounts.queries.posts import PostRecord
from rooms import admission, refusals
from rooms.events import Apart
from rooms.models import Participant, Pin, Room, RoomState
from rooms.models.pin import PinQuerySet
from rooms.protocol import PinCard, PinnedPost, PinsChanged, TextPiece
from rooms.queries.cards import person_card, timestamp
from spaces_site.boundary.linked_text import Piece, PieceKind

Viewer = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class PinRecord:
    """A pinned post as one reader sees it."""

    pin: Pin
    record: PostRecord


@dataclass(frozen=True, slots=True)
class Wall:
    """What everybody in a room is told of its pinned posts, and what those are told who may not see them all."""

    everybody: PinsChanged
    apart: list[Apart]


def pins_seen_by(*, room_id: UUID, viewer: Viewer, now: datetime) -> list[PinRecord]:
    """What stands pinned, in its order, save posts that are gone or that this reader may not see.

    Of a room that staff closed, for staff alone.
    """
    return _records(_seen(room_id, viewer, now), viewer)


def ids_seen_by(*, room_id: UUID, viewer: Viewer, now: datetime) -> list[UUID]:
    """The ids of the same, in one query."""
    return list(_seen(room_id, viewer, now).values_list("pk", flat=True))


def pin_cards(*, room_id: UUID, viewer: Viewer, now: datetime) -> list[PinCard]:
    """The same as it goes over the wire: one query, and a few more where there is something to tell."""
    return [_card(one) for one in _records(_seen(room_id, viewer, now), AnonymousUser())]


def pins_of_room(*, room_id: UUID, viewer: Viewer, now: datetime) -> list[PinRecord]:
    """`pins_seen_by`: of a live room for whoever may be inside, of another for whoever may know of it.

    Raises `NoSuchRoom`, and of a live room what its door says.
    """
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        raise refusals.NoSuchRoom
    if room.state == RoomState.LIVE:
        admission.check_may_be_inside(person=viewer, room=room, now=now)
    else:
        admission.check_may_know(person=viewer, room=room)
    return pins_seen_by(room_id=room_id, viewer=viewer, now=now)


def wall(*, room_id: UUID, now: datetime) -> Wall:
    """For the whole room at one time, with a query for each pinned post however many people are there.

    What most people see is for everybody, so that those who are named apart are few.
    """
    pins = list(_standing(room_id).select_related("post__reply_to__author"))
    here = User.objects.filter(pk__in=Participant.objects.present().filter(room_id=room_id).values("person_id"))
    missing: dict[UUID, set[UUID]] = defaultdict(set)
    for pin in pins:
        assert pin.post is not None, "a pin that may be seen has a post"
        for person_id in posts.kept_from(post=pin.post, people=here, now=now):
            missing[person_id].add(pin.pk)
    cards = {one.pin.pk: _card(one) for one in _records(pins, AnonymousUser())}
    together: dict[frozenset[UUID], list[str]] = {frozenset(): []}
    for person_id in here.values_list("pk", flat=True) if missing else ():
        together.setdefault(frozenset(missing[person_id]), []).append(str(person_id))
    commonest = max(together, key=lambda kept: len(together[kept]))
    apart = [Apart(people, _without(cards, kept)) for kept, people in together.items() if kept != commonest and people]
    return Wall(_without(cards, commonest), apart)


def _standing(room_id: UUID) -> PinQuerySet:
    return Pin.objects.standing().to_be_seen().filter(room_id=room_id).in_order().select_related("post__author")


def _seen(room_id: UUID, viewer: Viewer, now: datetime) -> PinQuerySet:
    seen = _standing(room_id).filter(posts.visible_at("post__", viewer=viewer, now=now))
    # What staff closed is no way to the words that stood there.
    return seen if isinstance(viewer, User) and acts_as_staff(viewer) else seen.filter(room__closed_note={})


def _records(pins: Iterable[Pin], viewer: Viewer) -> list[PinRecord]:
    found = [(pin, pin.post) for pin in pins if pin.post is not None]
    records = posts.records_of([post for _pin, post in found], viewer)
    return [PinRecord(pin, record) for (pin, _post), record in zip(found, records, strict=True)]


def _without(cards: dict[UUID, PinCard], kept: Collection[UUID]) -> PinsChanged:
    return PinsChanged(pins=[card for pin_id, card in cards.items() if pin_id not in kept])


def _card(told: PinRecord) -> PinCard:
    post, room = told.record.post, told.record.room
    # Whoever may read the author may know of the author's rooms; of other rooms their own door tells.
    title = room.title if room and room.host.pk == post.author_id else ""
    return PinCard(
        id=str(told.pin.pk),
        post=PinnedPost(
            id=str(post.pk),
            author=person_card(post.author),
            text=post.text,
            pieces=[_piece(piece) for piece in told.record.pieces],
            room_id=str(post.room_id) if post.room_id else None,
            room_title=title,
            created_at=timestamp(post.created_at),
        ),
        pinned_at=timestamp(told.pin.pinned_at),
        at_ms=told.pin.shown_ms,
    )


def _piece(piece: Piece) -> TextPiece:
    url = piece.target if piece.kind is PieceKind.LINK else ""
    return TextPiece(piece.text, url, piece.target if piece.kind is PieceKind.NAME else "")
