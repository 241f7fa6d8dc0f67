"""WHIP (RFC 9725) with a real client, aiortc, against a real web server and a real media node."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from accounts.services import devices
from media_worker.node import MediaNode
from rooms.grants import GrantExpired
from rooms.models import Participant, Room
from rooms.services import audio, entry, playback, stage, whip
from spaces_site.asgi import application
from tests.media_worker.node.cast import bring_on_stage, carry, connect, open_room, person
from tests.media_worker.node.test_rooms import hears
from tests.media_worker.transport.clients import AiortcClient, until
from tests.patience import busy
from tests.rooms.sockets.conftest import web as web
from tests.rooms.sockets.servers import WebServer

SDP = {"Content-Type": "application/sdp"}


class Studio:
    """A host who listens, and somebody on stage whose program is no browser."""

    def __init__(self, node: MediaNode) -> None:
        self.host, self.speaker = person("host"), person("speaker")
        self.room: Room = open_room(self.host)
        bring_on_stage(self.speaker, self.room, self.host)
        _token, secret = devices.issue_token(person=self.speaker, name="studio desk", now=timezone.now())
        self.bearer = {"Authorization": f"Bearer {secret}"}
        #: A live server's address; without one requests go straight into the ASGI application.
        self.site = ""
        self.path = f"/api/v1/rooms/{self.room.pk}/whip"
        carry(node, self.room.pk)

    def http(self, **headers: str) -> httpx.AsyncClient:
        transport = None if self.site else httpx.ASGITransport(application)
        site, headers = self.site or "http://testserver", headers or self.bearer
        return httpx.AsyncClient(base_url=site, headers=headers, timeout=20, transport=transport)

    def place(self, someone: User) -> Participant:
        return Participant.objects.get(person=someone, room=self.room)


@pytest.fixture
def studio(node: MediaNode) -> Studio:
    return Studio(node)


async def publish(studio: Studio, http: httpx.AsyncClient, tone: float = 1200) -> tuple[AiortcClient, httpx.Response]:
    client = AiortcClient(tone, "sendonly")
    answer = await http.post(studio.path, content=await client.offer(), headers=SDP)
    return client, answer


async def test_a_program_speaks_and_ends_by_delete(studio: Studio, web: WebServer) -> None:
    studio.site = f"http://127.0.0.1:{web.port}"
    ear = await connect(studio.host, studio.room, 500)
    async with studio.http() as http:
        client, answer = await publish(studio, http)
        assert (answer.status_code, answer.headers["content-type"]) == (201, "application/sdp")
        assert "a=ice-lite" in answer.text
        await client.accept(answer.text)
        await until(lambda: hears(ear, 1200))
        session = answer.headers["location"]
        assert session.startswith(studio.path)
        # Trickle and restart are not offered (section 4.3), and nothing is to be read there.
        assert (await http.patch(session, content="a=end-of-candidates")).status_code == 405
        assert (await http.get(session)).status_code == 405
        assert (await http.delete(session)).status_code == 200
        await until(lambda: client.connection.connectionState == "closed", busy(1))
        await until(lambda: not hears(ear, 1200), busy(1))
        place = await sync_to_async(studio.place)(studio.speaker)
        assert (place.left_at, place.role) == (None, "SPEAKER")
    await client.close()
    await ear.close()


async def test_a_media_grant_speaks_without_an_account_and_closes_when_it_is_old(studio: Studio) -> None:
    ear = await connect(studio.host, studio.room, 500)
    async with studio.http() as http:
        issued = (await http.post(f"/api/v1/rooms/{studio.room.pk}/media-grant")).json()["data"]
    assert issued["expires_in"] == 60
    async with studio.http(Authorization=f"Bearer {issued['grant']}") as http:
        client, answer = await publish(studio, http)
        assert answer.status_code == 201, answer.text
        await client.accept(answer.text)
        await until(lambda: hears(ear, 1200))
        stranger = answer.headers["location"].replace(answer.headers["location"].rsplit("/", 2)[1], str(studio.host.pk))
        assert (await http.delete(stranger)).status_code == 404
        await until(lambda: hears(ear, 1200))
        assert (await http.delete(answer.headers["location"])).status_code == 200
        await until(lambda: not hears(ear, 1200), busy(1))
    await client.close()
    await ear.close()


async def test_limit_media_token_opens_for_60_seconds_and_closes_for_ever(studio: Studio) -> None:
    now = timezone.now()
    place = await sync_to_async(studio.place)(studio.speaker)
    minted = {"person_id": studio.speaker.pk, "room_id": studio.room.pk, "device": place.device}
    grant = await sync_to_async(playback.speak_grant)(now=now, **minted)
    client = AiortcClient(1200, "sendonly")
    offer = {"actor": AnonymousUser(), "bearer": grant, "room_id": studio.room.pk}
    with pytest.raises(GrantExpired):
        whip.publish(**offer, sdp=await client.offer(), now=now + timedelta(seconds=60.001))
    told = await sync_to_async(whip.publish)(**offer, sdp=await client.offer(), now=now + timedelta(seconds=59.999))
    whip.unpublish(**offer, resource=told.resource, now=now + timedelta(hours=1))
    await client.close()


async def test_a_bad_offer_is_told_in_words_and_disturbs_nobody(studio: Studio) -> None:
    ear = await connect(studio.host, studio.room, 500)
    mouth = await connect(studio.speaker, studio.room, 1200)
    await until(lambda: hears(ear, 1200))
    async with studio.http() as http:
        for sdp, words in (
            ("hello", "begins with v=0"),
            ("v=0\r\nm=audio 9", "malformed"),
            ("v=0\r\n", "0 audio lines"),
        ):
            answer = await http.post(studio.path, content=sdp, headers=SDP)
            assert (answer.status_code, answer.json()["code"]) == (400, "bad_offer")
            assert words in answer.json()["detail"]
        wrong = await http.post(studio.path, content="{}", headers={"Content-Type": "application/json"})
        assert wrong.status_code == 415
    assert hears(ear, 1200)
    await mouth.close()
    await ear.close()


async def test_who_is_not_on_stage_publishes_nothing(studio: Studio) -> None:
    stage.step_down(actor=studio.speaker, room_id=studio.room.pk, now=timezone.now())
    async with studio.http() as http:
        client, answer = await publish(studio, http)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_on_stage")
        entry.leave_room(actor=studio.speaker, room_id=studio.room.pk, now=timezone.now())
        assert (await http.post(studio.path, content="v=0", headers=SDP)).status_code == 409
    await client.close()


async def test_a_muted_program_is_not_heard_whatever_it_sends(studio: Studio) -> None:
    ear = await connect(studio.host, studio.room, 500)
    async with studio.http() as http:
        client, answer = await publish(studio, http)
        await client.accept(answer.text)
        await until(lambda: hears(ear, 1200))
        place: Any = await sync_to_async(studio.place)(studio.speaker)
        audio.mute_speaker(actor=studio.host, room_id=studio.room.pk, participant_id=place.pk, now=timezone.now())
        await until(lambda: not hears(ear, 1200), busy(1))
        assert client.connection.connectionState == "connected"
        await http.put(f"/api/v1/rooms/{studio.room.pk}/microphone", json={"muted": False})
        await until(lambda: hears(ear, 1200), busy(1))
    await client.close()
    await ear.close()
