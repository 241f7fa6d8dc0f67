"""One address in use."""

import time
from dataclasses import dataclass, field
from datetime import datetime

from rooms.playback.listener import StreamListener
from rooms.playback.quick import Quick
from spaces_site.boundary.shortcuts import Later, Shortcuts


@dataclass(slots=True)
class Door:
    """What its grant says, when it was used last, the streams open on it, and its place on the short way."""

    participant: str
    token: str
    issued_at: datetime
    used_at: float
    #: For clients that do not unpack gzip, and for those that do.
    answers: tuple[Quick, Quick]
    streams: set[StreamListener] = field(default_factory=set)
    _entered: tuple[Shortcuts, bytes] | None = None
    _left: bool = False

    @property
    def member(self) -> str:
        """This grant in the broker's set of listeners."""
        return f"{self.token}:{self.issued_at.timestamp():.3f}"

    @property
    def is_open(self) -> bool:
        """An anonymous listener's address, of a room that is open to everybody."""
        return not self.participant

    def quick(self, name: bytes, *, packed: bool) -> bytes | Later | None:
        """See `Shortcut`."""
        self.used_at = time.monotonic()
        return self.answers[packed].answer(name)

    def enter(self, shortcuts: Shortcuts, folder: bytes) -> None:
        """From now on the server may ask here at once."""
        if self._entered is None and not self._left:
            self._entered = shortcuts, folder
            shortcuts[folder] = self

    def leave(self) -> None:
        """For good: the server asks the ordinary way again, which may refuse."""
        self._left = True
        if self._entered is not None:
            shortcuts, folder = self._entered
            shortcuts.pop(folder, None)
