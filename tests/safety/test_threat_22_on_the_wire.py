"""Threat 22: nothing of a room goes over the network in clear: media is sealed, the rest is https alone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from media_worker.node import MediaNode
from tests.fakes.udp_proxy import UdpProxy
from tests.media_worker.node.cast import carry
from tests.media_worker.transport.clients import until
from tests.rooms.sockets.people import sign_in
from tests.safety.production import settings_of
from tests.safety.talk import Talking


@pytest.fixture
async def listening_in(settings: Any, transactional_db: None) -> AsyncIterator[tuple[MediaNode, UdpProxy]]:
    """A media node that is reached over a network where somebody listens."""
    proxy = await UdpProxy.start(seed=22)
    proxy.tap = []
    settings.MEDIA_PUBLIC_ADDRESSES = [proxy.address]
    node = MediaNode()
    node.start()
    proxy.target = ("127.0.0.1", node._port.port)
    yield node, proxy
    node.stop()
    proxy.close()


async def test_threat_22_nothing_of_a_room_is_readable_on_its_way(
    listening_in: tuple[MediaNode, UdpProxy],
) -> None:
    node, proxy = listening_in
    talking = await sync_to_async(Talking)(sign_in)
    await sync_to_async(carry)(node, talking.room.pk)
    await talking.begin()
    assert proxy.tap is not None
    tap = proxy.tap
    await until(lambda: len(tap) > 300)
    place = await talking.place()
    secrets = [talking.room.pk, talking.room.title, talking.host.pk, talking.speaker.pk, place.pk, talking.session]
    secrets += ["host", "speaker"]
    everything = b"\n".join(tap)
    for secret in secrets:
        assert str(secret).encode() not in everything
        assert getattr(secret, "bytes", b"never") not in everything
    # STUN, DTLS, SRTP, SRTCP: by their first byte (RFC 7983) there is nothing else.
    assert {kind_of(data) for data in tap} == {"stun", "dtls", "media"}
    await talking.end()


def kind_of(data: bytes) -> str:
    first = data[0]
    return "stun" if first < 4 else "dtls" if 19 < first < 64 else "media" if 127 < first < 192 else "unknown"


def test_threat_22_asvs_4_4_1_in_production_everything_else_is_https() -> None:
    told = settings_of("production")
    assert told["SECURE_SSL_REDIRECT"] is True
    assert told["SESSION_COOKIE_SECURE"] is True
    assert told["CSRF_COOKIE_SECURE"] is True
    assert told["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert told["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    assert "wss://spaces.example.org" in told["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["connect-src"]
    assert told["ACCOUNT_DEFAULT_HTTP_PROTOCOL"] == "https"
