"""Prepared responses of the playback doors: what many listeners fetch is made into messages once."""

import gzip
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from django.utils.encoding import force_str

from spaces_site.boundary.kinds import TABLE
from spaces_site.boundary.wire import chunk, whole
from spaces_site.errors import DomainError

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_ALWAYS: Headers = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
#: An address of one person: only our own pages may use it. An open one is for every player and page.
_OWN: Headers = [*_ALWAYS, (b"cross-origin-resource-policy", b"same-origin")]
_OPEN: Headers = [
    *_ALWAYS,
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
]
STREAM: Headers = [
    (b"content-type", b"audio/mp4"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
PLAYLIST: Headers = [
    (b"content-type", b"application/vnd.apple.mpegurl"),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept-encoding"),
]
PIECE: Headers = [(b"content-type", b"audio/mp4"), (b"cache-control", b"private, max-age=60, immutable")]
_TEXT: Headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *_ALWAYS]

_PREPARED: dict[tuple[int, bool], Headers] = {
    (id(kind), is_open): [*kind, *(_OPEN if is_open else _OWN)]
    for kind in (STREAM, PLAYLIST, PIECE)
    for is_open in (True, False)
}
_NOTHING: Message = {"type": "http.response.body", "body": b""}


class Way(NamedTuple):
    """How a request came: by which sort of address, and whether its client unpacks gzip."""

    is_open: bool
    packed: bool = False


class Whole:
    """A whole response, for any number of listeners; each form of it is made when it is first asked for.

    A playlist is packed for whoever unpacks it: it is asked for with every part, and larger than one.
    """

    __slots__ = ("_data", "_kind", "_messages", "_wires")

    def __init__(self, kind: Headers, data: bytes) -> None:
        self._kind, self._data = kind, data
        self._messages: dict[Way, tuple[Message, Message]] = {}
        self._wires: dict[Way, bytes] = {}

    async def send(self, send: Send, way: Way, *, head: bool) -> None:
        """Answer one request."""
        start, body = self._made(way)
        await send(start)
        await send(_NOTHING if head else body)

    def wire(self, way: Way) -> bytes:
        """The same response as it is on the wire."""
        if way not in self._wires:
            start, body = self._made(way)
            self._wires[way] = whole(start["headers"], body["body"])
        return self._wires[way]

    def _made(self, way: Way) -> tuple[Message, Message]:
        """Messages of one form. They are not to be changed."""
        if way not in self._messages:
            headers, data = [*_PREPARED[id(self._kind), way.is_open]], self._data
            if way.packed and self._kind is PLAYLIST:
                headers.append((b"content-encoding", b"gzip"))
                data = gzip.compress(data, compresslevel=5, mtime=0)
            headers.append((b"content-length", b"%d" % len(data)))
            self._messages[way] = _start(headers), {"type": "http.response.body", "body": data}
        return self._messages[way]


class Piece:
    """A piece of long responses, for any number of listeners: as a message, and as it is on the wire."""

    __slots__ = ("chunk", "data", "message")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.chunk = chunk(data)
        self.message: Message = {"type": "http.response.body", "body": data, "more_body": True}


async def begin(send: Send, kind: Headers, *, is_open: bool) -> None:
    """Status and headers of a long response."""
    await send(_start(_PREPARED[id(kind), is_open]))


def _start(headers: Headers) -> Message:
    return {"type": "http.response.start", "status": 200, "headers": headers}


async def refuse(send: Send, refusal: DomainError, *, head: bool) -> None:
    """A refusal as text: the error table's status, and what to do."""
    headers = [*_TEXT, (b"x-error-code", refusal.code.encode()), (b"access-control-allow-origin", b"*")]
    if refusal.retry_after is not None:
        headers.append((b"retry-after", b"%d" % round(refusal.retry_after)))
    await _text(send, TABLE[refusal.kind].status, headers, force_str(refusal.text), head=head)


async def send_on(send: Send, address: str) -> None:
    """The same thing is under another address, for a while."""
    headers = [*_TEXT, (b"location", address.encode()), (b"access-control-allow-origin", b"*")]
    await _text(send, 307, headers, address, head=False)


async def preflight(send: Send) -> None:
    """CORS preflight: reading is allowed, whose address it may be is decided by the request itself."""
    headers = [
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", b"GET, HEAD"),
        (b"access-control-allow-headers", b"range"),
        (b"access-control-max-age", b"86400"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def not_allowed(send: Send) -> None:
    """Only reading is possible here."""
    await _text(send, 405, [*_TEXT, (b"allow", b"GET, HEAD, OPTIONS")], "GET or HEAD only.", head=False)


async def _text(send: Send, status: int, headers: Headers, text: str, *, head: bool) -> None:
    data = text.encode()
    await send(
        {"type": "http.response.start", "status": status, "headers": [*headers, (b"content-length", b"%d" % len(data))]}
    )
    await send({"type": "http.response.body", "body": b"" if head else data})
