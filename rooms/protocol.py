"""Everything that is said on the wire of a room: commands, events, paths. Dataclasses, no Django.

A command goes from client to server, `{"type", "id", "data"}`, and is answered by `ack` or `error`
with the same id. An event goes from server to client, `{"type", "seq", "at", "data"}`: those with a
`seq` are numbered without gaps per room, those without may be lost (`EPHEMERAL`). PROTOCOL.md is
checked against this module by a test.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

SUBPROTOCOL = "spaces.v1"
HEARTBEAT_SECONDS = 15
BATCH_SECONDS = 0.25
MAX_FRAME_BYTES = 16_384
ROSTER_FIRST = 60
EMOJI = ("👏", "❤️", "😂", "💯", "🤔", "🎉")


class CloseCode:
    """Websocket close codes of our own (RFC 6455 section 7.4.2), always sent after accepting."""

    RENEW = 4401
    TICKET_NEEDED = 4402
    FORBIDDEN = 4403
    NOT_FOUND = 4404
    TOO_SLOW = 4408
    ELSEWHERE = 4409
    ENDED = 4410
    REMOVED = 4423
    SLOW_DOWN = 4429


# --- shapes ---------------------------------------------------------------------------------------


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
class You:
    """The receiver's own place. `can` lists the commands that would be allowed now."""

    participant: str
    person: PersonCard
    role: str
    muted: bool
    hidden: bool
    device: str
    can: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """Where the sound is. URLs are relative to the site; `epoch` grows when another node takes over."""

    stream: str
    hls: str
    whip: str
    ice_servers: list[dict[str, Any]]
    epoch: int


# --- commands -------------------------------------------------------------------------------------

#: type → {field: JSON type name}; unknown fields are ignored, missing or wrong ones are an error.
COMMANDS: dict[str, dict[str, str]] = {
    "hello": {"last_seq": "int?"},
    "ping": {},
    "leave": {},
    "device.move_here": {},
    "hand.raise": {},
    "hand.lower": {},
    "hand.accept": {"hand": "str"},
    "hand.refuse": {"hand": "str"},
    "hands.lower_all": {},
    "hands.open": {"open": "bool"},
    "stage.invite": {"participant": "str"},
    "stage.take": {},
    "stage.decline": {},
    "stage.step_down": {},
    "stage.demote": {"participant": "str"},
    "stage.mute": {"participant": "str"},
    "mic.mute": {},
    "mic.unmute": {},
    "reaction.send": {"emoji": "str"},
    "roster.search": {"query": "str"},
    "media.offer": {"sdp": "str"},
    "room.end": {},
}

# --- events ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; `type` is the name on the wire."""

    type: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Snapshot(Event):
    """The whole room, sent on join and whenever the client's `last_seq` can't be caught up."""

    type: ClassVar[str] = "snapshot"
    seq: int
    room: dict[str, Any]
    you: You
    stage: list[StagePerson]
    hands: list[Hand]
    listeners: list[PersonCard]
    listener_count: int
    hidden_count: int
    tally: dict[str, int]
    media: MediaInfo


@dataclass(frozen=True, slots=True)
class StateChanged(Event):
    """Title, settings or state of the room changed; carries the room's public fields."""

    type: ClassVar[str] = "state.changed"
    room: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SpeakerJoined(Event):
    """Somebody came on stage."""

    type: ClassVar[str] = "speaker.joined"
    speaker: StagePerson


@dataclass(frozen=True, slots=True)
class SpeakerLeft(Event):
    """Somebody left the stage; `to` is audience, out or removed."""

    type: ClassVar[str] = "speaker.left"
    participant: str
    to: str


@dataclass(frozen=True, slots=True)
class SpeakerMuted(Event):
    """A microphone closed; `by` is the person id of who did it."""

    type: ClassVar[str] = "speaker.muted"
    participant: str
    by: str


@dataclass(frozen=True, slots=True)
class SpeakerUnmuted(Event):
    """A microphone opened, always by its owner."""

    type: ClassVar[str] = "speaker.unmuted"
    participant: str


@dataclass(frozen=True, slots=True)
class SpeakerConnection(Event):
    """Somebody on stage lost or regained the network; the seat is kept for a while."""

    type: ClassVar[str] = "speaker.connection"
    participant: str
    connected: bool


@dataclass(frozen=True, slots=True)
class HandRaised(Event):
    """A hand joined the queue (or the host invited somebody: state offered)."""

    type: ClassVar[str] = "hand.raised"
    hand: Hand


@dataclass(frozen=True, slots=True)
class HandAnswered(Event):
    """The host accepted: the person now has until `expires_at` to come on stage."""

    type: ClassVar[str] = "hand.answered"
    hand: str
    participant: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class HandLowered(Event):
    """A hand left the queue: lowered, refused, declined, expired or taken."""

    type: ClassVar[str] = "hand.lowered"
    hand: str
    participant: str
    why: str


@dataclass(frozen=True, slots=True)
class RoleChanged(Event):
    """Somebody's role changed; `why` says e.g. succession."""

    type: ClassVar[str] = "role.changed"
    participant: str
    role: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class HostLost(Event):
    """No host is connected; at `deadline` the successor takes over or the room ends."""

    type: ClassVar[str] = "host.lost"
    deadline: str
    successor: str | None


@dataclass(frozen=True, slots=True)
class HostBack(Event):
    """A host is connected again."""

    type: ClassVar[str] = "host.back"


@dataclass(frozen=True, slots=True)
class MediaMoved(Event):
    """Another media node carries the room: make a new peer connection."""

    type: ClassVar[str] = "media.moved"
    epoch: int


@dataclass(frozen=True, slots=True)
class RoomEnded(Event):
    """The room is over; the socket closes with 4410 after it."""

    type: ClassVar[str] = "room.ended"
    why: str


# --- events to one person -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class YouMuted(Event):
    """Somebody else closed your microphone."""

    type: ClassVar[str] = "you.muted"
    by: PersonCard


@dataclass(frozen=True, slots=True)
class YouMoved(Event):
    """Your own role changed; carries your new place."""

    type: ClassVar[str] = "you.changed"
    you: You


@dataclass(frozen=True, slots=True)
class YouRemoved(Event):
    """You are out; the socket closes with 4423 after it."""

    type: ClassVar[str] = "you.removed"


@dataclass(frozen=True, slots=True)
class DeviceElsewhere(Event):
    """You are in this room on another device: move here, or stay there."""

    type: ClassVar[str] = "device.elsewhere"


# --- events that may be lost ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReactionBatch(Event):
    """Reactions of the last 250 ms: counts per emoji, a few senders to float from, and the tally."""

    type: ClassVar[str] = "reaction.batch"
    counts: dict[str, int]
    floats: list[tuple[str, str]]
    tally: dict[str, int]


@dataclass(frozen=True, slots=True)
class LevelBatch(Event):
    """Participant id → level 1 to 9 of those who sound; who is missing is silent."""

    type: ClassVar[str] = "level.batch"
    levels: dict[str, int]


@dataclass(frozen=True, slots=True)
class CountChanged(Event):
    """How many listen, how many of them unnamed, and the first names of the roster."""

    type: ClassVar[str] = "count.changed"
    listener_count: int
    hidden_count: int
    listeners: list[PersonCard]


SEQUENCED: tuple[type[Event], ...] = (
    StateChanged,
    SpeakerJoined,
    SpeakerLeft,
    SpeakerMuted,
    SpeakerUnmuted,
    SpeakerConnection,
    HandRaised,
    HandAnswered,
    HandLowered,
    RoleChanged,
    HostLost,
    HostBack,
    MediaMoved,
    RoomEnded,
)
PERSONAL: tuple[type[Event], ...] = (Snapshot, YouMuted, YouMoved, YouRemoved, DeviceElsewhere)
EPHEMERAL: tuple[type[Event], ...] = (ReactionBatch, LevelBatch, CountChanged)

# --- names in the broker --------------------------------------------------------------------------


def room_channel(room_id: str) -> str:
    """Pub/sub channel of a room: sequenced events, levels, counts. One hub per process listens."""
    return f"spaces:room:{room_id}"


def recent_events_key(room_id: str) -> str:
    """List of the last sequenced events, newest last, for `hello{last_seq}`."""
    return f"spaces:room:{room_id}:recent"


def person_channel(room_id: str, person_id: str) -> str:
    """Pub/sub channel of one person's private events in a room."""
    return f"spaces:room:{room_id}:person:{person_id}"


def node_requests_key(node_id: str) -> str:
    """List from which a media node takes requests (offers, nudges, closes)."""
    return f"spaces:node:{node_id}:requests"


def parts_key(room_id: str) -> str:
    """Stream with the last seconds of a room's CMAF parts."""
    return f"spaces:live:{room_id}:parts"


def live_epoch_key(room_id: str) -> str:
    """The epoch that may write to `parts_key`; an older one is refused."""
    return f"spaces:live:{room_id}:epoch"
