"""Threat 12: nine attacks from outside the path leave the sound untouched; without the guard they do not."""

import asyncio
import secrets
import time
from collections.abc import Callable

import pytest

from media_worker.engine.ports import LegState
from media_worker.engine.transport import rtp, stun
from media_worker.engine.transport.dtls import Address
from media_worker.engine.transport.port import MediaUdpPort
from media_worker.engine.transport.udp import Control
from tests.media_worker.transport.clients import Ear, until
from tests.media_worker.transport.conftest import client as client
from tests.media_worker.transport.conftest import port as port
from tests.media_worker.transport.raw_client import RawClient, forged_hello, local_socket

Attack = Callable[[RawClient], bytes]


def binding(client: RawClient, username: bytes, password: str) -> bytes:
    return stun.build(stun.Kind.REQUEST, secrets.token_bytes(12), [(6, username), (0x802A, bytes(8))], password)


ATTACKS: dict[str, Attack] = {
    "empty": lambda client: b"",
    "junk": lambda client: secrets.token_bytes(600),
    "STUN for nobody": lambda client: binding(client, b"nobody:none", "guess" * 5),
    "STUN with a guessed password": lambda client: binding(client, f"{client.server_ufrag}:abcd".encode(), "x" * 24),
    "STUN answer out of the blue": lambda client: stun.build(stun.Kind.SUCCESS, secrets.token_bytes(12), [], "x" * 24),
    "ClientHello race": lambda client: forged_hello(),
    "DTLS alert": lambda client: b"\x15\xfe\xfd" + bytes(6) + b"\0\x40" + b"\0\2\2\x28",
    "SRTP injection": lambda client: (
        rtp.header(111, client.sequence + 1 & 0xFFFF, client.timestamp + 960, client.ssrc) + bytes(60)
    ),
    "SRTCP injection": lambda client: b"\x81\xc9\0\7" + bytes(40),
}
#: What the leg itself says of a datagram that came so far.
REACHED_THE_LEG = {"srtp", "srtcp", "second_source", "payload_type", "over_budget", "media_early"}
REPEATS = 200


async def stay_untouched(port: MediaUdpPort, client: RawClient, attack: Attack) -> None:
    """While a client speaks, a stranger sends: AssertionError when that can be noticed anywhere."""
    ear = Ear()
    await client.connect(ear, until)
    leg, stranger = port.legs[0], local_socket()
    dropped, received = port.dropped.total(), len(client.received)
    began = time.monotonic()
    for number in range(REPEATS):
        stranger.sendto(attack(client), client.node)
        if number % 10 == 0:
            client.send()
            await asyncio.sleep(0.002)
    # The port reads in the order of arrival: what came before this packet has been looked at.
    client.send()
    await until(lambda: len(ear.packets) == REPEATS // 10 + 1)
    assert port.dropped.total() >= dropped + REPEATS
    with pytest.raises(BlockingIOError):
        stranger.recv(2048)
    stranger.close()
    assert not REACHED_THE_LEG & set(leg.stats().dropped), leg.stats().dropped
    assert ear.missing() == 0
    assert ear.gap() < max(0.06, 0.5 * (time.monotonic() - began))
    assert ear.states == [LegState.CONNECTED]
    assert leg.ice.selected is not None
    assert leg.ice.selected[1] == client.socket.getsockname()[1]
    assert len(client.received) == received


@pytest.mark.parametrize("name", sorted(ATTACKS))
async def test_threat_12_asvs_17_2_4_a_stranger_leaves_the_sound_untouched(
    port: MediaUdpPort, client: RawClient, name: str
) -> None:
    await stay_untouched(port, client, ATTACKS[name])


@pytest.mark.parametrize("name", ["ClientHello race", "SRTP injection", "SRTCP injection"])
async def test_threat_12_without_the_guard_the_same_attacks_are_noticed(
    port: MediaUdpPort, client: RawClient, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keeps the tests above honest: they fail when any address reaches the one leg that there is."""
    guarded = port.on_datagram

    def open_to_all(data: bytes, address: Address, control: Control) -> None:
        if port.legs and data[:1] >= b"\x14":
            port._by_address[address] = port.legs[0]
        guarded(data, address, control)

    monkeypatch.setattr(port, "on_datagram", open_to_all)
    with pytest.raises(AssertionError):
        await stay_untouched(port, client, ATTACKS[name])
