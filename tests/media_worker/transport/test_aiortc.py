"""The transport with aiortc as client: a full ICE, DTLS and SRTP implementation that we did not write."""

import pytest

from media_worker.engine.ports import LegState
from media_worker.engine.transport.port import MediaUdpPort
from tests.media_worker.transport.clients import AiortcClient, Ear, Player, loudest, until


async def test_sound_goes_both_ways(port: MediaUdpPort) -> None:
    client, ear = AiortcClient(440.0), Ear()
    leg = await client.join(port, ear)
    await until(lambda: leg.state is LegState.CONNECTED)
    player = Player(leg, 1000.0)
    await until(lambda: len(ear.packets) >= 60 and len(client.samples) >= 60)
    player.stop()
    assert loudest(ear.heard()) == pytest.approx(440, abs=4)
    assert loudest(client.heard()) == pytest.approx(1000, abs=4)
    await client.close()
    await until(lambda: leg.state is LegState.CLOSED)
    assert ear.states == [LegState.CONNECTED, LegState.CLOSED]
    assert port.legs == []
