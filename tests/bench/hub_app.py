"""The hub behind a bare websocket door: no session, no database, everything after it as in the product.

Two thousand real joins would take longer than the benchmark may; what is measured begins behind them.
"""

import itertools
import os
from types import SimpleNamespace
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")
django.setup()

from rooms.hub import Hub, Seat  # noqa: E402
from rooms.protocol import MAX_QUEUED_BYTES  # noqa: E402
from spaces_site.boundary.identity import Identity  # noqa: E402
from spaces_site.boundary.outbox import outbox_for  # noqa: E402

_numbers = itertools.count(1)
_hub: list[Hub] = []


class HubWithoutDatabase(Hub):
    """Leaves out who is present and whose session holds."""

    def _note_presence(self, seat: Seat, *, connected: bool) -> None:
        return

    async def _heartbeat(self) -> None:
        return

    async def _check_sessions(self) -> None:
        return


async def application(scope: Any, receive: Any, send: Any) -> None:
    """`/<room id>`: sit down in that room and listen."""
    if scope["type"] != "websocket":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    if not _hub:
        _hub.append(HubWithoutDatabase())
    await receive()
    await send({"type": "websocket.accept"})
    seat = _seat(scope["path"].strip("/"), send)
    await _hub[0].attach(seat)
    seat.open([], 0)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    _hub[0].detach(seat)


def _seat(room_id: str, send: Any) -> Seat:
    async def no_resync() -> None:
        raise RuntimeError("a benchmark's frames have no gaps")

    number = next(_numbers)
    person = SimpleNamespace(pk=f"person-{number}")
    return Seat(
        room_id=room_id,
        socket_id=_hub[0].new_socket_id(),
        participant_id=f"participant-{number}",
        device="bench",
        identity=Identity(person=person, session="", auth_hash="", language="en"),
        outbox=outbox_for(send, limit=MAX_QUEUED_BYTES),
        resync=no_resync,
    )
