"""Notes from process to process: hubs act on them and pass nothing on."""

from dataclasses import dataclass
from typing import ClassVar

from rooms.protocol.events import Event


@dataclass(frozen=True, slots=True)
class DeviceMoved(Event):
    """The person's place in the room is now on `device`: every other socket of theirs closes (4409).

    `socket` names the one socket that stays, where several have the same device key.
    Published to `person_channel`.
    """

    type: ClassVar[str] = "device.moved"
    device: str
    socket: str = ""


@dataclass(frozen=True, slots=True)
class SessionEnded(Event):
    """A session is over, or all of a person's when `session` is empty: close its sockets with 4401.

    Published to `sessions_channel`.
    """

    type: ClassVar[str] = "session.ended"
    person: str
    session: str = ""


@dataclass(frozen=True, slots=True)
class BellsChanged(Event):
    """These people were told something, or have read something: look at how much is unread.

    Published to `bells_channel`.
    """

    type: ClassVar[str] = "bells.changed"
    people: list[str]


@dataclass(frozen=True, slots=True)
class TiesChanged(Event):
    """A follow or a block between these people came or went: compare their rings. Published to `ties_channel`."""

    type: ClassVar[str] = "ties.changed"
    people: list[str]


NOTES: tuple[type[Event], ...] = (DeviceMoved, SessionEnded, BellsChanged, TiesChanged)
