"""F3: a media node hangs and wakes up. Meanwhile another owns the room; the old one writes nothing."""

import signal
import time
from collections.abc import Iterator

import pytest
import redis

from rooms.protocol import parts_key
from spaces_site.broker import socket_path
from tests.faults.cluster import Cluster
from tests.faults.people import two_who_talk, until
from tests.patience import busy

pytestmark = pytest.mark.fault


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    site = Cluster(nodes=2)
    try:
        yield site.start()
    finally:
        site.stop()


async def test_a_node_that_wakes_up_after_its_lease_writes_nothing(cluster):
    cluster.person("ana")
    room = cluster.room("ana")
    ana, bo = await two_who_talk(cluster, room)
    old = cluster.owner(room)
    stopped = time.monotonic()
    cluster.signal(old, signal.SIGSTOP)
    await until(lambda: ana.offers > 1 and ana.hears(bo.frequency, since=stopped + 1), "the second node")
    await until(lambda: time.monotonic() - stopped > 10, "ten seconds of sleep", 15)
    woken = time.monotonic()
    cluster.signal(old, signal.SIGCONT)
    await until(lambda: time.monotonic() - woken > 3, "three seconds awake", 5)
    with redis.Redis.from_url(f"unix://{socket_path(cluster.folder)}") as broker:
        epochs = [int(fields[b"epoch"]) for _, fields in broker.xrange(parts_key(room))]
    assert epochs == sorted(epochs)
    assert cluster.owner(room) != old
    assert ana.longest_gap(bo.frequency, since=woken) < busy(0.15)
    assert len(ana.saw("media.moved")) == 1
    await ana.leave()
    await bo.leave()
