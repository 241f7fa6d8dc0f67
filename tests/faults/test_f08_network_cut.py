"""F8: the network of one speaker is cut for 2, 8 and 20 s. They are shown as away, keep their seat, and are back."""

import time
from collections.abc import Iterator

import pytest

from tests.fakes.udp_proxy import UdpProxy, free_udp_port, in_thread
from tests.faults.cluster import Cluster
from tests.faults.people import LivePerson, until
from tests.patience import busy

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

#: A node takes a connection for silent after 2.5 s.
NOTICED = 3.0


@pytest.fixture
def proxy() -> Iterator[UdpProxy]:
    with in_thread(seed=8) as proxy:
        yield proxy


@pytest.fixture
def cluster(proxy: UdpProxy) -> Iterator[Cluster]:
    port = free_udp_port()
    proxy.target = ("127.0.0.1", port)
    site = Cluster(nodes=1, MEDIA_PUBLIC_ADDRESSES=proxy.address, MEDIA_PORT=str(port))
    try:
        yield site.start()
    finally:
        site.stop()


def away(watcher: LivePerson, whom: LivePerson) -> list[bool]:
    """What `watcher` was told about somebody's connection: True for lost, False for back."""
    told = [frame["data"] for frame in watcher.saw("speaker.connection")]
    return [not data["connected"] for data in told if data["participant"] == whom.participant]


async def cut_for(seconds: float, proxy: UdpProxy, ana: LivePerson, bo: LivePerson) -> dict[str, float]:
    """Cut Bo off; seconds until Ana was told (when it lasted long enough), and until each heard the other again."""
    before, began = len(away(ana, bo)), time.monotonic()
    figures = {}
    proxy.cut = True
    if seconds > NOTICED:
        await until(lambda: away(ana, bo)[before:] == [True], "Ana to be told")
        figures["shown"] = time.monotonic() - began
    await until(lambda: time.monotonic() - began >= seconds, "the end of the cut")
    proxy.cut = False
    healed = time.monotonic()
    for name, ear, voice in (("heard", ana, bo), ("hears", bo, ana)):
        await until(lambda: ear.hears(voice.frequency, since=healed), name)  # noqa: B023
        figures[name] = time.monotonic() - healed
    if seconds > NOTICED:
        await until(lambda: away(ana, bo)[before:] == [True, False], "Ana to be told that Bo is back")
    return figures


async def test_a_speaker_whose_network_was_cut_is_heard_again_within_a_second(
    cluster: Cluster, proxy: UdpProxy
) -> None:
    cluster.person("ana")
    room = cluster.room("ana")
    ana, bo = LivePerson(cluster, room, "ana", 440.0), LivePerson(cluster, room, "bo", 1000.0)
    await ana.enter()
    await bo.enter()
    await ana.command("stage.invite", participant=bo.participant)
    await bo.command("stage.take")
    await ana.talk()
    await until(lambda: bool(proxy.clients), "Ana's address")
    proxy.spared = proxy.clients
    await bo.talk()
    await until(lambda: ana.hears(bo.frequency) and bo.hears(ana.frequency), "both hear each other")
    for seconds in (2, 8, 20):
        figures = await cut_for(seconds, proxy, ana, bo)
        print(f"f08 cut {seconds} s: " + ", ".join(f"{name} after {value:.2f} s" for name, value in figures.items()))
        assert figures.get("shown", 0) < busy(NOTICED)
        assert max(figures["heard"], figures["hears"]) < busy(1)
        assert cluster.call("stage", room_id=room)["bo"] == {"muted": False, "role": "SPEAKER"}
    assert (ana.offers, bo.offers) == (1, 1)
    for person in (ana, bo):
        await person.leave()
