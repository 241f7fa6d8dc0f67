"""The hub: one per process, between the broker's channels and the sockets of the process."""

import asyncio
import contextlib
import json
import secrets
from collections import Counter
from collections.abc import Coroutine
from functools import partial
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.utils import timezone
from prometheus_client import Gauge

from rooms import events
from rooms.hub.feed import RoomFeed
from rooms.hub.link import BrokerLink, end
from rooms.hub.rings import RingWatch
from rooms.hub.seat import Seat
from rooms.protocol import (
    SILENT_SECONDS,
    CloseCode,
    DeviceMoved,
    TicketLost,
    YouRemoved,
    person_channel,
    room_channel,
    sessions_channel,
    ties_channel,
)
from rooms.services import entry, presence, sessions
from spaces_site.boundary.identity import Identity
from spaces_site.boundary.outbox import Frame
from spaces_site.boundary.sockets import AT_DOOR, run_service

log = structlog.get_logger(__name__)

#: Seconds for which a closed socket's person still counts as there: a reload is no absence.
GOODBYE_SECONDS = 3.0
#: Seconds between two looks at who fell silent, and between two heartbeats of this process.
SWEEP_SECONDS = 5.0
#: Seconds between two checks that every socket's session still holds.
CHECK_SECONDS = 30.0
CHECK_CHUNK = 500

SOCKETS = Gauge("spaces_sockets", "Open room sockets of this process")


class Guarded(Protocol):
    """A socket that ends with its session."""

    identity: Identity

    def close(self, code: int) -> None:
        """Close after what was said."""


class Hub:
    """Who sits in which room here, what they hear, and whether they may still be here."""

    def __init__(self) -> None:
        #: Names this process in `Participant.socket`.
        self.process = secrets.token_hex(8)
        self._seats: dict[str, Seat] = {}
        self._feeds: dict[str, RoomFeed] = {}
        self._people: dict[str, dict[str, Seat]] = {}
        self._slots: Counter[str] = Counter()
        self._numbers = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._guarded: set[Guarded] = set()
        self.rings = RingWatch()
        self._link = BrokerLink(always=sessions_channel(), heard=self._heard, restored=self._restored)
        self._spawn(self._sweep_forever())

    # --- coming and going -------------------------------------------------------------------------

    def new_socket_id(self) -> str:
        """A name for a socket, unique among all processes."""
        self._numbers += 1
        return f"{self.process}:{self._numbers}"

    def take_slot(self, key: str, limit: int) -> bool:
        """Count one more socket of a person or an address; False beyond `limit`."""
        if self._slots[key] >= limit:
            return False
        self._slots[key] += 1
        return True

    def free_slot(self, key: str) -> None:
        """One socket fewer."""
        self._slots[key] -= 1
        if self._slots[key] <= 0:
            del self._slots[key]

    def guard(self, socket: Guarded) -> None:
        """Close a socket outside of rooms too when its session ends."""
        self._guarded.add(socket)
        self._spawn(self._link.subscribe(sessions_channel(), ties_channel()))

    def unguard(self, socket: Guarded) -> None:
        """The socket is gone."""
        self._guarded.discard(socket)

    async def attach(self, seat: Seat) -> None:
        """Let a seat hear its room and its person's channel; events are held until `seat.open`.

        The person's other sockets in this room close (4409), here and in other processes.
        Returns also when the broker is away: it is tried on, and the seat resynced when it is back.
        """
        room, person = room_channel(seat.room_id), person_channel(seat.room_id, seat.person_id)
        self._seats[seat.socket_id] = seat
        self._feed(seat.room_id).seats[seat.socket_id] = seat
        self._people.setdefault(person, {})[seat.socket_id] = seat
        SOCKETS.set(len(self._seats))
        self._note_presence(seat, connected=True)
        await self._link.subscribe(room, person, sessions_channel())
        note = DeviceMoved(device=seat.device, socket=seat.socket_id)
        self._device_moved(person, {"device": note.device, "socket": note.socket})
        await self._link.publish(person, events.frame(note))

    def detach(self, seat: Seat) -> None:
        """The socket is gone; its person is taken as gone a little later, unless they come back."""
        if self._seats.pop(seat.socket_id, None) is None:
            return
        SOCKETS.set(len(self._seats))
        asyncio.get_running_loop().call_later(GOODBYE_SECONDS, partial(self._note_presence, seat, connected=False))
        channels = []
        feed = self._feeds[seat.room_id]
        del feed.seats[seat.socket_id]
        if not feed.seats:
            feed.stop()
            del self._feeds[seat.room_id]
            channels.append(room_channel(seat.room_id))
        person = person_channel(seat.room_id, seat.person_id)
        del self._people[person][seat.socket_id]
        if not self._people[person]:
            del self._people[person]
            channels.append(person)
        if channels:
            self._spawn(self._link.unsubscribe(*channels))

    def opened(self, seat: Seat, seq: int) -> None:
        """A seat was sent everything up to `seq`."""
        if seat.socket_id in self._seats:
            self._feed(seat.room_id).opened(seat, seq)

    async def aclose(self) -> None:
        """Stop every task and the subscription."""
        for feed in self._feeds.values():
            feed.stop()
        await end(list(self._tasks))
        await self.rings.aclose()
        await self._link.aclose()

    def _feed(self, room_id: str) -> RoomFeed:
        feed = self._feeds.get(room_id)
        if feed is None:
            feed = self._feeds[room_id] = RoomFeed(room_id, _events_after)
        return feed

    def _note_presence(self, seat: Seat, *, connected: bool) -> None:
        self._spawn(
            run_service(
                entry.connection_changed,
                language=seat.identity.language,
                workers=AT_DOOR,
                participant_id=seat.participant_id,
                device=seat.device,
                socket=seat.socket_id,
                connected=connected,
                now=timezone.now(),
            )
        )

    # --- what the broker says ---------------------------------------------------------------------

    def _heard(self, channel: str, text: str) -> None:
        if channel in self._people:
            self._heard_for_person(channel, text)
        elif channel == sessions_channel():
            data = json.loads(text)["data"]
            self._session_ended(data["person"], data["session"])
        elif channel == ties_channel():
            self.rings.note(json.loads(text)["data"]["people"])
        else:
            feed = self._feeds.get(channel.rpartition(":")[2])
            if feed is not None:
                feed.take(text)

    def _heard_for_person(self, channel: str, text: str) -> None:
        told = json.loads(text)
        if told["type"] == DeviceMoved.type:
            self._device_moved(channel, told["data"])
            return
        frame = Frame(text)
        for seat in list(self._people[channel].values()):
            seat.push(frame, None)
            if told["type"] == YouRemoved.type:
                seat.close(CloseCode.REMOVED)
            elif told["type"] == TicketLost.type:
                seat.close(CloseCode.TICKET_NEEDED)

    def _device_moved(self, channel: str, data: dict[str, str]) -> None:
        device, socket = data["device"], data["socket"]
        for seat in list(self._people.get(channel, {}).values()):
            if seat.device != device or (socket and seat.socket_id != socket):
                seat.close(CloseCode.ELSEWHERE)

    def _session_ended(self, person_id: str, session: str) -> None:
        for socket in self._sockets():
            if socket.identity.person_id == person_id and session in ("", socket.identity.session):
                socket.close(CloseCode.RENEW)

    async def _restored(self) -> None:
        log.info("broker_back", rooms=len(self._feeds))
        await asyncio.gather(*(feed.heal() for feed in list(self._feeds.values())))
        # No number is missing when a listener was put out meanwhile.
        await self._check_places(list(self._seats.values()))

    # --- who is still there -----------------------------------------------------------------------

    async def _sweep_forever(self) -> None:
        checked_at = asyncio.get_running_loop().time()
        while True:
            await self._heartbeat()
            await asyncio.sleep(SWEEP_SECONDS)
            now = asyncio.get_running_loop().time()
            for seat in list(self._seats.values()):
                if now - seat.heard_at > SILENT_SECONDS:
                    seat.close(CloseCode.TOO_SLOW)
            if now - checked_at > CHECK_SECONDS:
                checked_at = now
                await self._check_sessions()
                await self._check_places(list(self._seats.values()))

    async def _heartbeat(self) -> None:
        beat = await run_service(
            presence.web_process_alive, language=settings.LANGUAGE_CODE, process=self.process, now=timezone.now()
        )
        if beat.refusal is None and not beat.value:
            for seat in list(self._seats.values()):
                self._note_presence(seat, connected=True)

    async def _check_sessions(self) -> None:
        sockets = self._sockets()
        for start in range(0, len(sockets), CHECK_CHUNK):
            chunk = sockets[start : start + CHECK_CHUNK]
            identities = [socket.identity for socket in chunk]
            valid = await run_service(sessions.still_valid, language=settings.LANGUAGE_CODE, identities=identities)
            if valid.refusal is None:
                for socket in chunk:
                    if socket.identity not in valid.value:
                        socket.close(CloseCode.RENEW)

    async def _check_places(self, seats: list[Seat]) -> None:
        """What a note could not tell: who left, or was put out, hears no more."""
        for start in range(0, len(seats), CHECK_CHUNK):
            chunk = seats[start : start + CHECK_CHUNK]
            inside = await run_service(
                presence.devices_inside,
                language=settings.LANGUAGE_CODE,
                participant_ids=[seat.participant_id for seat in chunk],
            )
            if inside.refusal is not None:
                continue
            for seat in chunk:
                if inside.value.get(seat.participant_id, seat.device) != seat.device:
                    seat.close(CloseCode.ELSEWHERE)
                elif seat.participant_id not in inside.value and not seat.outbox.closed:
                    # The refusal that they would get at the door, with its close code.
                    await seat.resync()

    def _sockets(self) -> list[Guarded]:
        """All sockets whose sessions are looked after, in rooms and outside."""
        return [*self._seats.values(), *self._guarded]

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _events_after(room_id: str, last_seq: int) -> list[str] | None:
    found = await run_service(events.events_after, language=settings.LANGUAGE_CODE, room_id=room_id, last_seq=last_seq)
    return found.value if found.refusal is None else None


_hubs: "dict[asyncio.AbstractEventLoop, Hub]" = {}


def hub() -> Hub:
    """The hub of the running event loop, made on first use: a server has one loop, tests have many."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        for old in [old for old in _hubs if old.is_closed()]:
            del _hubs[old]
        found = _hubs[loop] = Hub()
    return found


async def close_hub() -> None:
    """End the hub of the running event loop, if there is one."""
    with contextlib.suppress(KeyError):
        await _hubs.pop(asyncio.get_running_loop()).aclose()
