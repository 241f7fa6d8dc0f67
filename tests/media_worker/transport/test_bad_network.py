"""The transport through the fault proxy: loss is measured, a cut heals, a new address is followed."""

import random
from collections.abc import AsyncIterator

import pytest

from media_worker.engine.ports import LegState
from media_worker.engine.transport.port import MediaUdpPort
from tests.fakes.udp_proxy import Faults, UdpProxy
from tests.media_worker.transport.clients import AiortcClient, Ear, Player, until


@pytest.fixture
async def proxy() -> AsyncIterator[UdpProxy]:
    proxy = await UdpProxy.start(seed=11)
    yield proxy
    proxy.close()


@pytest.fixture
async def port(proxy: UdpProxy) -> AsyncIterator[MediaUdpPort]:
    port = MediaUdpPort([proxy.address])
    port.start()
    proxy.target = ("127.0.0.1", port.port)
    yield port
    port.close()


@pytest.mark.parametrize(("loss", "burst"), [(0.05, 1), (0.10, 3), (0.5, 2)])
def test_the_proxy_loses_what_it_was_told(loss: float, burst: int) -> None:
    faults, source = Faults(loss=loss, burst=burst), random.Random(3)
    lost = [faults.loses(source) for _ in range(50_000)]
    assert sum(lost) / len(lost) == pytest.approx(loss, rel=0.06)


async def test_loss_is_seen_by_both_sides(port: MediaUdpPort, proxy: UdpProxy) -> None:
    client, ear = AiortcClient(), Ear()
    leg = await client.join(port, ear)
    await until(lambda: leg.state is LegState.CONNECTED)
    proxy.up.loss = proxy.down.loss = 0.2
    player = Player(leg, 500.0)
    await until(lambda: len(ear.packets) > 150)
    lost = leg.stats().packets_lost / (leg.stats().packets_lost + leg.stats().packets_received)
    assert 0.08 < lost < 0.35
    await until(lambda: leg.stats().remote_packets_lost > 10)
    player.stop()
    await client.close()


async def test_a_joining_client_gets_through_heavy_loss(port: MediaUdpPort, proxy: UdpProxy) -> None:
    proxy.up.loss = proxy.down.loss = 0.25
    client, ear = AiortcClient(), Ear()
    leg = await client.join(port, ear)
    await until(lambda: leg.state is LegState.CONNECTED, 25)
    await client.close()


async def test_a_cut_is_noticed_and_heals_on_the_same_leg(port: MediaUdpPort, proxy: UdpProxy) -> None:
    client, ear = AiortcClient(), Ear()
    leg = await client.join(port, ear)
    await until(lambda: len(ear.packets) > 20)
    proxy.cut = True
    await until(lambda: leg.state is LegState.SILENT, 5)
    heard = len(ear.packets)
    proxy.cut = False
    await until(lambda: len(ear.packets) > heard + 20, 3)
    assert ear.states == [LegState.CONNECTED, LegState.SILENT, LegState.CONNECTED]
    await client.close()


async def test_a_new_address_is_followed_without_signalling(port: MediaUdpPort, proxy: UdpProxy) -> None:
    client, ear = AiortcClient(), Ear()
    leg = await client.join(port, ear)
    player = Player(leg, 500.0)
    await until(lambda: len(ear.packets) > 20)
    before = port.legs[0].ice.selected
    proxy.move_clients()
    # The client's next consent check, every 4 to 6 s, shows the node where it is now.
    await until(lambda: port.legs[0].ice.selected != before, 10)
    heard, seen = len(ear.packets), len(client.samples)
    await until(lambda: len(ear.packets) > heard + 20 and len(client.samples) > seen + 20)
    assert ear.states[-1] is LegState.CONNECTED
    player.stop()
    await client.close()
