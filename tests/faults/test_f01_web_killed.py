"""F1: the web server dies. The sound goes on; people come back by themselves."""

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
    site = Cluster(nodes=1)
    try:
        yield site.start()
    finally:
        site.stop()


async def test_people_go_on_hearing_each_other_while_the_web_server_is_dead(cluster):
    cluster.person("ana")
    room = cluster.room("ana")
    ana, bo = await two_who_talk(cluster, room)
    before = {person: len(person.saw("snapshot")) for person in (ana, bo)}
    killed = time.monotonic()
    cluster.kill("web", signal.SIGKILL)
    await until(lambda: time.monotonic() - killed > 2.0, "two seconds without a web server")
    cluster.launch("web")
    await until(lambda: all(len(person.saw("snapshot")) > count for person, count in before.items()), "both back", 60)
    await ana.command("mic.mute")
    await until(
        lambda: any(frame["data"]["participant"] == ana.participant for frame in bo.saw("speaker.muted")), "event"
    )
    # Two frames of 20 ms is what a busy machine may jitter; a gap of a dead server would be seconds.
    assert ana.longest_gap(bo.frequency, since=killed) < busy(0.15)
    assert bo.offers == ana.offers == 1
    await ana.leave()
    await bo.leave()
