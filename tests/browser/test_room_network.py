"""A speaker's network is cut: everybody is told, the seat is kept, the sound comes back by itself."""

import time
from collections.abc import Iterator

import pytest

from tests.browser.live_site import LiveSite
from tests.browser.test_room_sound import ANA, BO
from tests.browser.visitors import Invite, Visitor, bring_on_stage
from tests.browser.watch import Watch
from tests.fakes.udp_proxy import UdpProxy, free_udp_port, in_thread
from tests.patience import busy

pytestmark = [pytest.mark.browser, pytest.mark.fault, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def proxy() -> Iterator[UdpProxy]:
    """What the media node calls its address."""
    with in_thread(seed=8) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def live_site(proxy: UdpProxy) -> Iterator[LiveSite]:
    """A site whose sound passes the proxy."""
    port = free_udp_port()
    proxy.target = ("127.0.0.1", port)
    site = LiveSite(MEDIA_PUBLIC_ADDRESSES=proxy.address, MEDIA_PORT=str(port))
    try:
        yield site.start()
    finally:
        site.stop()


def two_who_speak(live_site: LiveSite, invite: Invite, proxy: UdpProxy) -> tuple[str, Visitor, Visitor]:
    """Ana and Bo on stage, both heard; only Bo's network can be cut."""
    room = live_site.room("ana")
    proxy.cut, proxy.spared = False, frozenset()
    ana = invite("ana", ANA).enter(room)
    ana.unmute()
    ana.until("window.spacesRoom.source === 'peer'", "sound by WebRTC")
    proxy.spared = proxy.clients
    bo = invite("bo", BO).enter(room)
    bring_on_stage(ana, bo)
    ana.hears(BO)
    bo.hears(ANA)
    return room, ana, bo


def cut(proxy: UdpProxy, seconds: float, visitor: Visitor) -> tuple[float, float]:
    """Nothing passes for so long; when that began and ended."""
    began = time.time()
    proxy.cut = True
    visitor.page.wait_for_timeout(seconds * 1000)
    proxy.cut = False
    return began, time.time()


def test_two_seconds_without_a_network_close_nothing(live_site: LiveSite, invite: Invite, proxy: UdpProxy) -> None:
    _, ana, bo = two_who_speak(live_site, invite, proxy)
    at_ana, at_bo = Watch(ana.page, BO), Watch(bo.page, ANA)
    for _ in range(3):
        began, healed = cut(proxy, 2, bo)
        heard = at_ana.seconds_until("peer", True, healed), at_bo.seconds_until("peer", True, healed)
        print(f"audio_back_s after 2 s: {heard[0]:.2f} {heard[1]:.2f}")
        assert max(heard) < busy(1)
        bo.until("window.spacesRoom.connection === 'live'", "a live connection")
        ana.hears(BO)
        bo.hears(ANA)
        assert at_bo.changes("mic", began) == []
    assert len(bo.connections) == 1
    assert bo.sockets == 1


def test_eight_seconds_without_a_network_close_the_microphone_and_keep_the_seat(
    live_site: LiveSite, invite: Invite, proxy: UdpProxy
) -> None:
    room, ana, bo = two_who_speak(live_site, invite, proxy)
    at_ana, at_bo = Watch(ana.page, BO), Watch(bo.page, ANA)
    began, healed = cut(proxy, 8, bo)
    told = at_bo.seconds_until("connection", "signal-lost", began), at_ana.seconds_until("away", 1, began)
    print(f"shown_reconnecting_s: {told[0]:.2f} to oneself, {told[1]:.2f} to others")
    assert max(told) < min(busy(3), 8)
    assert any(words.startswith("Reconnecting") for _, words in at_bo.changes("chip", began))
    heard = at_bo.seconds_until("peer", True, healed)
    print(f"audio_back_s after 8 s: {heard:.2f}")
    assert heard < busy(1)
    at_bo.seconds_until("connection", "live", healed)
    at_bo.seconds_until("source", "peer", began)
    at_ana.seconds_until("away", 0, healed)
    assert live_site.call("stage", room_id=room)["bo"]["role"] == "SPEAKER"
    # Nobody but the person opens a microphone, however well the line is.
    ana.hears(but_not=(BO,))
    assert [value for _, value in at_bo.changes("mic", began)] == [False]
    assert len(bo.connections) == 1
    bo.unmute()
    ana.hears(BO)
