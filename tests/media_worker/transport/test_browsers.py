"""The transport with the browsers that people have: Chromium and Firefox ESR."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media_worker.engine.ports import LegState
from media_worker.engine.transport.port import MediaUdpPort
from media_worker.engine.transport.sdp import OPUS_PARAMETERS
from tests.media_worker.transport.browsers import Browser
from tests.media_worker.transport.clients import Ear, Player, loudest, until
from tests.patience import busy

pytestmark = pytest.mark.browser


@pytest.fixture(params=["chromium", "firefox"])
async def browser(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Browser]:
    browser = Browser(request.param, tmp_path)
    await browser.start()
    yield browser
    await browser.close()


async def heard_by(browser: Browser, frequency: float) -> bool:
    heard = await browser.do("heard")
    # Our tones have an amplitude of 8000 of 32768.
    loud = 0.2 < heard["amplitude"] < 0.3
    return loud and (not heard["running"] or (abs(heard["frequency"] - frequency) < 15 and heard["level"] > -60))


async def wait_until_heard(browser: Browser, frequency: float) -> None:
    for _ in range(200):
        if await heard_by(browser, frequency):
            return
    pytest.fail(f"{frequency} Hz were not heard: {await browser.do('heard')}")


async def test_sound_goes_both_ways_and_survives_an_ice_restart(browser: Browser, port: MediaUdpPort) -> None:
    ear = Ear()
    offer = await browser.do("offer")
    answer = port.answer(offer["sdp"], participant_id="p", device="d", listener=ear)
    assert OPUS_PARAMETERS in answer.sdp
    connected = await browser.do("answer", sdp=answer.sdp)
    # A second would be a flight that the browser ignored and that a timer sent again.
    assert connected["milliseconds"] < busy(800)
    print(f"{browser.name}: connected in {connected['milliseconds']:.0f} ms")
    player = Player(answer.leg, 1000.0)
    await until(lambda: len(ear.packets) > 150)
    assert loudest(ear.heard()) == pytest.approx(440, abs=6)
    await wait_until_heard(browser, 1000.0)

    before = len(ear.packets)
    offer = await browser.do("offer", restart=True)
    again = port.answer(offer["sdp"], participant_id="p", device="d", listener=ear)
    assert again.restarted
    assert again.leg is answer.leg
    await browser.do("answer", sdp=again.sdp)
    await until(lambda: len(ear.packets) > before + 100)
    assert ear.missing() == 0
    assert ear.gap() < busy(1.0)  # a busy machine delays everything; what counts is that nothing is missing
    assert ear.states == [LegState.CONNECTED]
    await wait_until_heard(browser, 1000.0)

    stats = await browser.do("stats")
    assert stats["remote-inbound-rtp"][0]["roundTripTime"] < busy(0.5)
    assert port.legs[0].stats().round_trip is not None
    assert port.legs[0].stats().packets_lost == 0
    player.stop()
    await browser.do("close")
    await until(lambda: answer.leg.state is LegState.CLOSED, 5)


async def test_a_listener_only_hears_and_a_refused_video_line_does_no_harm(
    browser: Browser, port: MediaUdpPort
) -> None:
    ear = Ear()
    offer = await browser.do("offer", direction="recvonly", video=True)
    answer = port.answer(offer["sdp"], participant_id="p", device="d", listener=ear)
    assert "a=sendonly" in answer.sdp
    assert "m=video 0 " in answer.sdp
    await browser.do("answer", sdp=answer.sdp)
    player = Player(answer.leg, 700.0)
    await wait_until_heard(browser, 700.0)
    player.stop()
    # Nobody speaks, nobody plays: checks alone keep the leg alive.
    begun = len(ear.states)
    await until(lambda: port.legs[0].stats().round_trip is not None, 8)
    assert ear.states[begun:] == []
    assert ear.packets == []
