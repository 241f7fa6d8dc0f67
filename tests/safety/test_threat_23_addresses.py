"""Threat 23: nobody learns another person's network address, nor the server's own inner ones; nor do the logs."""

import json
import logging
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from rest_framework.test import APIClient

from media_worker.node import MediaNode
from rooms.services import audio
from spaces_site.boundary.logs import shorten_addresses
from tests.media_worker.node.cast import carry
from tests.media_worker.transport.test_sdp import GOOD
from tests.rooms.cast import NOW, Cast
from tests.rooms.sockets.clients import InProcess
from tests.rooms.sockets.conftest import hub_ends as hub_ends
from tests.rooms.sockets.people import sign_in

HOME, INNER = "198.51.100.77", "10.20.30.40"
PUBLIC = "192.0.2.55"
OFFER = (
    GOOD
    + f"a=candidate:1 1 udp 2122260223 {INNER} 51000 typ host\na=candidate:2 1 udp 1686052607 {HOME} 51000 typ srflx\n"
)
READS = ("", "snapshot/", "events/?after=0", "roster/", "hands/")


class Ears:
    """Two people in a room by websocket, one of whom must not learn where the other lives."""

    def __init__(self, cast: Cast) -> None:
        self.speaker = InProcess(cast.room.pk, session=sign_in(cast.speaker), device="home")
        self.speaker.socket.scope["client"] = [HOME, 50_000]
        self.host = InProcess(cast.room.pk, session=sign_in(cast.host), device="host-1")

    async def begin(self) -> None:
        for who in (self.host, self.speaker):
            await who.connect()
            for name in ("device.elsewhere", "snapshot"):
                frame = await who.next_frame()
                if frame["type"] == "snapshot" or name == "snapshot":
                    break
                assert (await who.command("device.move_here"))["type"] == "ack"


@pytest.mark.usefixtures("hub_ends")
async def test_threat_23_nothing_tells_where_another_person_is(transactional_cast: Cast, settings: Any) -> None:
    cast = transactional_cast
    settings.MEDIA_PUBLIC_ADDRESSES = [PUBLIC]
    node = MediaNode()
    await sync_to_async(node.start)()
    await sync_to_async(carry)(node, cast.room.pk)
    ears = Ears(cast)
    await ears.begin()
    answer = await ears.speaker.command("media.offer", sdp=OFFER, timeout=15)
    assert answer["type"] == "ack", answer
    await sync_to_async(audio.unmute_self)(actor=cast.speaker, room_id=cast.room.pk, now=NOW)
    unmuted = await ears.host.take(lambda frame: frame["type"] == "speaker.unmuted")
    told = [
        json.dumps(unmuted),
        *map(json.dumps, ears.host.events),
        answer["data"]["sdp"],
        *await sync_to_async(all_reads)(cast),
    ]
    for text in told:
        assert HOME not in text
        assert INNER not in text
    # The node names its public address alone: no inner one of the server's either.
    candidates = [line for line in answer["data"]["sdp"].splitlines() if line.startswith("a=candidate")]
    assert len(candidates) == 1
    assert PUBLIC in candidates[0]
    await ears.speaker.leave()
    await ears.host.leave()
    await sync_to_async(node.stop)()


def all_reads(cast: Cast) -> list[str]:
    app = APIClient()
    app.force_login(cast.host)
    answers = [app.get(f"/api/v1/rooms/{cast.room.pk}/{path}") for path in READS]
    assert [answer.status_code for answer in answers] == [200] * len(READS)
    return [answer.content.decode() for answer in answers]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (HOME, "198.51.100.0/24"),
        ("2001:db8:1:2:3::9", "2001:db8:1::/48"),
        ("::ffff:198.51.100.77", "198.51.100.0/24"),
        ("unknown", "unknown"),
    ],
)
def test_threat_23_logs_keep_the_network_and_not_the_address(address: str, told: str) -> None:
    assert shorten_addresses(None, "info", {"event": "e", "ip": address})["ip"] == told


def test_threat_23_a_request_is_logged_without_its_address(
    db: None, caplog: pytest.LogCaptureFixture, client: Client
) -> None:
    client.get("/help/", REMOTE_ADDR=HOME)
    written = logging.getLogger().handlers[0].formatter
    assert written is not None
    said = [written.format(record) for record in caplog.records]
    assert any("request_finished" in line for line in said)
    assert not [line for line in said if HOME in line]
    assert any("198.51.100.0/24" in line for line in said)
