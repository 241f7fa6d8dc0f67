"""F2: the media node that carries a room dies. Another takes over; people hear each other again."""

import signal
import time
from collections.abc import Iterator

import pytest

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


async def test_another_node_takes_the_room_over_and_clients_come_back_by_themselves(cluster):
    cluster.person("ana")
    room = cluster.room("ana")
    ana, bo = await two_who_talk(cluster, room)
    owner = cluster.owner(room)
    killed = time.monotonic()
    cluster.kill(owner, signal.SIGKILL)
    await until(
        lambda: (
            ana.offers > 1 and ana.hears(bo.frequency, since=killed + 1) and bo.hears(ana.frequency, since=killed + 1)
        ),
        "both to hear each other again",
    )
    took = time.monotonic() - killed
    print(f"media_node_killed_s {took:.1f}")
    assert took < busy(6)
    assert cluster.owner(room) != owner
    assert bo.saw("media.moved")
    await ana.leave()
    await bo.leave()


async def test_a_node_that_is_told_to_stop_hands_its_rooms_over_within_seconds(cluster):
    cluster.person("ana")
    room = cluster.room("ana")
    ana, bo = await two_who_talk(cluster, room)
    owner = cluster.owner(room)
    told = time.monotonic()
    cluster.signal(owner, signal.SIGTERM)
    await until(
        lambda: (
            ana.offers > 1 and ana.hears(bo.frequency, since=told + 0.5) and bo.hears(ana.frequency, since=told + 0.5)
        ),
        "both to hear each other again",
    )
    assert time.monotonic() - told < busy(3)
    assert cluster.owner(room) != owner
    await ana.leave()
    await bo.leave()
