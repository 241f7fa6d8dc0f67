"""The media node: one per worker process, one event loop in one thread, one UDP port, many rooms.

A Celery task only hands a room over (`MediaNode.claim`); from then on the loop owns it. Three clocks
run: 20 ms ticks for rooms that are awake, one second for lease, stage and heartbeat, and requests from
the broker as they come. Losing the lease stops a room at once; when the database is away, rooms go
on with the stage they know and take nobody new.
"""

import asyncio
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID, uuid4

import redis
import structlog
import uvloop
from django.conf import settings
from django.utils import timezone

from media_worker import bridge
from media_worker.bridge import Database, DatabaseAway, Lease
from media_worker.carried_room import CarriedRoom
from media_worker.engine.transport.port import MediaUdpPort
from media_worker.engine.transport.sdp import SdpError
from media_worker.storage import OWN, REFUSED
from rooms.grants import GrantRefused
from rooms.protocol import live_epoch_key, live_owner_key, live_refused_key, live_wanted_key
from rooms.services import media
from spaces_site.boundary.heap import settle_heap

log = structlog.get_logger(__name__)
T = TypeVar("T")

#: How long rooms go on without the database.
WITHOUT_DATABASE_SECONDS = 600.0
#: How often a draining node offers its rooms.
OFFER_SECONDS = 0.5
#: How long a draining node keeps the sound while others take its rooms.
HANDOVER_SECONDS = 3.0


#: A tick must not wait for the 5 ms that another thread may keep the interpreter by default.
_SWITCH_SECONDS = 0.001
#: Sound goes before the machine's other work, where the system allows it.
_NICENESS = -10


def go_first() -> None:
    """Let the ticks of this process wait for nothing, as far as the system allows. Called by a worker of its own."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    settle_heap()
    # To Linux each thread is a process of its own. All of them go first: one that waited for a processor
    # while it holds the interpreter would hold up the ticks as well.
    with suppress(OSError):
        for thread in os.listdir("/proc/self/task"):
            os.setpriority(os.PRIO_PROCESS, int(thread), _NICENESS)


class MediaNode:
    """Carries rooms from `start` to `stop`. All methods without a note run on the loop's thread."""

    def __init__(self) -> None:
        self.id = uuid4()
        self.rooms: dict[str, CarriedRoom] = {}
        self.is_draining = False
        self._lease_seconds = settings.MEDIA_LEASE_SECONDS
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="media-node", daemon=True)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._database_seen = time.monotonic()
        self._work = asyncio.Event()
        #: Rooms on their way back to the database.
        self._leaving: set[asyncio.Future[None]] = set()

    # --- from other threads ---------------------------------------------------------------------

    def start(self) -> None:
        """Open the port and begin; from any thread. Raises what went wrong, such as a taken port."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def claim(self, room_id: UUID) -> bool:
        """Take a room's lease and hand the room to the loop; from any thread. False: somebody has it."""
        if self.is_draining or self._loop is None or not self._thread.is_alive() or str(room_id) in self.rooms:
            return False
        lease = Lease(asked_at=time.monotonic(), seconds=self._lease_seconds)
        epoch = media.claim_lease(room_id=room_id, node_id=self.id, now=timezone.now())
        if epoch is None:
            return False
        self._loop.call_soon_threadsafe(self._adopt, str(room_id), epoch, lease)
        return True

    def stop(self) -> None:
        """Hand the rooms over and stop within seconds; from any thread."""
        if self._loop is None or not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._drain(), self._loop)
        self._thread.join(HANDOVER_SECONDS + 3)

    # --- the loop -------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            uvloop.run(self._serve())
        except BaseException as error:
            self._failure = error
            log.exception("media_node_failed", node_id=str(self.id))
            raise
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._broker = bridge.open_broker()
        self._own = self._broker.register_script(OWN)
        patience = max(0.5, self._lease_seconds / 3)
        self._database = Database(seconds=patience, threads=2)
        # A thread of its own: many people who come at once must not hold up the lease.
        self._lease_database = Database(seconds=patience, threads=1)
        self._port = MediaUdpPort(settings.MEDIA_PUBLIC_ADDRESSES, settings.MEDIA_PORT)
        self._port.start()
        self._stopped = asyncio.Event()
        await self._register()
        self._loop = asyncio.get_running_loop()
        tasks = [asyncio.ensure_future(each) for each in (self._tick(), self._each_second(), self._take_requests())]
        self._ready.set()
        log.info("media_node_ready", node_id=str(self.id), port=self._port.port)
        stopping = asyncio.ensure_future(self._stopped.wait())
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in (stopping, *tasks):
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.error("media_node_task_failed", error=repr(outcome))
        self._port.close()
        self._database.close()
        self._lease_database.close()
        await self._broker.aclose()

    async def _register(self) -> None:
        await self._database.run(
            media.register_node,
            node_id=self.id,
            name=f"{socket.gethostname()}:{os.getpid()}",
            addresses=[candidate.host for candidate in self._port.candidates],
            port=self._port.port,
            now=timezone.now(),
        )

    def _adopt(self, room_id: str, epoch: int, lease: Lease) -> None:
        room = CarriedRoom(
            room_id=room_id,
            epoch=epoch,
            lease=lease,
            broker=self._broker,
            database=self._database,
            on_wake=self._work.set,
        )
        old = self.rooms.pop(room_id, None)
        if old is not None:
            old.stop()
        self.rooms[room_id] = room
        room.start()
        log.info("room_taken", room_id=room_id, epoch=epoch, node_id=str(self.id))
        # Held, so that it is not collected while it runs; the room lets it go when it stops.
        room.tasks.append(asyncio.ensure_future(self._refresh([room_id])))

    def _drop(self, room: CarriedRoom, why: str) -> None:
        if self.rooms.get(room.room_id) is room:
            del self.rooms[room.room_id]
        room.stop()
        log.info("room_dropped", room_id=room.room_id, epoch=room.epoch, why=why)

    async def _tick(self) -> None:
        """Run each awake room's ticks when they are due; sleep when all rooms do."""
        while True:
            for room in list(self.rooms.values()):
                if room.fenced:
                    self._drop(room, "a newer owner has it")
                else:
                    self._let(room, room.tick)
            due = min((room.next_due for room in self.rooms.values() if room.awake), default=None)
            if due is None:
                self._work.clear()
                await self._work.wait()
            else:
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _let(self, room: CarriedRoom, act: Callable[..., None], *arguments: Any) -> None:
        """Do something of one room. What goes wrong there ends that room's run, never the others' sound."""
        try:
            act(*arguments)
        except Exception:
            log.exception("room_failed", room_id=room.room_id, epoch=room.epoch)
            leaving = asyncio.ensure_future(self._give_back(room, "it failed"))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    # --- each second ----------------------------------------------------------------------------

    async def _each_second(self) -> None:
        spent, seen = time.process_time(), time.monotonic()
        while not bridge.is_cancelled():
            began = time.monotonic()
            await self._renew(began)
            await self._refresh(list(self.rooms))
            load = (time.process_time() - spent) / max(0.001, time.monotonic() - seen)
            spent, seen = time.process_time(), time.monotonic()
            await self._beat(min(1.0, load))
            await asyncio.sleep(max(0.05, began + min(1.0, self._lease_seconds / 3) - time.monotonic()))

    async def _renew(self, asked_at: float) -> None:
        try:
            mine = await self._lease_database.run(media.renew_leases, node_id=self.id, now=timezone.now())
        except DatabaseAway as error:
            if asked_at - self._database_seen < WITHOUT_DATABASE_SECONDS:
                # Nobody else can take a room without the database; one whose lease is past stays silent.
                for room in self.rooms.values():
                    if room.lease.valid():
                        room.lease.renew(asked_at=asked_at)
            log.warning("leases_not_renewed", error=str(error))
            return
        self._database_seen = time.monotonic()
        for room in list(self.rooms.values()):
            if mine.get(room.room_id) == room.epoch:
                room.lease.renew(asked_at=asked_at)
            elif room.taken_at < asked_at and not self.is_draining:
                self._drop(room, "the lease is lost")

    async def _refresh(self, room_ids: list[str]) -> None:
        """Read stages and listeners of these rooms again, and make the sound match."""
        if not room_ids:
            return
        try:
            stages = await bridge.read_stages(self._database, room_ids)
        except DatabaseAway as error:
            log.warning("stages_not_read", error=str(error))
            stages = {}
        wanted = await self._announce(room_ids)
        for room_id in room_ids:
            room = self.rooms.get(room_id)
            if room is None:
                continue
            if room_id in stages:
                self._let(room, room.reconcile, stages[room_id])
            if room_id in wanted:
                room.set_listened(wanted[room_id])
            if room.is_over and not self.is_draining:
                await self._give_back(room, "nobody is there")
        self._work.set()

    async def _announce(self, room_ids: list[str]) -> dict[str, bool]:
        """Write in the broker who carries these rooms; which of them somebody listens to by HTTP."""
        wanted: dict[str, bool] = {}
        lasts = int(self._lease_seconds * 1000)
        try:
            for room_id in room_ids:
                room = self.rooms.get(room_id)
                if room is None or not room.lease.valid():
                    continue
                keys = [live_epoch_key(room_id), live_refused_key(room_id), live_owner_key(room_id)]
                outcome = await self._own(keys=keys, args=[room.epoch, f"{self.id} {room.epoch}", lasts])
                room.fenced = room.fenced or int(outcome) == REFUSED
                wanted[room_id] = bool(await self._broker.exists(live_wanted_key(room_id)))
        except redis.RedisError as error:
            log.warning("rooms_not_announced", error=str(error))
        return wanted

    async def _give_back(self, room: CarriedRoom, why: str) -> None:
        self._drop(room, why)
        try:
            await self._database.run(media.release, room_id=UUID(room.room_id), node_id=self.id, epoch=room.epoch)
            await self._broker.delete(live_owner_key(room.room_id))
        except (DatabaseAway, redis.RedisError) as error:
            log.warning("room_not_released", room_id=room.room_id, error=str(error))

    async def _beat(self, load: float) -> None:
        legs = sum(room.leg_count for room in self.rooms.values())
        try:
            await self._lease_database.run(
                media.heartbeat,
                node_id=self.id,
                load=load,
                room_count=len(self.rooms),
                leg_count=legs,
                now=timezone.now(),
            )
        except DatabaseAway as error:
            log.warning("heartbeat_lost", error=str(error))

    # --- requests -------------------------------------------------------------------------------

    async def _take_requests(self) -> None:
        while not bridge.is_cancelled():
            nudged, others = await self._guarded(bridge.take_requests(self._broker, self.id)) or ([], [])
            await self._guarded(self._refresh(nudged))
            for request in others:
                await self._guarded(self._handle(request))

    async def _guarded(self, work: Awaitable[T]) -> T | None:
        """One request must never stop the sound of all rooms, nor the requests after it."""
        try:
            return await work
        except redis.RedisError as error:
            # Also an answer that the broker did not take: who asked asks again, and the sound goes on.
            log.warning("requests_interrupted", node_id=str(self.id), error=str(error))
            await asyncio.sleep(0.2)
        except Exception:
            log.exception("request_failed", node_id=str(self.id))
        return None

    async def _handle(self, request: dict[str, Any]) -> None:
        if request["kind"] == "close":
            self._close_leg(request)
        elif request["kind"] == "offer":
            answer = await self._answer(request)
            async with self._broker.pipeline(transaction=True) as pipe:
                pipe.rpush(request["reply"], json.dumps(answer))
                pipe.expire(request["reply"], 15)
                await pipe.execute()

    async def _answer(self, request: dict[str, str]) -> dict[str, Any]:
        room = self.rooms.get(request["room"])
        if room is None or not room.lease.valid():
            return {"error": "no_media_node"}
        try:
            participant_id = bridge.check_grant(request["grant"], room_id=room.room_id, device=request["device"])
        except GrantRefused as refusal:
            return {"error": refusal.code}
        if not room.has_seat(participant_id, request["device"]):
            await self._refresh([room.room_id])
            if not room.has_seat(participant_id, request["device"]):
                return {"error": "no_seat"}
        try:
            answer = self._port.answer(
                request["sdp"], participant_id=participant_id, device=request["device"], listener=room
            )
        except SdpError as error:
            return {"error": "bad_offer", "text": str(error)}
        return {"sdp": answer.sdp, "epoch": room.epoch}

    def _close_leg(self, request: dict[str, str]) -> None:
        try:
            holder = bridge.holder_of_grant(request["grant"], room_id=request["room"])
        except GrantRefused:
            return
        for leg in self._port.legs:
            if (leg.participant_id, leg.device) == holder:
                leg.close()

    # --- stopping -------------------------------------------------------------------------------

    async def _drain(self) -> None:
        """Free the rooms; keep each one's sound until its new owner has written, a few seconds at most."""
        self.is_draining = True
        until = time.monotonic() + HANDOVER_SECONDS
        log.info("media_node_draining", node_id=str(self.id), rooms=len(self.rooms))
        try:
            others = await self._database.run(media.drain, node_id=self.id, now=timezone.now())
        except DatabaseAway as error:
            log.warning("rooms_not_handed_over", error=str(error))
            others = False
        offered = 0.0
        while others and self.rooms and time.monotonic() < until:
            if time.monotonic() - offered > OFFER_SECONDS:
                # Again and again: our own worker may still have swallowed the first offer.
                offered = time.monotonic()
                await self._offer_rooms()
            await self._announce(list(self.rooms))
            for room in list(self.rooms.values()):
                if room.fenced:
                    self._drop(room, "handed over")
            await asyncio.sleep(0.1)
        for room in list(self.rooms.values()):
            self._drop(room, "the node stops")
        try:
            await self._database.run(media.forget_node, node_id=self.id)
        except DatabaseAway:
            log.warning("node_not_forgotten", node_id=str(self.id))
        self._stopped.set()

    async def _offer_rooms(self) -> None:
        try:
            await self._database.run(media.offer_rooms, room_ids=list(self.rooms))
        except DatabaseAway as error:
            log.warning("rooms_not_offered", error=str(error))
