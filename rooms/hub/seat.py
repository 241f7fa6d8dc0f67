"""One socket as the hub knows it."""

import asyncio
from collections.abc import Callable, Coroutine

from spaces_site.boundary.identity import Identity
from spaces_site.boundary.outbox import Frame, Outbox

#: Frames that may wait for a snapshot; more, and the snapshot is taken again.
HELD_LIMIT = 256


class Seat:
    """A person's socket in one room. Until `open`, events are held back: the snapshot goes first.

    `resync` sends the socket a new snapshot, or closes it when the person may not be here any more.
    """

    __slots__ = (
        "_held",
        "_seen",
        "device",
        "heard_at",
        "identity",
        "lost_some",
        "outbox",
        "participant_id",
        "resync",
        "room_id",
        "socket_id",
    )

    def __init__(
        self,
        *,
        room_id: str,
        socket_id: str,
        participant_id: str,
        device: str,
        identity: Identity,
        outbox: Outbox,
        resync: Callable[[], Coroutine[None, None, None]],
    ) -> None:
        self.room_id = room_id
        self.socket_id = socket_id
        self.device = device
        self.identity = identity
        self.outbox = outbox
        self.resync = resync
        self.participant_id = participant_id
        self.heard_at = asyncio.get_running_loop().time()
        #: More came than can be held back: what goes out next does not lead on to what follows.
        self.lost_some = False
        self._held: list[tuple[int | None, Frame]] | None = []
        #: The number up to which the snapshot told everything: what is sent again for others is not for this one.
        self._seen = 0

    @property
    def person_id(self) -> str:
        return self.identity.person_id

    def push(self, frame: Frame, seq: int | None) -> None:
        """Send an event, or hold it back until the snapshot is out."""
        if self._held is None:
            if seq is None or seq > self._seen:
                self.outbox.push(frame)
        elif len(self._held) < HELD_LIMIT:
            self._held.append((seq, frame))
        else:
            self.lost_some = True

    def hold(self) -> None:
        """Hold events back from now on: a snapshot is being read."""
        if self._held is None:
            self._held, self.lost_some = [], False

    def open(self, first: list[Frame], seq: int) -> None:
        """Send the snapshot or what was missed, up to `seq`, then what was held back beyond it."""
        held, self._held, self._seen = self._held or [], None, seq
        for frame in first:
            self.outbox.push(frame)
        for number, frame in held:
            if number is None or number > seq:
                self.outbox.push(frame)

    def close(self, code: int) -> None:
        """Close the socket after what was sent to it."""
        self.outbox.close(code)
