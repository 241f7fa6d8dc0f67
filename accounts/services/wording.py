"""What posts and messages may say: plain text of some length, and at most one room that is shared."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries.shared import SHARE, share_token, shared_rooms
from spaces_site.boundary import linked_text
from spaces_site.boundary.own_pages import page_at
from spaces_site.boundary.plain_text import plain_paragraphs, says_something
from spaces_site.errors import DomainError, Kind


class SaysNothing(DomainError):
    """Neither a word nor a room."""

    kind = Kind.INVALID
    code = "says_nothing"
    text = _("Write something first.")


class TooLong(DomainError):
    """More characters than fit; `data` has how many there are and how many may be."""

    kind = Kind.INVALID
    code = "text_too_long"

    def __init__(self, *, length: int, most: int) -> None:
        text = _("Up to %(most)d characters. These are %(length)d.") % {"most": most, "length": length}
        super().__init__(text, field="text", data={"length": length, "most": most})


class NoRoomToShare(DomainError):
    """No such room, or none that this person may know of."""

    kind = Kind.NOT_FOUND
    code = "no_such_room"
    text = _("There is no such room. Check the address, or look at what is live now.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to say. `host` is the name that they know this site by: addresses of rooms there count.

    `share` is the token of the author's own address of the room.
    """

    text: str
    room_id: UUID | None = None
    host: str = ""
    share: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A draft made ready to be kept."""

    text: str
    room_id: UUID | None
    share: str = ""


def ready(draft: Draft, *, author: User, most: int) -> Said:
    """The draft cleaned; the first address of a room of this site in it becomes the card of that room.

    Raises SaysNothing, TooLong, NoRoomToShare.
    """
    text = plain_paragraphs(draft.text)
    if len(text) > most:
        raise TooLong(length=len(text), most=most)
    if draft.room_id is not None:
        if draft.room_id not in shared_rooms(room_ids=[draft.room_id], viewer=author):
            raise NoRoomToShare(field="room")
        return Said(text, draft.room_id, share_token(draft.share))
    said = _with_card(text, author, draft.host)
    if said.room_id is None and not says_something(said.text):
        raise SaysNothing(field="text")
    return said


def _with_card(text: str, author: User, host: str) -> Said:
    """An address that is not a room's, or of a room that the author may not know of, stays words."""
    pieces = linked_text.pieces(text)
    for place, piece in enumerate(pieces):
        room_id = _room_at(piece.target, host) if piece.kind is linked_text.PieceKind.LINK else None
        if room_id is not None and room_id in shared_rooms(room_ids=[room_id], viewer=author):
            return Said(_without(pieces, place), room_id, _token_in(piece.target))
    return Said(text, None)


def _without(pieces: tuple[linked_text.Piece, ...], place: int) -> str:
    """The text without the address whose card is shown; one that carries more, such as an invitation, stays."""
    address = urlsplit(pieces[place].target)
    more = address.fragment or set(parse_qs(address.query, keep_blank_values=True)) - {SHARE}
    kept = pieces if more else (*pieces[:place], *pieces[place + 1 :])
    return plain_paragraphs("".join(piece.text for piece in kept))


def post_at(address: str, *, host: str) -> UUID | None:
    """The post whose page this address is, if it is one of this site; the path alone will do."""
    is_path = address.startswith("/") and not address.startswith("//")
    match = page_at(f"http://here{address}", host="here") if is_path else page_at(address, host=host)
    post_id: UUID | None = match.kwargs["post_id"] if match and match.url_name == "post" else None
    return post_id


def _token_in(address: str) -> str:
    return share_token(parse_qs(urlsplit(address).query).get(SHARE, [""])[0])


def _room_at(address: str, host: str) -> UUID | None:
    """The room whose page this address is, if it is one of this site."""
    match = page_at(address, host=host)
    room_id: UUID | None = match.kwargs["room_id"] if match and match.url_name == "room_page" else None
    return room_id
