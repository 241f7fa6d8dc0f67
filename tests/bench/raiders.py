"""Two hundred accounts that come into a room and ask for the microphone: a process of its own.

Reads one JSON object (port, room, cookies, seconds), then begins at the next line; prints what became of them.
"""

import asyncio
import json
import sys
import time

from rooms.protocol import SUBPROTOCOL
from tests.bench.crowd import Reader

RAISE = b'{"type":"hand.raise","id":"hand"}'
#: Seconds after the last of them came by which all must have been answered.
PATIENCE_S = 20.0


class Raider(Reader):
    """Raises a hand as soon as it is told what the room looks like."""

    def __init__(self, port: int, room: str, number: int, cookie: str) -> None:
        origin = f"http://127.0.0.1:{port}"
        headers = f"Cookie: sessionid={cookie}\r\nOrigin: {origin}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n"
        super().__init__(f"127.0.0.1:{port}", f"/ws/rooms/{room}/?device=raider-{number}", headers)
        self.came = self.asked = 0.0
        self.refused = ""

    def take(self, text: bytes) -> None:
        """The snapshot, the answer, or anything else."""
        if text.startswith(b'{"type":"snapshot"') and not self.came:
            self.came = time.monotonic()
            self.say(RAISE)
        elif text.startswith(b'{"type":"ack"'):
            self.asked = time.monotonic()
        elif text.startswith(b'{"type":"error"'):
            self.refused = str(json.loads(text)["code"])


async def _raid(port: int, room: str, cookies: list[str], seconds: float) -> dict[str, object]:
    loop, start = asyncio.get_running_loop(), time.monotonic()
    raiders = [Raider(port, room, number, cookie) for number, cookie in enumerate(cookies)]
    for number, raider in enumerate(raiders):
        await asyncio.sleep(max(0.0, start + seconds * number / len(raiders) - time.monotonic()))
        await loop.create_connection(lambda: raider, "127.0.0.1", port)  # noqa: B023
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and not all(raider.asked or raider.refused for raider in raiders):
        await asyncio.sleep(0.05)
    refusals = sorted({raider.refused for raider in raiders if raider.refused})
    return {
        "answered": sum(1 for raider in raiders if raider.came and (raider.asked or raider.refused)),
        "hands": sum(1 for raider in raiders if raider.asked),
        "refusals": refusals,
        "in_after_s": max(raider.came for raider in raiders) - start,
    }


async def _serve() -> None:
    asked = json.loads(sys.stdin.readline())
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(await _raid(**asked)), flush=True)
    # They stay until they are ended: a raid that hangs up by itself is half over.
    sys.stdin.readline()


if __name__ == "__main__":
    asyncio.run(_serve())
