"""An application that writes to the wires of the server it runs under, and tells what it saw."""

import asyncio
import json
from typing import Any

from spaces_site.boundary.outbox import Frame, outbox_for
from spaces_site.boundary.wire import chunk, response_wire, socket_wire

BLOCK = bytes(64 * 1024)
#: More than the kernel's buffers of two ends take.
BLOCKS = 1_000

_seen: dict[str, Any] = {}


async def application(scope: Any, receive: Any, send: Any) -> None:
    """`/told`, `/full` and `/seen` by HTTP, and a websocket."""
    if scope["type"] == "websocket":
        await _socket(receive, send)
    elif scope["type"] == "http":
        await {"/told": _told, "/full": _full, "/seen": _tell_seen}[scope["path"]](send)


async def _socket(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    wire, outbox = socket_wire(send), outbox_for(send, limit=1_000)
    outbox.push(Frame(type(wire).__name__))
    outbox.close(4408)
    outbox.push(Frame("never"))
    _seen["socket"] = {"open": wire is not None and wire.is_open}


async def _begin(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"by the server, ", "more_body": True})


async def _told(send: Any) -> None:
    await _begin(send)
    found = response_wire(send)
    if found is not None:
        wire, chunked = found
        for text in (b"by a ", type(wire).__name__.encode()):
            wire.write(chunk(text) if chunked else text)
    await send({"type": "http.response.body", "body": b", and again"})


async def _full(send: Any) -> None:
    """A reader that reads nothing: until something is held, then an end without ceremony."""
    await _begin(send)
    found = response_wire(send)
    assert found is not None
    wire, _ = found
    held = [wire.held()]
    for _ in range(BLOCKS):
        wire.write(BLOCK)
        held.append(wire.held())
        if held[-1] > 10 * len(BLOCK):
            break
    was_open = wire.is_open
    wire.cut_off()
    await asyncio.sleep(0.1)
    _seen["full"] = {"held": held, "open": [was_open, wire.is_open]}


async def _tell_seen(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(_seen).encode()})
