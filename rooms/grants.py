"""Short-lived signed rights to a room's sound.

A grant is text that travels in a URL or in an `Authorization: Bearer` header. Whoever holds it needs
no database to prove who they are; whether they are *still* welcome is asked elsewhere (the playback
feed re-reads who left, the media node re-reads the stage).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from django.core import signing
from django.utils.translation import gettext_lazy as _

from spaces_site.errors import DomainError, Kind

#: How long a grant opens a door. Who came in with it may stay.
LIFETIME = timedelta(seconds=60)
#: How far two machines' clocks may lie apart before a grant from the future is refused.
CLOCK_LEEWAY = timedelta(seconds=30)
_SALT = "rooms.grants.v1"


class GrantKind(StrEnum):
    """What a grant opens: the shared stream of a room, or a peer connection to its media node."""

    LISTEN = "listen"
    SPEAK = "speak"


class GrantRefused(DomainError):
    """Forged, of another kind, or made for another room."""

    kind = Kind.FORBIDDEN
    code = "grant_refused"
    text = _("This address of the sound is not valid here. Open the room again to get a new one.")


class GrantExpired(GrantRefused):
    """Genuine, and too old to open a door."""

    code = "grant_expired"
    text = _("This address of the sound has run out. Open the room again to get a new one.")


@dataclass(frozen=True, slots=True)
class Grant:
    """One right to one room's sound. `participant` and `person` are empty for an anonymous listener."""

    room: str
    participant: str
    person: str
    device: str
    kind: GrantKind
    issued_at: datetime

    @property
    def token(self) -> str:
        """Who is counted: one place in the room on one device, however many requests it makes."""
        return f"{self.participant}:{self.device}"


def sign(
    *,
    room_id: UUID,
    participant_id: UUID | None,
    person_id: UUID | None,
    device: str,
    kind: GrantKind,
    now: datetime,
) -> str:
    """A grant as URL-safe text. Without a participant it gets a random device, so that it counts once."""
    issued = int(now.timestamp() * 1000)
    facts = [str(room_id), str(participant_id or ""), str(person_id or ""), device or uuid4().hex, kind.value, issued]
    return signing.dumps(facts, salt=_SALT)


def read(text: str, *, room_id: str, kind: GrantKind, now: datetime) -> Grant:
    """The grant in `text`, whatever its age. Raises `GrantRefused`."""
    try:
        room, participant, person, device, said_kind, issued = signing.loads(text, salt=_SALT)
        grant = Grant(
            room, participant, person, device, GrantKind(said_kind), datetime.fromtimestamp(issued / 1000, UTC)
        )
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise GrantRefused from error
    if grant.room != room_id or grant.kind is not kind or grant.issued_at > now + CLOCK_LEEWAY:
        raise GrantRefused
    return grant


def verify(text: str, *, room_id: str, kind: GrantKind, now: datetime) -> Grant:
    """The grant in `text` if it may open a door now. Raises `GrantRefused` or `GrantExpired`."""
    grant = read(text, room_id=room_id, kind=kind, now=now)
    if is_expired(grant, now=now):
        raise GrantExpired
    return grant


def is_expired(grant: Grant, *, now: datetime) -> bool:
    """Whether the grant is too old to open a door at `now`."""
    return now - grant.issued_at > LIFETIME
