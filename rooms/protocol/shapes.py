"""What events are made of."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PersonCard:
    """What everybody may see of a person in a room."""

    id: str
    handle: str
    name: str
    avatar: str
    verified: bool = False
    guest: bool = False


@dataclass(frozen=True, slots=True)
class RingCard:
    """The ring round somebody's avatar: the room on whose stage they are, and its title."""

    person: PersonCard
    room_id: str
    title: str


@dataclass(frozen=True, slots=True)
class StagePerson:
    """One tile of the stage. `role` is host, co_host or speaker."""

    participant: str
    person: PersonCard
    role: str
    muted: bool
    muted_by: str | None
    connected: bool
    since: str


@dataclass(frozen=True, slots=True)
class Hand:
    """One hand in the queue. `state` is raised or offered; `first_time`: never on this stage before."""

    id: str
    participant: str
    person: PersonCard
    state: str
    raised_at: str
    first_time: bool
    invited: bool = False
    expires_at: str | None = None


@dataclass(frozen=True, slots=True)
class InvitationCard:
    """An invitation to listen or to speak (`kind`), until it is answered: `state` is open or accepted."""

    id: str
    room_id: str
    kind: str
    state: str
    person: PersonCard
    by: PersonCard | None
    invited_at: str


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A part of a post. `url` is where a link leads, `handle` whom a name names; of mere words both are empty."""

    text: str
    url: str
    handle: str


@dataclass(frozen=True, slots=True)
class PinnedPost:
    """A post as a room shows it. `room_id` is the room that it shares, or null; `room_title` may be empty."""

    id: str
    author: PersonCard
    text: str
    pieces: list[TextPiece]
    room_id: str | None
    room_title: str
    created_at: str


@dataclass(frozen=True, slots=True)
class PinCard:
    """A post that hosts pinned. `at_ms` is the moment on the room's clock: milliseconds since it began."""

    id: str
    post: PinnedPost
    pinned_at: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class You:
    """The receiver's own place. `can` lists the commands that would be allowed now.

    `invited` is listen or speak while an invitation stands, else empty. `silenced` names the people whom you
    left out for yourself: hear the room by a peer connection then, where their voices are missing.
    """

    participant: str
    person: PersonCard
    role: str
    muted: bool
    hidden: bool
    device: str
    can: list[str] = field(default_factory=list)
    invited: str = ""
    silenced: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """Where the sound is. URLs are relative to the site; `epoch` grows when another node takes over."""

    stream: str
    hls: str
    whip: str
    ice_servers: list[dict[str, Any]]
    epoch: int
