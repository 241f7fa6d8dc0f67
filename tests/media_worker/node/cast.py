"""What the node's tests play with: rooms with people, a node in this process, a listener by HTTP."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from media_worker.node import MediaNode
from rooms import media_gateway
from rooms.models import Participant, Room
from rooms.services import audio, entry, hands, lifecycle, playback, stage
from tests.media_worker.transport.clients import AiortcClient


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for a condition in a thread without a loop; AssertionError at the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def person(handle: str) -> User:
    """Somebody who may host."""
    return User.objects.create(handle=handle, display_name=handle.title(), follower_count=1000)


def open_room(creator: User, title: str = "A room", **facts: Any) -> Room:
    """A live room with its creator in it, on device `<handle>-1`."""
    room = lifecycle.open_room(creator=creator, title=title, now=timezone.now(), **facts)
    enter(creator, room)
    return room


def enter(someone: User, room: Room, device: str = "") -> Participant:
    """`someone` joins and their websocket is there."""
    device = device or f"{someone.handle}-1"
    joined = entry.join_room(actor=someone, room_id=room.pk, device=device, now=timezone.now())
    entry.connection_changed(
        participant_id=joined.participant_id, device=device, connected=True, now=timezone.now(), socket="test:1"
    )
    return Participant.objects.get(pk=joined.participant_id)


def bring_on_stage(someone: User, room: Room, host: User) -> Participant:
    """Raise a hand, accept it, come up, open the microphone."""
    place = enter(someone, room)
    hand = hands.raise_hand(actor=someone, room_id=room.pk, now=timezone.now())
    hands.offer(actor=host, room_id=room.pk, hand_id=hand, now=timezone.now())
    stage.take_offer(actor=someone, room_id=room.pk, now=timezone.now())
    audio.unmute_self(actor=someone, room_id=room.pk, now=timezone.now())
    return place


async def connect(someone: User, room: Room, frequency: float = 440.0) -> AiortcClient:
    """A peer connection of `someone` through the gateway, humming."""
    client = AiortcClient(frequency)
    device = f"{someone.handle}-1"
    grant = playback.speak_grant(person_id=someone.pk, room_id=room.pk, device=device, now=timezone.now())
    answer = await media_gateway.offer(room.pk, grant, await client.offer(), device)
    await client.accept(answer.sdp)
    return client


def carry(node: MediaNode, room_id: UUID) -> None:
    """Let the node take the room, as a claim task would."""
    assert node.claim(room_id)
    until(lambda: str(room_id) in node.rooms)


@dataclass
class Answer:
    """What a playback door said."""

    status: int
    headers: dict[str, str]
    body: bytes


class HttpListener:
    """One request to the real ASGI application; collects until it is told to hang up."""

    def __init__(self, application: Any, address: str, method: str = "GET") -> None:
        path, _, query = address.partition("?")
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(b"host", b"testserver")],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
            "scheme": "http",
        }
        self.answer = Answer(0, {}, b"")
        self._hung_up = asyncio.Event()
        self.task = asyncio.ensure_future(application(self.scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.answer.status = message["status"]
            self.answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.answer.body += message.get("body", b"")

    async def hang_up(self) -> None:
        """The client goes away."""
        self._hung_up.set()
        await self.task


async def get(application: Any, address: str, method: str = "GET") -> Answer:
    """The whole answer to one request."""
    listener = HttpListener(application, address, method)
    await asyncio.wait_for(listener.task, 15)
    return listener.answer
