"""From a host's word to the end of all that somebody has in a room: voice, socket, playlist, streams."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import numpy as np

from media_worker.engine.frames import FRAME_SAMPLES
from tests.bench.catalogue import CannotMeasure
from tests.bench.light import Attendee, Band, Leg, bring_on_stage, light_site, spread, tone_packets
from tests.browser.live_site import LiveSite
from tests.faults.people import tone_share, until
from tests.media_worker.transport.raw_client import Certificate

#: The voice of the person who goes, and of one who stays.
GOES, STAYS = 1000, 600
ROUNDS, LEAST = 16, 12
#: No round begins later than this, so that the bench ends in time.
LAST_ROUND_S = 110.0
#: Share of the usual loudness of a tone below which it is gone: -40 dB.
SILENT = 0.01
STILL_S = 0.3
AUDIBLE = 0.01
#: Between two looks at the playlist.
LOOK_S = 0.02
PARTS = ("sound", "socket", "device", "playlist", "stream")

_WINDOW = np.hanning(FRAME_SAMPLES)


@dataclass
class Room:
    """A live room with a host who listens, somebody who speaks and stays, and what the bench needs of it."""

    site: LiveSite
    host: Attendee
    other: Attendee
    band: Band
    ears: list[Leg]
    certificate: Certificate
    voice: list[bytes]
    http: httpx.AsyncClient
    #: The host's, for the API.
    token: str


Word = Callable[[Room, Attendee], Awaitable[None]]


def ban_to_silence() -> dict[str, float]:
    """Milliseconds until somebody who is removed for good has nothing left; p95 of the worst part and of each."""
    return _measure(_remove)


def block_takes_effect() -> dict[str, float]:
    """The same for somebody whom the creator of the room blocks, by the API."""
    return _measure(_block)


async def _remove(room: Room, guest: Attendee) -> None:
    await room.host.command("person.remove", participant=guest.participant)


async def _block(room: Room, guest: Attendee) -> None:
    address = f"{room.site.url}/api/v1/users/{guest.you['person']['id']}/blocking/"
    answer = await room.http.post(address, headers={"Authorization": f"Bearer {room.token}"})
    if answer.status_code != 204:
        raise CannotMeasure(f"blocking answered {answer.status_code}")


def _measure(word: Word) -> dict[str, float]:
    last = time.monotonic() + LAST_ROUND_S
    site = light_site()
    try:
        took = asyncio.run(_rounds(site.start(), last, word))
    finally:
        site.stop()
    figures = spread([max(one.values()) for one in took], LEAST, "rounds")
    return figures | {part: spread([one[part] for one in took], LEAST, "rounds")["p95"] for part in PARTS}


async def _rounds(site: LiveSite, last: float, word: Word) -> list[dict[str, float]]:
    """Each time somebody else is put out."""
    took: list[dict[str, float]] = []
    async with httpx.AsyncClient(timeout=10) as http:
        room = await _open_room(site, http)
        while len(took) < ROUNDS and time.monotonic() < last:
            guest = await Attendee(site, room.host.room, f"bo_{len(took)}").enter()
            took.append(await _round(room, guest, word))
        room.band.close()
        for person in (room.host, room.other):
            await person.leave()
    return took


async def _open_room(site: LiveSite, http: httpx.AsyncClient) -> Room:
    address = site.room("ana")
    host, other = [await Attendee(site, address, handle).enter() for handle in ("ana", "eva")]
    certificate, band = Certificate(), Band()
    await bring_on_stage(host, [other])
    ears = [await Leg(certificate, listens=True).connect_as(person) for person in (host, other)]
    band.add(ears[0])
    band.add(ears[1], tone_packets(STAYS))
    await other.command("mic.unmute")
    token = str(site.call("token", handle="ana"))
    return Room(site, host, other, band, ears, certificate, tone_packets(GOES), http, token)


async def _round(room: Room, guest: Attendee, word: Word) -> dict[str, float]:
    """Seconds from the word until each part had ended."""
    await bring_on_stage(room.host, [guest])
    leg = await Leg(room.certificate).connect_as(guest)
    room.band.add(leg, room.voice)
    await guest.command("mic.unmute")
    second = await Attendee(room.site, room.host.room, guest.handle, device="second").wait_beside()
    streams = [asyncio.ensure_future(_end_of_stream(room.site, guest.media["stream"])) for _ in range(2)]
    await until(lambda: all(min(_loudness(ear)) > AUDIBLE for ear in room.ears), "the voice in both ears")
    address = room.site.url + guest.media["hls"]
    await _has_playlist(room.http, address)
    if any(stream.done() for stream in streams):
        raise CannotMeasure("a stream ended before it was to")
    usual = [float(np.mean(_loudness(ear))) for ear in room.ears]
    playlist = asyncio.ensure_future(_end_of_playlist(room.http, address))
    began = time.monotonic()
    await word(room, guest)
    device = await _refused(second)
    await until(lambda: time.monotonic() - _last_voice(room, usual) > STILL_S, "silence")
    await until(lambda: guest.closed_at, "the end of the socket")
    ends = {
        "sound": _last_voice(room, usual),
        "socket": guest.closed_at or 0.0,
        "device": device,
        "playlist": await playlist,
        "stream": max(await asyncio.gather(*streams)),
    }
    room.band.drop(leg)
    return {part: end - began for part, end in ends.items()}


def _loudness(ear: Leg) -> list[float]:
    """Of the voice in each frame of the last half second: it is measured by what it was, so it must have come up."""
    return [_voice(sound) for _, sound in list(ear.heard)[-25:]] or [0.0]


def _voice(sound: np.ndarray) -> float:
    """How loud the voice of the person who goes is in a frame, whatever else sounds."""
    return 2 * tone_share(sound * _WINDOW, GOES)


def _last_voice(room: Room, usual: list[float]) -> float:
    return max(ear.last_louder(SILENT * loud, _voice) for ear, loud in zip(room.ears, usual, strict=True))


async def _refused(second: Attendee) -> float:
    """When their other device had been refused the place."""
    answer = await second.ask("device.move_here")
    at = time.monotonic()
    if answer["type"] != "error":
        raise CannotMeasure("the second device took the place over")
    await second.leave()
    return at


async def _has_playlist(http: httpx.AsyncClient, address: str) -> None:
    for _ in range(200):
        if (await http.get(address)).status_code == 200:
            return
        await asyncio.sleep(LOOK_S)
    raise CannotMeasure("there was no playlist")


async def _end_of_playlist(http: httpx.AsyncClient, address: str) -> float:
    """When the address was refused for the first time."""
    while (await http.get(address)).status_code == 200:
        await asyncio.sleep(LOOK_S)
    return time.monotonic()


async def _end_of_stream(site: LiveSite, path: str) -> float:
    """Listen by HTTP until the server ends it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nConnection: close\r\n\r\n".encode())
    try:
        if b" 200 " not in await reader.readline():
            raise CannotMeasure("the stream was refused")
        while await reader.read(1 << 16):
            pass
        return time.monotonic()
    finally:
        writer.close()
