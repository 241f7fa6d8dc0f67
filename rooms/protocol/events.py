"""Events: what the server says to the clients of a room."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from rooms.protocol.shapes import Hand, InvitationCard, MediaInfo, PersonCard, PinCard, RingCard, StagePerson, You


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; `type` is the name on the wire."""

    type: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Snapshot(Event):
    """The whole room, sent on join and whenever the client's `last_seq` can't be caught up.

    `room.host_lost` has the fields of `host.lost` while no host is connected.
    """

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
    #: Ids of people on stage whom the receiver blocked.
    blocked: list[str]
    media: MediaInfo
    pins: list[PinCard]


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
class StageMuted(Event):
    """A host closed these microphones at once; who was muted before is not named."""

    type: ClassVar[str] = "stage.muted"
    by: PersonCard
    participants: list[str]


@dataclass(frozen=True, slots=True)
class MicsLocked(Event):
    """Speakers' microphones can't be opened (`locked`), or can again. Hosts' always can."""

    type: ClassVar[str] = "mics.locked"
    locked: bool
    by: PersonCard


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
class HandsLowered(Event):
    """A host emptied the queue: every raised hand is down, accepted ones stand."""

    type: ClassVar[str] = "hands.lowered"


@dataclass(frozen=True, slots=True)
class RoleChanged(Event):
    """Somebody's role changed; `why` is succession, named, taken or handed_over."""

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
class PinsChanged(Event):
    """The pinned posts as they are now, in their order; those that you may not see are left out."""

    type: ClassVar[str] = "pins.changed"
    pins: list[PinCard]


@dataclass(frozen=True, slots=True)
class MediaMoved(Event):
    """Another media node carries the room: make a new peer connection."""

    type: ClassVar[str] = "media.moved"
    epoch: int


@dataclass(frozen=True, slots=True)
class RoomEnded(Event):
    """The room is over; the socket closes with 4410 after it. Where staff closed it, `note` says why, by language."""

    type: ClassVar[str] = "room.ended"
    why: str
    note: dict[str, str] = field(default_factory=dict)


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
    """A host put you out; the socket closes with 4423 after it. You may come back unless it is `for_good`.

    Hosts decide about their room. Where they broke the rules, report the room: `reportFromRoom` of the API.
    """

    type: ClassVar[str] = "you.removed"
    for_good: bool


@dataclass(frozen=True, slots=True)
class TicketLost(Event):
    """Your ticket of this room is not valid any more, and you are out; the socket closes with 4402 after it."""

    type: ClassVar[str] = "you.lost_ticket"


@dataclass(frozen=True, slots=True)
class InviteSent(Event):
    """A host asks you to listen or to speak; it stands until you answer or it is taken back."""

    type: ClassVar[str] = "invite.sent"
    invitation: InvitationCard


@dataclass(frozen=True, slots=True)
class KnockHeard(Event):
    """To hosts: somebody asks to come in, where hosts let people in one by one."""

    type: ClassVar[str] = "knock.heard"
    person: PersonCard


@dataclass(frozen=True, slots=True)
class KnockAnswered(Event):
    """To hosts: somebody at the door was admitted or refused (`state`)."""

    type: ClassVar[str] = "knock.answered"
    person: str
    state: str


@dataclass(frozen=True, slots=True)
class InviteAnswered(Event):
    """To hosts and the invited person: an invitation was accepted, declined or withdrawn (`state`)."""

    type: ClassVar[str] = "invite.answered"
    invitation: str
    person: str
    state: str


@dataclass(frozen=True, slots=True)
class BlockedSpeaker(Event):
    """Somebody whom you blocked came on stage: mute them for yourself, or leave."""

    type: ClassVar[str] = "warning.blocked_speaker"
    participant: str
    person: PersonCard


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


# --- outside of rooms, on /ws/me/ ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rings(Event):
    """Who of the people you follow came on a live stage or moved to another (`live`), and who left (`gone`, ids).

    The first one after connecting is `whole`: whoever is not in `live` has no ring.
    """

    type: ClassVar[str] = "rings"
    live: list[RingCard]
    gone: list[str]
    whole: bool


@dataclass(frozen=True, slots=True)
class Bell(Event):
    """How much you were told and have not read, to a hundred: on connecting, after `hello`, and when it changes."""

    type: ClassVar[str] = "bell"
    unread: int


SEQUENCED: tuple[type[Event], ...] = (
    StateChanged,
    SpeakerJoined,
    SpeakerLeft,
    SpeakerMuted,
    SpeakerUnmuted,
    StageMuted,
    MicsLocked,
    SpeakerConnection,
    HandRaised,
    HandAnswered,
    HandLowered,
    HandsLowered,
    RoleChanged,
    HostLost,
    HostBack,
    PinsChanged,
    MediaMoved,
    RoomEnded,
)
PERSONAL: tuple[type[Event], ...] = (
    Snapshot,
    YouMuted,
    YouMoved,
    YouRemoved,
    TicketLost,
    InviteSent,
    InviteAnswered,
    KnockHeard,
    KnockAnswered,
    BlockedSpeaker,
    DeviceElsewhere,
)
EPHEMERAL: tuple[type[Event], ...] = (ReactionBatch, LevelBatch, CountChanged)
OUTSIDE: tuple[type[Event], ...] = (Rings, Bell)
