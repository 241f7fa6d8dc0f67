"""The loader: listeners of one room by HTTP, in a process of its own. Prints what it received as JSON.

`python -m tests.bench.playback_load stream|hls PORT COUNT SECONDS PATH`: says `ready` when all listen,
then measures for SECONDS. A `hls` listener does as hls.js does: a blocking reload and a part for every
part of the room.
"""

import asyncio
import json
import re
import sys

import uvloop


class Stream(asyncio.Protocol):
    """Reads one long response and counts its parts."""

    def __init__(self, path: str) -> None:
        self.parts = 0
        self._request = f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.parts += data.count(b"moof")


class Player:
    """One HLS player on one kept-alive connection."""

    def __init__(self, folder: str) -> None:
        self.rounds = 0
        self._folder = folder

    async def play(self, port: int) -> None:
        """Follow the live edge for ever."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        text = await self._get(reader, writer, "index.m3u8")
        while True:
            hint = re.search(rb'PRELOAD-HINT:TYPE=PART,URI="part-(\d+)-(\d+)', text)
            assert hint, text
            number, index = int(hint[1]), int(hint[2])
            text = await self._get(reader, writer, f"index.m3u8?_HLS_msn={number}&_HLS_part={index}")
            await self._get(reader, writer, f"part-{number}-{index}.m4s")
            self.rounds += 1

    async def _get(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str) -> bytes:
        writer.write(f"GET {self._folder}/{name} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head[:20], head
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert length
        return await reader.readexactly(int(length[1]))


async def streams(port: int, count: int, seconds: float, path: str) -> dict[str, float]:
    """Parts, each beginning with a `moof`, that all listeners together received in `seconds`."""
    loop = asyncio.get_running_loop()
    listeners = []
    for _ in range(count):
        _, listener = await loop.create_connection(lambda: Stream(path), "127.0.0.1", port)
        listeners.append(listener)
    while any(listener.parts < 2 for listener in listeners):
        await asyncio.sleep(0.1)
    print("ready", flush=True)
    before = sum(listener.parts for listener in listeners)
    await asyncio.sleep(seconds)
    return {"parts": sum(listener.parts for listener in listeners) - before}


async def players(port: int, count: int, seconds: float, path: str) -> dict[str, float]:
    """Rounds, a reload and its part each, that all players together made in `seconds`."""
    crowd = [Player(path.rpartition("/")[0]) for _ in range(count)]
    tasks = [asyncio.ensure_future(player.play(port)) for player in crowd]
    while any(player.rounds < 2 for player in crowd):
        await asyncio.sleep(0.1)
        for task in tasks:
            if task.done():
                task.result()
    print("ready", flush=True)
    before = sum(player.rounds for player in crowd)
    await asyncio.sleep(seconds)
    rounds = sum(player.rounds for player in crowd) - before
    for task in tasks:
        task.cancel()
    return {"parts": rounds}


if __name__ == "__main__":
    kind, port, count, seconds, path = sys.argv[1:]
    work = streams if kind == "stream" else players
    print(json.dumps(uvloop.run(work(int(port), int(count), float(seconds), path))), flush=True)
