"""What strangers, forgers and the client itself may try. Each test fails without its guard."""

import asyncio
import secrets
import time

import pytest

from media_worker.engine.ports import LegState
from media_worker.engine.transport import leg as leg_module
from media_worker.engine.transport import rtp, stun
from media_worker.engine.transport.dtls import Address
from media_worker.engine.transport.hello import split_records
from media_worker.engine.transport.port import MediaUdpPort
from tests.media_worker.transport.clients import Ear, until
from tests.media_worker.transport.raw_client import Certificate, RawClient, forged_hello, local_socket, selected_of


async def speaks(client: RawClient, ear: Ear) -> bool:
    """Whether three more packets of the client arrive."""
    before = len(ear.packets)
    for _ in range(3):
        client.send()
    await until(lambda: len(ear.packets) == before + 3)
    return True


async def test_asvs_17_2_4_junk_of_strangers_is_dropped_counted_and_not_answered(
    port: MediaUdpPort, client: RawClient
) -> None:
    ear = Ear()
    await client.connect(ear, until)
    stranger = local_socket()
    transaction = secrets.token_bytes(12)
    junk = [
        b"x", b"\0\1", bytes(1500), b"\x80\x6f" + bytes(40), b"\x80\xc9" + bytes(40), forged_hello(), b"\x40" * 30,
        stun.build(stun.Kind.REQUEST, transaction, [(6, b"nobody:none")], "guess" * 5),
        stun.build(stun.Kind.REQUEST, transaction, [(6, f"{client.server_ufrag}:abcd".encode())], "guess" * 5),
        stun.build(stun.Kind.SUCCESS, transaction, [], None),
        secrets.token_bytes(600),
    ]  # fmt: skip
    before = port.dropped.total()
    for datagram in junk:
        stranger.sendto(datagram, client.node)
    stranger.sendto(b"", client.node)
    await until(lambda: port.dropped.total() >= before + len(junk) + 1)
    assert await speaks(client, ear)
    with pytest.raises(BlockingIOError):
        stranger.recv(2048)
    assert ear.states == [LegState.CONNECTED]
    stranger.close()


async def test_threat_12_media_of_a_stranger_is_not_even_decrypted(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    await client.connect(ear, until)
    stranger = local_socket()
    client.send(sock=stranger)
    await until(lambda: port.dropped["stranger"] == 1)
    assert ear.packets == []
    stranger.close()


async def test_threat_12_asvs_17_2_6_a_forged_client_hello_does_not_stop_the_join(
    port: MediaUdpPort, client: RawClient
) -> None:
    ear = Ear()
    answer = client.join(ear)
    client.check()
    await until(lambda: client.responses)
    # From the client's own address and port, before its own: what an off-path forger can do at best.
    for fragment in (False, True, False):
        client.socket.sendto(forged_hello(fragment), client.node)
    client.hello()
    client.socket.sendto(forged_hello(), client.node)
    await until(lambda: answer.leg.state is LegState.CONNECTED and client.srtp)
    client.socket.sendto(forged_hello(), client.node)
    assert await speaks(client, ear)


async def test_threat_12_a_forged_alert_does_not_stop_the_join(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    answer = client.join(ear)
    client.check()
    await until(lambda: client.responses)
    client.hello()
    # A record number far ahead, or OpenSSL would drop it as one that it has seen.
    fatal = b"\x15\xfe\xfd" + bytes(6) + b"\0\x40" + b"\0\2\2\x28"
    for _ in range(5):
        client.socket.sendto(fatal, client.node)
    await until(lambda: answer.leg.state is LegState.CONNECTED and client.srtp)
    client.socket.sendto(fatal, client.node)
    assert await speaks(client, ear)


async def test_asvs_17_2_3_injected_srtp_is_refused(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    await client.connect(ear, until)
    assert await speaks(client, ear)
    injected = rtp.header(111, client.sequence + 1 & 0xFFFF, client.timestamp + 960, client.ssrc) + bytes(40)
    client.socket.sendto(injected, client.node)
    await until(lambda: port.dropped["srtp"] == 1)
    other = rtp.header(111, 7, 7, 77) + bytes(40)
    client.socket.sendto(other, client.node)
    await until(lambda: port.legs[0].stats().dropped.get("second_source") == 1)
    assert await speaks(client, ear)


async def test_a_replayed_packet_is_heard_once(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    await client.connect(ear, until)
    packet = client.packet()
    client.send(packet)
    client.send(packet)
    await until(lambda: port.dropped["srtp"] == 1)
    assert len(ear.packets) == 1


async def test_threat_14_asvs_17_2_8_a_wrong_fingerprint_gets_no_media(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    answer = client.join(ear, fingerprint=Certificate().fingerprint)
    client.check()
    await until(lambda: client.responses)
    client.hello()
    await until(lambda: client.srtp)
    client.send()
    await until(lambda: port.dropped["media_early"] == 1)
    assert answer.leg.state is LegState.NEW
    assert ear.packets == []


async def test_threat_14_dtls_1_0_is_refused(port: MediaUdpPort, client: RawClient) -> None:
    answer = client.join(Ear())
    client.check()
    await until(lambda: client.responses)
    client.hello(newest=0xFEFF)
    await until(lambda: client.failed)
    assert answer.leg.state is LegState.NEW


async def test_threat_13_asvs_17_2_5_a_flood_of_the_client_itself_is_cut_to_its_share(
    port: MediaUdpPort, client: RawClient
) -> None:
    ear = Ear()
    await client.connect(ear, until)
    for _ in range(20):
        for _ in range(50):
            client.send()
        await asyncio.sleep(0)
    await until(lambda: len(ear.packets) + port.dropped["over_budget"] >= 1000)
    assert 250 <= len(ear.packets) <= 500


async def test_threat_13_asvs_17_2_5_a_flood_of_checks_is_cut_to_its_share(
    port: MediaUdpPort, client: RawClient
) -> None:
    ear = Ear()
    await client.connect(ear, until)
    answered, refused = len(client.responses), port.dropped["stun_refused"]
    for _ in range(20):
        for _ in range(50):
            client.check(nominate=False)
        await asyncio.sleep(0)
    await until(lambda: len(client.responses) - answered + port.dropped["stun_refused"] - refused >= 1000)
    # A second may begin while they come.
    assert leg_module.MAX_CHECKS <= len(client.responses) - answered <= 3 * leg_module.MAX_CHECKS
    assert await speaks(client, ear)


async def test_threat_12_checks_from_elsewhere_cannot_use_up_the_clients_share(
    port: MediaUdpPort, client: RawClient
) -> None:
    ear = Ear()
    await client.connect(ear, until)
    stranger = local_socket()
    refused = port.dropped["stun_refused"]
    for _ in range(400):
        # Whoever reads the path knows the names, and no password.
        client.check(stranger, password="x" * 24)
    await until(lambda: port.dropped["stun_refused"] >= refused + 400)
    answered = len(client.responses)
    client.check(nominate=False)
    await until(lambda: len(client.responses) == answered + 1)
    assert await speaks(client, ear)
    stranger.close()


async def test_bytes_have_a_share_too(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    await client.connect(ear, until)
    for _ in range(60):
        client.send(client.packet(bytes(1000)))
    await until(lambda: len(ear.packets) + port.dropped["over_budget"] >= 60)
    assert len(ear.packets) <= 2 * 32


async def test_forged_media_cannot_use_up_the_clients_share(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    await client.connect(ear, until)
    assert await speaks(client, ear)
    for index in range(1000):
        # The forger has the client's address and port, but never saw its SSRC.
        client.socket.sendto(rtp.header(111, index, index, 5) + bytes(80), client.node)
        if index % 50 == 0:
            await asyncio.sleep(0)
    await until(lambda: port.dropped["second_source"] >= 1000)
    assert await speaks(client, ear)


async def test_threat_12_a_changed_address_gets_no_media_before_it_answers_our_check(
    port: MediaUdpPort, client: RawClient
) -> None:
    ear = Ear()
    answer = await client.connect(ear, until)
    assert await speaks(client, ear)
    client.answers_checks = False
    victim = local_socket()
    client.watch(victim)
    client.check(victim)
    client.send(sock=victim)
    await until(lambda: victim.getsockname() in client.asked)
    first = client.socket.getsockname()
    for index in range(10):
        answer.leg.send(b"\xf8\xff\xfe", index * 960)
    await until(lambda: sum(data[1] == 111 for data in client.received) == 10)
    assert selected_of(port)[:2] == (f"::ffff:{first[0]}", first[1])
    # And once it answers, the media moves.
    client.answers_checks = True
    await until(lambda: selected_of(port)[1] == victim.getsockname()[1])
    assert ear.states == [LegState.CONNECTED]


async def test_threat_12_a_proof_is_taken_from_the_asked_address_alone(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    await client.connect(ear, until)
    ice = port.legs[0].ice
    before = ice.selected
    client.answers_checks = False
    victim = local_socket()
    client.watch(victim)
    client.check(victim)
    client.send(sock=victim)
    await until(lambda: ice.proving and victim.getsockname() in client.asked)
    assert ice.proof_transaction is not None
    refused = port.dropped["stun_refused"]
    forged = stun.build(stun.Kind.SUCCESS, ice.proof_transaction, [], "wrong" * 5)
    victim.sendto(forged, client.node)
    right = stun.build(stun.Kind.SUCCESS, ice.proof_transaction, [], client.password)
    client.socket.sendto(right, client.node)
    await until(lambda: port.dropped["stun_refused"] >= refused + 2)
    assert ice.proving
    assert ice.selected == before


async def test_threat_12_another_legs_address_cannot_be_taken(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    await client.connect(ear, until)
    thief = RawClient(port)
    thief.join(Ear(), participant_id="thief")
    # Signed rightly, with the thief's own credentials, but from the victim's address.
    thief.check(client.socket)
    await until(lambda: port.dropped["stun_refused"] >= 1)
    assert await speaks(client, ear)
    thief.close()


async def test_a_role_conflict_is_answered_with_487(port: MediaUdpPort, client: RawClient) -> None:
    client.join(Ear())
    client.check(role=0x8029)
    await until(lambda: client.responses)
    assert client.responses[0].kind is stun.Kind.ERROR
    assert client.responses[0].attributes[stun.Attribute.ERROR_CODE][2:4] == b"\x04\x57"
    assert client.responses[0].is_signed_with(client.server_password)


async def test_consent_ends_after_thirty_seconds_without_a_check(
    port: MediaUdpPort, client: RawClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Ear()
    answer = await client.connect(ear, until)
    leg = port.legs[0]
    now = time.monotonic()
    leg.on_slow_timer(now + 29.9)
    assert port.legs == [leg]
    leg.on_slow_timer(now + 30.1)
    assert answer.leg.state is LegState.CLOSED
    assert port.legs == []


async def test_a_leg_that_never_connects_is_given_up(port: MediaUdpPort, client: RawClient) -> None:
    answer = client.join(Ear())
    client.check()
    await until(lambda: client.responses)
    port.legs[0].ice.consented += leg_module.HANDSHAKE_SECONDS
    port.legs[0].on_slow_timer(time.monotonic() + leg_module.HANDSHAKE_SECONDS + 0.1)
    assert answer.leg.state is LegState.CLOSED


async def test_a_bomb_of_validated_addresses_is_bounded(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    await client.connect(ear, until)
    sockets = [local_socket() for _ in range(40)]
    for sock in sockets:
        client.check(sock, nominate=False)
    await until(lambda: port.legs[0].ice.validated and len(port._by_address) >= 16)
    await asyncio.sleep(0)
    assert await speaks(client, ear)
    assert len(port.legs[0].ice.validated) <= 16
    assert len(port._by_address) <= 16
    for sock in sockets:
        sock.close()


async def test_the_flight_fits_datagrams_of_1200_bytes(port: MediaUdpPort, client: RawClient) -> None:
    client.join(Ear())
    client.check()
    await until(lambda: client.responses)
    sent: list[bytes] = []
    transmit = port.transmit

    def watched(data: bytes, address: Address) -> None:
        sent.append(data)
        transmit(data, address)

    port.legs[0]._dtls._transmit = watched
    client.hello()
    await until(lambda: client.srtp)
    assert sent
    assert max(len(data) for data in sent) <= 1200
    assert all(split_records(data) for data in sent)
