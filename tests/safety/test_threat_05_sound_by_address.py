"""Threat 5: an address of the sound opens one room to one person for a minute, and is written down nowhere.

Today every room is free: what is shown here is what a paid room will stand on.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services import devices
from media_worker.node import MediaNode
from rooms import events, grants
from rooms.models import Participant, Room
from rooms.playback import feed
from rooms.playback.door import Door
from rooms.protocol import live_listeners_key
from rooms.services import entry, playback
from spaces_site.asgi import application
from tests.media_worker.node.cast import carry, enter, get, open_room, person
from tests.media_worker.node.conftest import node as node
from tests.rooms.sockets.people import sign_in
from tests.rooms.sockets.servers import running

ROOM = "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("kind", list(grants.GrantKind))
def test_limit_grant_of_sound_opens_for_60_seconds(kind: grants.GrantKind) -> None:
    assert timedelta(seconds=60) == grants.LIFETIME
    now = timezone.now().replace(microsecond=0)
    text = grants.sign(room_id=ROOM, participant_id=None, person_id=None, device="d", kind=kind, now=now)  # type: ignore[arg-type]
    assert grants.verify(text, room_id=ROOM, kind=kind, now=now + timedelta(seconds=60)).device == "d"
    with pytest.raises(grants.GrantExpired):
        grants.verify(text, room_id=ROOM, kind=kind, now=now + timedelta(seconds=60, milliseconds=1))
    # Clocks of two machines may differ by half a minute, and no more.
    assert grants.read(text, room_id=ROOM, kind=kind, now=now - timedelta(seconds=30))
    with pytest.raises(grants.GrantRefused):
        grants.read(text, room_id=ROOM, kind=kind, now=now - timedelta(seconds=30, milliseconds=1))


@pytest.mark.parametrize("other", ["another kind", "another room", "another key"])
def test_threat_05_asvs_9_2_2_asvs_9_2_3_a_grant_is_for_one_purpose(settings, other: str) -> None:
    now = timezone.now()
    text = grants.sign(
        room_id=ROOM, participant_id=None, person_id=None, device="d", kind=grants.GrantKind.LISTEN, now=now
    )  # type: ignore[arg-type]
    if other == "another key":
        settings.SECRET_KEY = "another key of the same length, or about so long"
    kind = grants.GrantKind.SPEAK if other == "another kind" else grants.GrantKind.LISTEN
    room = ROOM[:-1] + "2" if other == "another room" else ROOM
    with pytest.raises(grants.GrantRefused):
        grants.read(text, room_id=room, kind=kind, now=now)


@pytest.mark.parametrize(("idle", "code"), [(59.0, "no_such_part"), (61.0, "grant_expired")])
async def test_limit_grant_of_hls_slides_for_60_seconds(transactional_db: None, idle: float, code: str) -> None:
    """Used within the last minute, by whichever web process, it goes on to open; left alone for longer no more."""
    assert feed.SLIDING_SECONDS == 60.0
    host = person("host")
    room = open_room(host)
    minted = timezone.now() - timedelta(minutes=10)
    grant = address_of(host, room, now=minted).split("/")[3]
    read = grants.read(grant, room_id=str(room.pk), kind=grants.GrantKind.LISTEN, now=timezone.now())
    member = f"{read.token}:{read.issued_at.timestamp():.3f}"
    events.broker().zadd(live_listeners_key(str(room.pk)), {member: time.time() - idle})
    answer = await get(application, f"/live/{room.pk}/{grant}/seg-1.m4s")
    assert answer.headers["x-error-code"] == code


@pytest.mark.parametrize(("idle", "kept"), [(59.9, True), (60.1, False)])
def test_limit_grant_of_hls_is_forgotten_by_its_process_after_60_seconds(idle: float, kept: bool) -> None:
    room_feed = feed.Feed(room_id=ROOM, broker=None, reading=None)  # type: ignore[arg-type]
    now = time.monotonic()
    room_feed.doors["grant"] = Door("p", "p:d", timezone.now(), now - idle, answers=None)  # type: ignore[arg-type]
    room_feed._forget_doors(now)
    assert ("grant" in room_feed.doors) is kept


def address_of(someone: User, room: Room, now: datetime | None = None) -> str:
    place = Participant.objects.get(person=someone, room=room)
    return playback.media_info(participant=place, room=room, now=now or timezone.now()).hls


async def test_threat_05_asvs_14_2_1_a_playlist_names_no_grant(node: MediaNode) -> None:
    host = person("host")
    room = open_room(host)
    carry(node, room.pk)
    address = address_of(host, room)
    grant = address.split("/")[3]
    answer = await get(application, address)
    assert answer.status == 200
    assert grant.encode() not in answer.body
    assert b"/live/" not in answer.body
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_threat_05_asvs_14_2_1_no_log_has_a_grant_a_token_or_a_key(
    transactional_db: None, tmp_path: Path, server: str
) -> None:
    host, listener = person("host"), person("listener")
    room = open_room(host)
    enter(listener, room)
    session, log = sign_in(listener), tmp_path / "log"
    _token, secret = devices.issue_token(person=listener, name="phone", now=timezone.now())
    with running(server, log=log, LOG_LEVEL="DEBUG") as web:
        cookies = {"sessionid": session}
        with httpx.Client(base_url=f"http://127.0.0.1:{web.port}", cookies=cookies, timeout=20) as http:
            bearer = {"Authorization": f"Bearer {secret}"}
            answer = http.post(f"/api/v1/rooms/{room.pk}/join", json={"device": "listener-1"}, headers=bearer)
            joined = answer.json()["data"]
            grant = joined["media"]["hls"].split("/")[3]
            for name in ("init-1.mp4", "seg-1.m4s", "nothing"):
                http.get(f"/live/{room.pk}/{grant}/{name}")
            http.get(f"/live/{room.pk}/forged{grant[6:]}/index.m3u8")
            http.get(f"/rooms/{room.pk}/")
            for path in (f"/rooms/{room.pk}/", f"/rooms/{room.pk}/share/", "/nowhere/", "/search/"):
                http.get(path, params={"s": "tokenofa", "invitation": "keyofalink", "q": "wordsofmine"})
    written = log.read_text()
    assert "request_finished" in written
    for private in (grant, grant[6:], session, secret, joined["ticket"], "tokenofa", "keyofalink", "wordsofmine"):
        assert private not in written
    entry.leave_room(actor=listener, room_id=room.pk, now=timezone.now())
