"""Prepared responses of the playback doors: what many listeners fetch is made into messages once."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

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
PLAYLIST: Headers = [(b"content-type", b"application/vnd.apple.mpegurl"), (b"cache-control", b"no-store")]
PIECE: Headers = [(b"content-type", b"audio/mp4"), (b"cache-control", b"private, max-age=60, immutable")]
_TEXT: Headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *_ALWAYS]

_PREPARED: dict[tuple[int, bool], Headers] = {
    (id(kind), is_open): [*kind, *(_OPEN if is_open else _OWN)]
    for kind in (STREAM, PLAYLIST, PIECE)
    for is_open in (True, False)
}
_NOTHING: Message = {"type": "http.response.body", "body": b""}


class Whole:
    """A whole response, for any number of listeners of either sort of address. Messages are not to be changed."""

    __slots__ = ("_body", "_open", "_own", "_wires")

    def __init__(self, kind: Headers, data: bytes) -> None:
        length = (b"content-length", b"%d" % len(data))
        self._own = _start([*_PREPARED[id(kind), False], length])
        self._open = _start([*_PREPARED[id(kind), True], length])
        self._body: Message = {"type": "http.response.body", "body": data}
        self._wires: dict[bool, bytes] = {}

    async def send(self, send: Send, *, is_open: bool, head: bool) -> None:
        """Answer one request."""
        await send(self._open if is_open else self._own)
        await send(_NOTHING if head else self._body)

    def wire(self, *, is_open: bool) -> bytes:
        """The same response as it is on the wire."""
        if is_open not in self._wires:
            start = self._open if is_open else self._own
            self._wires[is_open] = whole(start["headers"], self._body["body"])
        return self._wires[is_open]


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
