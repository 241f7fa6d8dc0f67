"""What dying costs: seconds without sound when a media node goes, when the web goes, and late writes."""

import asyncio
import signal
import time

import redis

from rooms.protocol import parts_key
from spaces_site.broker import socket_path
from tests.faults.cluster import Cluster
from tests.faults.people import LivePerson, two_who_talk, until

#: How often a node is killed; with so few runs the slowest stands for the 95th percentile.
KILLS = 3


def media_node_killed() -> dict[str, float]:
    """Seconds from kill -9 of the owner until both hear each other again; the slowest of the runs."""
    site = Cluster(nodes=2).start()
    try:
        return {"p95": max(asyncio.run(_kill_owners(site)))}
    finally:
        site.stop()


async def _kill_owners(site: Cluster) -> list[float]:
    site.person("ana")
    room = site.room("ana")
    ana, bo = await two_who_talk(site, room)
    took = []
    for _ in range(KILLS):
        owner = site.owner(room)
        offers, killed = ana.offers, time.monotonic()
        site.kill(owner, signal.SIGKILL)
        await until(lambda: _both_hear(ana, bo, offers, killed), "both hear each other again")  # noqa: B023
        took.append(time.monotonic() - killed)
        site.launch(owner)
        known = site.call("nodes")
        await until(lambda: site.call("nodes") > known, "the node is back")  # noqa: B023
    await ana.leave()
    await bo.leave()
    return took


def _both_hear(ana: LivePerson, bo: LivePerson, offers: int, killed: float) -> bool:
    since = killed + 0.5
    return ana.offers > offers and ana.hears(bo.frequency, since=since) and bo.hears(ana.frequency, since=since)


def web_killed_audio_gap() -> float:
    """Milliseconds of tone missing, beyond the frames' own spacing, while the web server is dead for 3 s."""
    site = Cluster(nodes=1).start()
    try:
        return asyncio.run(_kill_web(site))
    finally:
        site.stop()


async def _kill_web(site: Cluster) -> float:
    site.person("ana")
    ana, bo = await two_who_talk(site, site.room("ana"))
    killed = time.monotonic()
    site.kill("web")
    await until(lambda: time.monotonic() - killed > 3, "three seconds", 5)
    frames = sum(1 for at, _ in ana.heard if at >= killed)
    elapsed = ana.heard[-1][0] - killed
    await ana.leave()
    await bo.leave()
    # One frame either way is the edge of the window, not a gap.
    return max(0.0, (elapsed * 50 - frames - 1) * 20)


def zombie_writes() -> int:
    """Parts that a frozen node wrote after it woke up without its lease."""
    site = Cluster(nodes=2).start()
    try:
        return asyncio.run(_freeze(site))
    finally:
        site.stop()


async def _freeze(site: Cluster) -> int:
    site.person("ana")
    room = site.room("ana")
    ana, bo = await two_who_talk(site, room)
    old, stopped = site.owner(room), time.monotonic()
    site.signal(old, signal.SIGSTOP)
    await until(lambda: time.monotonic() - stopped > 10, "ten seconds asleep", 15)
    with redis.Redis.from_url(f"unix://{socket_path(site.folder)}") as broker:
        last = broker.xrevrange(parts_key(room), count=1)
        site.signal(old, signal.SIGCONT)
        woken = time.monotonic()
        await until(lambda: time.monotonic() - woken > 3, "three seconds awake", 5)
        newer = broker.xrange(parts_key(room), min=f"({last[0][0].decode()}" if last else "-")
    epochs = [int(fields[b"epoch"]) for _, fields in newer]
    await ana.leave()
    await bo.leave()
    return sum(1 for epoch in epochs if epoch < max(epochs))
