"""Bad frames, seeded: through the consumer's reader, and against a live Daphne while others listen."""

import asyncio
import json
import os
import random
import struct

import pytest
from django.conf import settings as django_settings

from rooms.consumers.base import CommandConsumer
from rooms.protocol import COMMANDS, CloseCode, Command
from spaces_site.boundary.outbox import Outbox
from tests.rooms.sockets.clients import OverTcp

pytestmark = pytest.mark.fuzz
CASES = int(os.environ.get("FUZZ_CASES", "100000"))
LIVE_CASES = 20_000
_LEAVES = ["", "a", "👏", "\ud83d", "\x00", "x" * 300, 0, -1, 2**53, 10**400, 1.5, True, False, None]
_IDS = ["c1", "", "x" * 64, "x" * 65, "\ud800", "c\udfff", "👏", 7, None, [], {}]


def value(rng: random.Random, depth: int = 0) -> object:
    """Any JSON value, and some that only look like one."""
    kind = rng.random()
    if depth > 3 or kind < 0.7:
        return rng.choice(_LEAVES)
    if kind < 0.85:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {str(rng.choice(_LEAVES)): value(rng, depth + 1) for _ in range(rng.randrange(4))}


def frame(rng: random.Random) -> str:
    """A command with something wrong in it, now and then with nothing wrong."""
    type_ = rng.choice([*COMMANDS, *COMMANDS, "", "snapshot", "__class__", value(rng)])
    told: dict[str, object] = {"type": type_, "id": rng.choice(_IDS), "data": value(rng)}
    if isinstance(type_, str) and type_ in COMMANDS and rng.random() < 0.7:
        told["data"] = {name: value(rng) for name in COMMANDS[type_]}
    for name in list(told):
        if rng.random() < 0.1:
            del told[name]
    text = json.dumps(told, ensure_ascii=rng.random() < 0.5)
    if rng.random() < 0.3:
        at = rng.randrange(len(text) + 1)
        text = rng.choice([text[:at], text[at:], text[:at] + rng.choice('{}[]",:\\\x00é') + text[at:], text * 2])
    return text


class Reading(CommandConsumer):
    """The real reader in front of nothing: keeps what got through."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__()
        self.outbox = outbox
        self.done: list[Command] = []

    def _enqueue(self, job) -> None:
        job.close()

    async def do(self, command: Command) -> None:
        self.done.append(command)


async def test_asvs_17_3_2_no_frame_breaks_the_reader() -> None:
    """Every frame is done, answered by an error frame, or closes with 1002 or 1009: nothing else, ever."""
    from rooms.consumers.allowance import Allowance

    rng = random.Random(20261122)
    closes: dict[int, int] = {}
    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    for _ in range(CASES):
        sent.clear()
        reader = Reading(Outbox(send, limit=1 << 20))
        reader._allowance = Allowance(0.0)
        reader._receive({"type": "websocket.receive", "text": frame(rng)})
        assert len(sent) <= 1
        for message in sent:
            if message["type"] == "websocket.close":
                closes[message["code"]] = closes.get(message["code"], 0) + 1
            else:
                told = json.loads(message["text"].encode())
                assert told["type"] == "error"
                assert told["code"] in {"unknown_command", "bad_field"}
                assert told["message"]
    assert set(closes) <= {CloseCode.MALFORMED, CloseCode.TOO_BIG}
    assert closes[CloseCode.MALFORMED] > CASES // 20


def wire_frame(rng: random.Random) -> bytes:
    """RFC 6455 frames with every mistake: opcodes, reserved bits, fragments, lengths, bad UTF-8, no mask."""
    payload = frame(rng).encode(errors="surrogatepass")
    kind = rng.random()
    if kind < 0.2:
        payload = rng.randbytes(rng.randrange(200))
    elif kind < 0.25:
        payload = b'"' + b"x" * rng.choice([16_383, 16_384, 70_000]) + b'"'
    opcode = rng.choice([1, 1, 1, 2, 0, 8, 9, 10, 3, 11])
    head = (0x80 if rng.random() < 0.8 else 0) | (rng.randrange(8) << 4 if rng.random() < 0.1 else 0) | opcode
    masked = 0x80 if rng.random() < 0.95 else 0
    size = len(payload) if rng.random() < 0.95 else rng.choice([0, 125, 2**16, 2**40])
    if size < 126:
        length = struct.pack("!B", masked | size)
    elif size < 2**16:
        length = struct.pack("!BH", masked | 126, size)
    else:
        length = struct.pack("!BQ", masked | 127, size)
    mask = rng.randbytes(4) if masked else b""
    body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload)) if masked else payload
    return bytes([head]) + length + mask + body


async def test_asvs_17_3_2_a_live_server_and_its_people_stay_unharmed(web, cast) -> None:
    rng = random.Random(4711)
    people = {}
    for who in ("host", "stranger"):
        people[who] = await OverTcp(web.port, cast.room.pk, session=cast.sessions[who], device=who).connect()
        await people[who].event("snapshot")
    cases = 0
    while cases < LIVE_CASES:
        cases += await _attack(web.port, cast, rng)
    assert (await people["host"].command("mic.unmute", timeout=10))["type"] == "ack"
    await people["stranger"].event("speaker.unmuted", timeout=10)
    for person in people.values():
        assert (await person.command("ping"))["type"] == "ack"
        await person.leave()
    assert web.process.poll() is None


async def _attack(port: int, cast, rng: random.Random) -> int:
    """One raw connection that sends bad frames until it is closed; how many it sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    cookie = f"{django_settings.SESSION_COOKIE_NAME}={cast.sessions['listener']}"
    path = f"/ws/rooms/{cast.room.pk}/" + ("?device=bad" if rng.random() < 0.1 else "")
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Origin: http://127.0.0.1:{port}", f"Cookie: {cookie}"]
    lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""]
    writer.write("\r\n".join(lines).encode())
    sent = 0
    try:
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        while sent < 40 and not reader.at_eof():
            writer.write(wire_frame(rng))
            sent += 1
            await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    writer.close()
    return max(sent, 1)
