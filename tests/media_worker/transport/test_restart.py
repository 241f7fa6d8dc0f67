"""ICE restarts, network switches, later offers, states: what may happen to a connection that lives."""

import time
from functools import partial

from media_worker.engine.ports import LegState
from media_worker.engine.transport.ice import ASK_CONSENT_SECONDS
from media_worker.engine.transport.leg import SILENT_SECONDS
from media_worker.engine.transport.port import MediaUdpPort
from tests.media_worker.transport.clients import AiortcClient, Ear, until
from tests.media_worker.transport.raw_client import RawClient, local_socket, selected_of
from tests.patience import busy


async def test_an_ice_restart_keeps_leg_keys_and_sound(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    first = await client.connect(ear, until)
    old = client.server_ufrag, client.server_password
    client.ufrag, client.password = "efgh", "q" * 24
    again = client.join(ear)
    assert again.restarted
    assert again.leg is first.leg
    assert client.server_ufrag != old[0]
    client.send()
    # The old ufrag is valid until the new one is used …
    new = client.server_ufrag, client.server_password
    (client.server_ufrag, client.server_password), client.ufrag = old, "abcd"
    answered = len(client.responses)
    client.check()
    await until(lambda: len(client.responses) == answered + 1)
    (client.server_ufrag, client.server_password), client.ufrag = new, "efgh"
    client.check()
    await until(lambda: len(client.responses) == answered + 2)
    # … and not after it.
    (client.server_ufrag, client.server_password), client.ufrag = old, "abcd"
    client.check()
    await until(lambda: port.dropped["stun_refused"] == 1)
    client.send()
    await until(lambda: len(ear.packets) == 2)
    assert ear.states == [LegState.CONNECTED]


async def test_a_network_switch_loses_nothing_in_either_direction(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    answer = await client.connect(ear, until)
    client.send()
    await until(lambda: ear.packets)
    client.ufrag, client.password = "efgh", "q" * 24
    client.join(ear)
    other = local_socket()
    client.watch(other)
    client.check(other)
    for _ in range(5):
        client.send(sock=other)
    await until(lambda: selected_of(port)[1] == other.getsockname()[1])
    answer.leg.send(b"\xf8\xff\xfe", 960)
    await until(lambda: any(data[1] == 111 for data in client.received))
    await until(lambda: len(ear.packets) == 6)
    assert ear.missing() == 0
    assert ear.states == [LegState.CONNECTED]


async def test_a_listener_that_sends_no_media_moves_by_its_nomination(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    await client.connect(ear, until)
    other = local_socket()
    client.watch(other)
    ice = port.legs[0].ice
    client.check(other)
    await until(lambda: len(ice.validated) == 2)
    assert not ice.proving
    # The old address goes quiet; the next nomination of the new one is worth a proof.
    ice.validated[selected_of(port)] -= 2
    client.check(other)
    await until(lambda: selected_of(port)[1] == other.getsockname()[1])


async def test_another_certificate_is_another_leg(port: MediaUdpPort) -> None:
    ear, later = Ear(), Ear()
    first, second = AiortcClient(), AiortcClient()
    leg = await first.join(port, ear)
    await until(lambda: leg.state is LegState.CONNECTED)
    other = await second.join(port, later)
    assert other is not leg
    assert leg.state is LegState.CLOSED
    assert ear.states == [LegState.CONNECTED, LegState.CLOSED]
    await until(lambda: len(later.packets) > 5)
    assert port.legs == [other]
    await first.close()
    await second.close()


async def test_a_quiet_leg_is_silent_and_comes_back(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    answer = await client.connect(ear, until)
    client.answers_checks = False
    leg = port.legs[0]
    leg._last_heard -= SILENT_SECONDS
    await until(lambda: answer.leg.state is LegState.SILENT)
    client.send()
    await until(lambda: answer.leg.state is LegState.CONNECTED)
    assert ear.states == [LegState.CONNECTED, LegState.SILENT, LegState.CONNECTED]


async def test_a_client_that_answers_our_probe_is_not_silent(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    await client.connect(ear, until)
    leg = port.legs[0]
    leg._last_heard -= SILENT_SECONDS - 0.5
    await until(lambda: client.asked)
    await until(lambda: time.monotonic() - leg._last_heard < 0.5)
    assert ear.states == [LegState.CONNECTED]


async def test_a_client_that_has_not_checked_for_long_is_asked_and_stays(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    await client.connect(ear, until)
    leg = port.legs[0]
    # Media alone is no consent: a line that was cut for long must not be lost to the next check coming late.
    leg.ice.consented -= ASK_CONSENT_SECONDS
    before, began = leg.ice.consented, time.monotonic()
    while leg.ice.consented == before and time.monotonic() - began < busy(1):
        client.send()
        await until(partial(_has_more_than, ear, len(ear.packets)))
    assert leg.ice.consented > before
    assert ear.states == [LegState.CONNECTED]


async def test_closing_says_goodbye_and_accepts_nothing_more(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    answer = await client.connect(ear, until)
    answer.leg.close()
    client.send()
    await until(lambda: port.dropped["stranger"] == 1)
    answer.leg.send(b"x", 0)
    assert ear.states == [LegState.CONNECTED, LegState.CLOSED]
    assert ear.packets == []
    assert port.legs == []


async def test_a_restarted_browser_with_the_same_certificate_shakes_hands_anew(
    port: MediaUdpPort, client: RawClient
) -> None:
    ear = Ear()
    first = await client.connect(ear, until)
    client.send()
    await until(lambda: len(ear.packets) == 1)
    client.ufrag, client.password = "efgh", "q" * 24
    again = client.join(ear)
    assert again.leg is first.leg
    client.check()
    client.srtp = None
    client.hello()
    await until(lambda: client.srtp)
    client.send()
    await until(lambda: len(ear.packets) == 2)


async def test_directions_are_mirrored_and_kept(port: MediaUdpPort, client: RawClient) -> None:
    ear = Ear()
    answer = client.join(ear, direction="sendonly")
    assert "a=recvonly" in answer.sdp
    client.check()
    await until(lambda: client.responses)
    client.hello()
    await until(lambda: client.srtp and answer.leg.state is LegState.CONNECTED)
    answer.leg.send(b"\xf8\xff\xfe", 0)
    assert port.legs[0].stats().packets_sent == 0
    assert "a=sendonly" in client.join(ear, direction="recvonly").sdp
    answer.leg.send(b"\xf8\xff\xfe", 0)
    assert port.legs[0].stats().packets_sent == 1


def _has_more_than(ear: Ear, count: int) -> bool:
    return len(ear.packets) > count


async def test_reports_carry_round_trip_time_and_loss(port: MediaUdpPort) -> None:
    client, ear = AiortcClient(), Ear()
    leg = await client.join(port, ear)
    await until(lambda: leg.state is LegState.CONNECTED)
    began = time.monotonic()
    while leg.stats().round_trip is None and time.monotonic() - began < busy(8):
        leg.send(b"\xf8\xff\xfe", leg.stats().packets_sent * 960)
        before = len(ear.packets)
        await until(partial(_has_more_than, ear, before))
    round_trip = leg.stats().round_trip
    assert round_trip is not None
    assert 0 <= round_trip < busy(0.5)
    assert leg.stats().packets_lost == 0
    remote = next(iter((await client.connection.getStats()).values()))
    assert remote is not None
    await client.close()
