"""From the host's word to silence: 25 people on stage who all send a tone, muted at once."""

import asyncio
import time

import numpy as np

from tests.bench.light import Attendee, Band, Leg, bring_on_stage, light_site, rms, spread, tone_packets
from tests.browser.live_site import LiveSite
from tests.faults.people import until
from tests.media_worker.transport.raw_client import Certificate

SPEAKERS = 25
TONES = [300 + 110 * number for number in range(SPEAKERS)]
ROUNDS, LEAST = 20, 15
#: No round begins later than this, so that the bench ends in time.
LAST_ROUND_S = 110.0
#: Share of the usual loudness below which all are silent: -40 dB, where one of 25 alone would be at -14.
SILENT = 0.01
#: Silence has come when it has lasted so long.
STILL_S = 0.3
#: The least that a tone must be in the mix, and beside the others, so that it counts as heard.
AUDIBLE, BESIDE_OTHERS = 0.003, 0.2


def mute_all_to_silence() -> dict[str, float]:
    """Milliseconds, p95 of at least 15 rounds, until nothing of 25 speakers is in the mix that the host hears."""
    last = time.monotonic() + LAST_ROUND_S
    site = light_site(STAGE_LIMIT=str(SPEAKERS + 1))
    try:
        took = asyncio.run(_rounds(site.start(), last))
    finally:
        site.stop()
    return spread(took, LEAST, "rounds")


async def _rounds(site: LiveSite, last: float) -> list[float]:
    room = site.room("ana")
    host = await Attendee(site, room, "ana").enter()
    speakers = [await Attendee(site, room, f"speaker_{number}").enter() for number in range(SPEAKERS)]
    await bring_on_stage(host, speakers)
    voices = [tone_packets(hertz) for hertz in TONES]
    certificate, band = Certificate(), Band()
    ear = await Leg(certificate, listens=True).connect_as(host)
    band.add(ear)
    for speaker, voice in zip(speakers, voices, strict=True):
        band.add(await Leg(certificate).connect_as(speaker), voice)
    took: list[float] = []
    while len(took) < ROUNDS and time.monotonic() < last:
        took.append(await _round(host, speakers, ear))
    band.close()
    for person in (host, *speakers):
        await person.leave()
    return took


async def _round(host: Attendee, speakers: list[Attendee], ear: Leg) -> float:
    """All open their microphones and are heard; seconds from the host's word to the last sound of anybody."""
    await asyncio.gather(*(speaker.command("mic.unmute") for speaker in speakers))
    await until(lambda: _all_heard(ear), "everybody's tone")
    usual = float(np.mean([rms(sound) for _, sound in list(ear.heard)[-25:]]))
    pressed = time.monotonic()
    await host.command("stage.mute_everyone")
    await until(lambda: time.monotonic() - ear.last_louder(SILENT * usual, rms) > STILL_S, "silence")
    return ear.last_louder(SILENT * usual, rms) - pressed


def _all_heard(ear: Leg) -> bool:
    amplitudes = ear.amplitudes(TONES)
    return bool(amplitudes.min() > max(AUDIBLE, BESIDE_OTHERS * np.median(amplitudes)))
