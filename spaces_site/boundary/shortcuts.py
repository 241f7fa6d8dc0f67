"""What an application and a server that has a short way (lane.py) say to one another.

The application leaves a `Shortcut` for a folder under `scope["extensions"][EXTENSION]`, when there is
one, and takes it away again when requests must go the ordinary way.
"""

import asyncio
from collections.abc import Iterable, MutableMapping
from typing import Protocol

#: What the application finds in its scope's extensions: folders, as `folder_of` makes them, and their shortcuts.
EXTENSION = "spaces.shortcuts"
#: Connections answered before other work of the process gets its turn.
TURN = 200


class Connection(Protocol):
    """One that waits in a `Later`."""

    def answer(self, response: bytes) -> None:
        """What was waited for."""

    def go_the_ordinary_way(self) -> None:
        """Wait no more: the application answers the request."""


class Later:
    """Connections that wait for one and the same answer. Whoever ends the wait has forgotten the `Later` before."""

    __slots__ = ("connections",)

    def __init__(self) -> None:
        self.connections: set[Connection] = set()

    async def answer(self, response: bytes) -> None:
        """Give everybody the response."""
        turn = 0
        while self.connections:
            self.connections.pop().answer(response)
            turn += 1
            if turn % TURN == 0:
                await asyncio.sleep(0)

    def dismiss(self) -> None:
        """Let everybody ask the ordinary way."""
        while self.connections:
            self.connections.pop().go_the_ordinary_way()


class Shortcut(Protocol):
    """Answers for one folder, whatever the headers of the request say, save that gzip may be accepted."""

    def quick(self, name: bytes, *, packed: bool) -> bytes | Later | None:
        """The whole response as it is on the wire; or where to wait for it; or None: ask the ordinary way.

        It may be packed where the client unpacks gzip. `name` is what follows the folder, with the
        query, as the client wrote it. What a parser might refuse in it is for the parser: only names
        that are known letter by letter are answered.
        """


Shortcuts = MutableMapping[bytes, Shortcut]


def folder_of(raw_path: bytes) -> bytes:
    """The key of a path's folder among the shortcuts."""
    return b"GET " + raw_path[: raw_path.rfind(b"/") + 1]


def accepts_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the client unpacks gzip (RFC 9110 section 12.5.3)."""
    for name, value in headers:
        if name == b"accept-encoding":
            for coding in value.lower().split(b","):
                kind, _, weight = coding.partition(b";")
                if kind.strip() == b"gzip":
                    # "q=0", "q=0.0" and so on refuse it.
                    return weight.strip().rstrip(b"0.") != b"q="
    return False
