"""A raid: what the others in the room notice of it, and whether the host keeps control."""

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import numpy as np

from tests.bench.catalogue import CannotMeasure
from tests.bench.light import Attendee, bring_on_stage, light_site
from tests.browser.live_site import LiveSite
from tests.postgres import NoPostgres, PostgresCluster

ORDINARY, SPEAKERS, RAIDERS = 20, 5, 200
#: The raid takes so long, and is watched for so long after it; one of the speakers acts so often.
RAID_S, AFTER_S, EVERY_S = 5.0, 5.0, 0.25
#: The raiders' first frames are sent within a little less, so that their hands can be up in time.
COMING_S = 4.5
#: An event that has not come after so long counts as having taken so long.
LATE_S = 15.0

#: Command and the event that it brings, by whether the microphone is open.
_ACTS = {False: ("mic.unmute", "speaker.unmuted"), True: ("mic.mute", "speaker.muted")}


def raid_event_p99() -> dict[str, float]:
    """Milliseconds, p99, from a command to its event at each of the others, by database; and the host's worst act."""
    figures: dict[str, float] = {}
    host = 0.0
    for database in ("sqlite", "postgres"):
        with _site(database) as site:
            delays, acts = asyncio.run(_raided(site))
        figures[database] = float(np.percentile(delays, 99)) * 1000
        host = max(host, sum(acts) * 1000)
    return figures | {"host": host}


@contextmanager
def _site(database: str) -> Iterator[LiveSite]:
    cluster = _cluster() if database == "postgres" else None
    site = light_site(**({"DATABASE_URL": cluster.url} if cluster else {}))
    try:
        yield site.start()
    finally:
        site.stop()
        if cluster:
            cluster.stop()


def _cluster() -> PostgresCluster:
    try:
        return PostgresCluster(durable=True)
    except NoPostgres as reason:
        raise CannotMeasure(str(reason)) from reason


class Trickle:
    """The speakers in turn open and close their microphones; notes when each of the others hears of it."""

    def __init__(self, people: list[Attendee], speakers: list[Attendee]) -> None:
        self._people, self._speakers = people, speakers
        self._open = dict.fromkeys((speaker.participant for speaker in speakers), False)
        #: (participant, event, how often) → when the command was sent; and for each person when the event came.
        self._sent: dict[tuple[str, str, int], float] = {}
        self._came: dict[str, dict[tuple[str, str, int], float]] = {person.handle: {} for person in people}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._commands: set[asyncio.Task[Any]] = set()
        self._resumed = asyncio.Event()
        self._resumed.set()
        for person in people:
            person.on_event = _listener(self._came[person.handle])
        self._running = asyncio.ensure_future(self._run())

    async def pause(self) -> None:
        """Say nothing more until `resume`; returns when all that was said was heard, or is late."""
        self._resumed.clear()
        deadline = time.monotonic() + LATE_S
        while self._missing() and time.monotonic() < deadline:
            await asyncio.sleep(0.01)

    def resume(self, *, all_muted: bool) -> None:
        """Go on; the microphones may have been closed meanwhile."""
        if all_muted:
            self._open = dict.fromkeys(self._open, False)
        self._resumed.set()

    async def finish(self, since: float) -> list[float]:
        """Seconds that each event took to each of the others, of commands sent after `since`."""
        await self.pause()
        self._running.cancel()
        await asyncio.gather(*self._commands)
        return [
            (came[key] if key in came else sent + LATE_S) - sent
            for key, sent in self._sent.items()
            for came in self._others(key[0])
            if sent >= since
        ]

    def _missing(self) -> bool:
        return any(key not in came for key in self._sent for came in self._others(key[0]))

    def _others(self, participant: str) -> Iterator[dict[tuple[str, str, int], float]]:
        return (self._came[one.handle] for one in self._people if one.participant != participant)

    async def _run(self) -> None:
        start = time.monotonic()
        for tick, speaker in enumerate(itertools.cycle(self._speakers)):
            await asyncio.sleep(max(0.0, start + tick * EVERY_S - time.monotonic()))
            if self._resumed.is_set():
                self._act(speaker)

    def _act(self, speaker: Attendee) -> None:
        participant = speaker.participant
        command, event = _ACTS[self._open[participant]]
        self._open[participant] = not self._open[participant]
        self._sent[participant, event, self._counts[participant, event]] = time.monotonic()
        self._counts[participant, event] += 1
        self._commands.add(asyncio.ensure_future(speaker.command(command)))


def _listener(came: dict[tuple[str, str, int], float]) -> Any:
    counts: Counter[tuple[str, str]] = Counter()

    def heard(frame: dict[str, Any], at: float) -> None:
        if frame["type"] in {"speaker.unmuted", "speaker.muted"}:
            key = frame["data"]["participant"], frame["type"]
            came[(*key, counts[key])] = at
            counts[key] += 1

    return heard


async def _raided(site: LiveSite) -> tuple[list[float], list[float]]:
    """Seconds that each event took until the raid was over and all were in, and each act of the host.

    Raiders whose hands are not up when the host closes the queue are refused, as it should be.
    """
    room = site.room("ana")
    host = await Attendee(site, room, "ana").enter()
    people = [await Attendee(site, room, f"ordinary_{number}").enter() for number in range(ORDINARY)]
    await bring_on_stage(host, people[:SPEAKERS])
    trickle = Trickle(people, people[:SPEAKERS])
    async with _raiders(site, room) as raiders:
        began = time.monotonic()
        _order(raiders, "begin")
        await asyncio.sleep(RAID_S)
        acts = await _take_control(host, trickle)
        outcome = await _told(raiders)
        await asyncio.sleep(max(0.0, began + RAID_S + AFTER_S - time.monotonic()))
        delays = await trickle.finish(began)
    for person in (host, *people):
        await person.leave()
    if outcome["answered"] < RAIDERS or outcome["hands"] < RAIDERS / 4 or set(outcome["refusals"]) - {"hands_closed"}:
        raise CannotMeasure(f"the raid did not come about, the machine is too busy: {outcome}")
    return delays, acts


async def _take_control(host: Attendee, trickle: Trickle) -> list[float]:
    """The host closes the queue, empties it and mutes everybody; seconds until each was acknowledged."""
    took = []
    for command, data in (("hands.open", {"open": False}), ("hands.lower_all", {}), ("stage.mute_everyone", {})):
        if command == "stage.mute_everyone":
            # Else nobody could say whether a microphone that was just being closed would still tell so.
            await trickle.pause()
        began = time.monotonic()
        await host.command(command, **data)
        took.append(time.monotonic() - began)
    trickle.resume(all_muted=True)
    return took


@asynccontextmanager
async def _raiders(site: LiveSite, room: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The raiders' process, ready to begin."""
    cookies = site.call("people", prefix="raider", count=RAIDERS)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.raiders", stdin=pipe, stdout=pipe, env=site.environment
    )
    try:
        plan = {"port": site.port, "room": room, "cookies": cookies, "seconds": COMING_S}
        _order(process, json.dumps(plan))
        await _line(process)
        yield process
    finally:
        process.kill()
        await process.wait()


def _order(process: asyncio.subprocess.Process, text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{text}\n".encode())


async def _told(process: asyncio.subprocess.Process) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await _line(process))
    return found


async def _line(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise CannotMeasure("the raiders' process ended")
    return line
