"""F9: a speaker's packets are lost, late, out of order or squeezed. Their speech arrives, and not much later.

Real sockets, DTLS and SRTP, the proxy's seeded faults, the real jitter buffer and decoder; all cases at once.
"""

import asyncio
import time

import numpy as np
import pytest

from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS, FRAMES_PER_SECOND
from media_worker.engine.playout import Playout
from media_worker.engine.ports import Leg, LegState, MediaPacket
from media_worker.engine.transport.port import MediaUdpPort
from tests.fakes.legs import Microphone, frames_of
from tests.fakes.udp_proxy import UdpProxy
from tests.media_worker.sound.voices import natural_voice, play, speech_kept
from tests.media_worker.transport.clients import until
from tests.media_worker.transport.raw_client import Certificate, RawClient

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]

SECONDS = 20
#: What happens on the way to the node, and the percent of speech that must be filled then.
CASES: dict[str, tuple[dict[str, float], float]] = {
    "nothing": ({}, 99.5),
    "random5": ({"loss": 0.05}, 99),
    "burst10": ({"loss": 0.10, "burst": 3}, 97),
    "jitter30": ({"jitter": 0.03, "reorder": 0.01}, 98),
    "uplink48": ({"rate": 48_000 / 8}, 99),
}
MOST_ADDED_DELAY = 0.1
#: How much later than without a network the sound is looked for, samples.
LONGEST_LAG = 12_000
#: A tick that comes later than this is the machine's doing, not the network's.
STALLED = 0.03


class Speaker:
    """One client behind a bad network, and the playout of its packets at the node."""

    def __init__(self) -> None:
        self.playout = Playout()
        self.sound: list[np.ndarray] = []
        self.delays: list[float] = []

    async def begin(self, certificate: Certificate, faults: dict[str, float]) -> None:
        self.proxy = await UdpProxy.start(seed=9)
        self.port = MediaUdpPort([self.proxy.address])
        self.port.start()
        self.proxy.target = ("127.0.0.1", self.port.port)
        self.client = RawClient(self.port, certificate)
        host, port = self.proxy.address.rsplit(":", 1)
        self.client.node = (host, int(port))
        await self.client.connect(self, until)
        for name, value in faults.items():
            setattr(self.proxy.up, name, value)

    def on_packet(self, leg: Leg, packet: MediaPacket) -> None:
        self.playout.put(packet)

    def on_leg_state(self, leg: Leg, state: LegState) -> None:
        """It connects, and stays."""

    def hear(self, planned: float) -> None:
        row = np.zeros(FRAME_SAMPLES, np.float32)
        self.playout.frame_into(row, planned, idle=False)
        self.sound.append(row)
        self.delays.append(self.playout.buffer.delay)

    def end(self) -> None:
        self.client.close()
        self.port.close()
        self.proxy.close()


async def talk(speakers: list[Speaker], packets: list[bytes]) -> int:
    """Everybody says the packets, a frame each 20 ms; how many ticks were late."""
    late = 0
    began = time.monotonic()
    for number in range(len(packets) + 10):
        planned = began + (number + 1) * FRAME_SECONDS
        for speaker in speakers:
            if number < len(packets):
                speaker.client.send(speaker.client.packet(packets[number]))
        await asyncio.sleep(max(0.0, planned - time.monotonic()))
        late += time.monotonic() - planned > STALLED
        for speaker in speakers:
            speaker.hear(planned)
            if number % FRAMES_PER_SECOND == 0:
                speaker.client.check()
    return late


async def test_speech_arrives_over_bad_networks() -> None:
    voice = natural_voice(SECONDS)
    reference = play(voice)
    microphone, certificate = Microphone(names_levels=False), Certificate()
    packets = [microphone.packet(frame, 0.0).payload for frame in frames_of(voice)]
    speakers = {case: Speaker() for case in CASES}
    for case, speaker in speakers.items():
        await speaker.begin(certificate, CASES[case][0])
    late = await talk(list(speakers.values()), packets)
    # What a busy machine did to all of them at once is not asked of the network.
    weather = 100 * late / len(packets)
    for case, speaker in speakers.items():
        kept = speech_kept(reference.sound, np.concatenate(speaker.sound), most_lag=LONGEST_LAG)
        added = float(np.median(speaker.delays[100:]) - np.median(reference.delays))
        counts, faults = speaker.playout.buffer.counts, speaker.proxy.up
        print(
            f"f09 {case}: kept {kept:.1f} % (asked {CASES[case][1]}), delay +{1000 * added:.0f} ms, "
            f"lost {faults.lost}, recovered {counts.recovered}, concealed {counts.concealed}, late ticks {late}"
        )
        assert kept >= CASES[case][1] - weather
        assert added < MOST_ADDED_DELAY + late * FRAME_SECONDS / 10
        speaker.end()
    assert speakers["random5"].playout.buffer.counts.recovered > 20
