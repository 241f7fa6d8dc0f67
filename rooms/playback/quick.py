"""Playlists and parts by the server's short way, where it has one (spaces_site/boundary/shortcuts.py).

What is asked for the first time since the newest part came is looked up; from then on its very words
lead to the answer, or to those who wait for the part that comes next.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Literal

from rooms.playback.answers import Way, Whole
from spaces_site.boundary.shortcuts import Later

#: Different words that are kept; a client may add parameters of its own.
WORDS = 512
#: Nobody waits longer here: a part comes every 0.2 s. The ordinary way waits on.
PATIENCE_SECONDS = 1.0

_PLAIN = re.compile(rb"[\w.?=&-]+")

#: The answer to a request; or that the next part is its answer; or None: ask the ordinary way.
Found = Whole | Literal["next"] | None


class Quick:
    """One feed's answers for requests that come one way."""

    def __init__(self, look_up: Callable[[bytes], Found], way: Way) -> None:
        self._look_up = look_up
        self._way = way
        self._answers: dict[bytes, bytes] = {}
        self._later: dict[bytes, Later] = {}
        self._timer: asyncio.TimerHandle | None = None

    def answer(self, name: bytes) -> bytes | Later | None:
        """See `Shortcut.quick`."""
        return self._answers.get(name) or self._later.get(name) or self._first(name)

    async def part_came(self) -> None:
        """Answer those who waited for it."""
        for name, later in self._forget().items():
            found = self._look_up(name)
            if isinstance(found, Whole):
                await later.answer(self._keep(name, found))
            else:
                later.dismiss()

    def dismiss(self) -> None:
        """The room has ended, or the next part is late."""
        for later in self._forget().values():
            later.dismiss()

    def _forget(self) -> dict[bytes, Later]:
        self._answers.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._later = self._later, {}
        return waiting

    def _first(self, name: bytes) -> bytes | Later | None:
        found = self._look_up(name) if _PLAIN.fullmatch(name) else None
        if isinstance(found, Whole):
            return self._keep(name, found)
        if found is None or len(self._later) >= WORDS:
            return None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self.dismiss)
        later = self._later[name] = Later()
        return later

    def _keep(self, name: bytes, found: Whole) -> bytes:
        if len(self._answers) >= WORDS:
            self._answers.clear()
        wire = self._answers[name] = found.wire(self._way)
        return wire
