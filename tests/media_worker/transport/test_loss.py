"""What a listener hears over a line that loses packets: how much of it Chromium must invent."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media_worker.engine.transport.leg import PeerLeg
from media_worker.engine.transport.port import MediaUdpPort
from tests.fakes.udp_proxy import UdpProxy
from tests.media_worker.transport.browsers import Browser
from tests.media_worker.transport.clients import Ear, Player, until

pytestmark = pytest.mark.browser

LOSS, SECONDS = 0.05, 12


@pytest.fixture
async def proxy() -> AsyncIterator[UdpProxy]:
    proxy = await UdpProxy.start(seed=5)
    yield proxy
    proxy.close()


@pytest.fixture
async def port(proxy: UdpProxy) -> AsyncIterator[MediaUdpPort]:
    port = MediaUdpPort([proxy.address])
    port.start()
    proxy.target = ("127.0.0.1", port.port)
    yield port
    port.close()


@pytest.fixture
async def chromium(tmp_path: Path) -> AsyncIterator[Browser]:
    browser = Browser("chromium", tmp_path)
    await browser.start()
    yield browser
    await browser.close()


async def invented(browser: Browser, port: MediaUdpPort, proxy: UdpProxy, *, red: bool) -> float:
    """Share of the sound that the browser had to invent, once it has reported that packets are lost."""
    offer = await browser.do("offer", red=red)
    leg = port.answer(offer["sdp"], participant_id="p", device="d", listener=Ear())
    await browser.do("answer", sdp=leg.sdp)
    peer = leg.leg
    assert isinstance(peer, PeerLeg)
    player = Player(peer, 700.0)
    proxy.down.loss = LOSS
    await until(lambda: peer.stats().remote_fraction_lost > LOSS / 3, 40)
    first, sent = await sound_of(browser), peer.stats().packets_sent
    await until(lambda: peer.stats().packets_sent > sent + SECONDS * 50, 60)
    last = await sound_of(browser)
    assert (peer.stats().redundant_sent > 0) is red
    player.stop()
    proxy.down.loss = 0.0
    await browser.do("close")
    return (last["concealedSamples"] - first["concealedSamples"]) / (
        last["totalSamplesReceived"] - first["totalSamplesReceived"]
    )


async def sound_of(browser: Browser) -> dict[str, float]:
    stats = await browser.do("stats")
    return dict(stats["inbound-rtp"][0])


async def test_of_a_line_that_loses_packets_little_is_invented(
    chromium: Browser, port: MediaUdpPort, proxy: UdpProxy
) -> None:
    without = await invented(chromium, port, proxy, red=False)
    having = await invented(chromium, port, proxy, red=True)
    print(f"invented_pct at {LOSS:.0%} loss: {100 * without:.1f} without, {100 * having:.1f} with the packet before")
    assert without > LOSS / 3
    assert having < without / 2
