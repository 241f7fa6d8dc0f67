"""The playback doors through the real ASGI application, with parts that a real node made."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import m3u8
import pytest
from django.utils import timezone

from accounts.models import User
from media_worker.node import MediaNode
from rooms.models import Participant, Room
from rooms.services import entry, knocks, lifecycle, playback
from spaces_site.asgi import application
from tests.media_worker.node.cast import Answer, HttpListener, carry, enter, get, open_room, person
from tests.media_worker.node.conftest import node as node
from tests.media_worker.transport.clients import until


def addresses(someone: User, room: Room, **ago: float) -> tuple[str, str]:
    """Stream and playlist of somebody in the room, minted so long ago."""
    place = Participant.objects.get(person=someone, room=room)
    now = timezone.now() - timedelta(**ago)
    info = playback.media_info(participant=place, room=room, now=now)
    return info.stream, info.hls


async def playlist(address: str) -> m3u8.M3U8:
    answer = await get(application, address)
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    return m3u8.loads(answer.body.decode())


@pytest.fixture(autouse=True)
def one_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first playlist comes with the first segment: test_playback_begin.py is about those that wait for three."""
    monkeypatch.setattr("rooms.playback.application.SEGMENTS_TO_BEGIN", 1)


@pytest.fixture
def room(node: MediaNode) -> Room:
    """A live room with its host, carried by a node."""
    room = open_room(person("host"))
    carry(node, room.pk)
    return room


@pytest.fixture
def listener(room: Room) -> User:
    """Somebody in the audience."""
    listener = person("listener")
    enter(listener, room)
    return listener


async def test_the_playlist_names_parts_that_are_there_and_one_that_comes(room: Room, listener: User) -> None:
    _, hls = addresses(listener, room)
    told = await playlist(hls)
    assert told.server_control.can_block_reload == "YES"
    assert told.target_duration == 2
    part = told.segments[-1].parts[-1]
    answer = await get(application, urljoin(hls, part.uri))
    assert answer.status == 200
    assert answer.headers["content-type"] == "audio/mp4"
    assert b"moof" in answer.body
    assert b"mdat" in answer.body
    init = await get(application, urljoin(hls, told.segments[0].init_section.uri))
    assert init.body[4:8] == b"ftyp"
    assert (await get(application, urljoin(hls, "init.mp4"))).body == init.body
    hinted = await get(application, urljoin(hls, told.preload_hint.uri))
    assert hinted.status == 200
    assert b"moof" in hinted.body


async def test_a_segment_is_its_parts(room: Room, listener: User) -> None:
    _, hls = addresses(listener, room)
    segment = next(each for each in (await playlist(hls)).segments if each.uri)
    parts = [await get(application, urljoin(hls, part.uri)) for part in segment.parts]
    whole = await get(application, urljoin(hls, segment.uri))
    assert whole.body == b"".join(part.body for part in parts)
    assert segment.duration == pytest.approx(sum(part.duration for part in segment.parts), abs=1e-4)


async def test_a_reload_blocks_until_the_part_is_there(room: Room, listener: User) -> None:
    _, hls = addresses(listener, room)
    hint = (await playlist(hls)).preload_hint.uri
    number, index = map(int, re.findall(r"\d+", hint)[:2])
    answer = await get(application, f"{hls}?_HLS_msn={number}&_HLS_part={index + 1}")
    assert answer.status == 200
    assert f"part-{number}-{index}.m4s" in answer.body.decode().split("#EXT-X-PRELOAD-HINT")[0]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("_HLS_part=1", "bad_position"),
        ("_HLS_msn=x", "bad_position"),
        ("_HLS_msn={ahead}", "too_far_ahead"),
        ("_HLS_msn=99999999999", "too_far_ahead"),
    ],
)
async def test_a_reload_that_makes_no_sense_is_refused(query: str, code: str, room: Room, listener: User) -> None:
    _, hls = addresses(listener, room)
    told = await playlist(hls)
    newest = int(re.findall(r"\d+", told.preload_hint.uri)[0])
    answer = await get(application, f"{hls}?{query.format(ahead=newest + 4)}")
    assert (answer.status, answer.headers["x-error-code"]) == (400, code)


async def test_the_stream_begins_with_the_init_segment_and_goes_on(room: Room, listener: User) -> None:
    stream, _ = addresses(listener, room)
    client = HttpListener(application, stream)
    await until(lambda: client.answer.body.count(b"moof") >= 4)
    assert client.answer.headers["content-type"] == "audio/mp4"
    assert client.answer.headers["cache-control"] == "no-store"
    assert client.answer.body[4:8] == b"ftyp"
    assert client.answer.body.count(b"ftyp") == 1
    await client.hang_up()


async def test_threat_05_a_grant_opens_its_own_room_only(room: Room, listener: User) -> None:
    other = open_room(person("other"))
    stream, hls = addresses(listener, room)
    for address in (stream, hls):
        answer = await get(application, address.replace(str(room.pk), str(other.pk)))
        assert (answer.status, answer.headers["x-error-code"]) == (403, "grant_refused")
        assert b"Open the room again" in answer.body


@pytest.mark.parametrize("spoil", [lambda text: text[:-2] + "xx", lambda text: "x", lambda text: text[2:]])
async def test_threat_05_a_forged_grant_opens_nothing(spoil: object, room: Room, listener: User) -> None:
    grant = addresses(listener, room)[0].split("/")[3]
    answer = await get(application, f"/live/{room.pk}/{spoil(grant)}/stream.mp4")  # type: ignore[operator]
    assert (answer.status, answer.headers["x-error-code"]) == (403, "grant_refused")


async def test_threat_05_an_old_grant_opens_nothing(room: Room, listener: User) -> None:
    _, hls = addresses(listener, room, seconds=61)
    answer = await get(application, hls)
    assert (answer.status, answer.headers["x-error-code"]) == (403, "grant_expired")


async def test_a_speak_grant_is_no_listen_grant(room: Room) -> None:
    host = User.objects.get(handle="host")
    grant = playback.speak_grant(person_id=host.pk, room_id=room.pk, device="host-1", now=timezone.now())
    answer = await get(application, f"/live/{room.pk}/{grant}/stream.mp4")
    assert answer.headers["x-error-code"] == "grant_refused"


async def test_threat_01_whoever_leaves_hears_nothing_within_a_second(room: Room, listener: User) -> None:
    stream, hls = addresses(listener, room)
    client = HttpListener(application, stream)
    await until(lambda: client.answer.body.count(b"moof") >= 2)
    entry.leave_room(actor=listener, room_id=room.pk, device="listener-1", now=timezone.now())
    await asyncio.wait_for(client.task, 1.0)
    answer = await get(application, hls)
    assert (answer.status, answer.headers["x-error-code"]) == (403, "listening_over")
    enter(listener, room)
    again = HttpListener(application, addresses(listener, room)[0])
    await until(lambda: b"moof" in again.answer.body)
    await again.hang_up()


async def test_threat_01_a_move_to_another_device_silences_the_old_one(room: Room, listener: User) -> None:
    stream, _ = addresses(listener, room)
    client = HttpListener(application, stream)
    await until(lambda: b"moof" in client.answer.body)
    entry.move_here(actor=listener, room_id=room.pk, device="listener-2", now=timezone.now())
    await asyncio.wait_for(client.task, 1.0)
    assert (await get(application, stream)).headers["x-error-code"] == "listening_over"


async def test_an_ended_room_ends_stream_and_playlist(room: Room, listener: User) -> None:
    stream, hls = addresses(listener, room)
    client = HttpListener(application, stream)
    await until(lambda: b"moof" in client.answer.body)
    await playlist(hls)
    lifecycle.end_room(actor=User.objects.get(handle="host"), room_id=room.pk, now=timezone.now())
    await asyncio.wait_for(client.task, 1.0)
    told = await playlist(hls)
    assert told.is_endlist
    assert (await get(application, stream)).status == 410


async def test_an_open_room_sends_everybody_on_to_an_address_of_their_own(room: Room) -> None:
    answer = await get(application, f"/live/{room.pk}/open/stream.mp4")
    assert answer.status == 307
    client = HttpListener(application, answer.headers["location"])
    await until(lambda: b"moof" in client.answer.body)
    assert client.answer.headers["access-control-allow-origin"] == "*"
    Room.objects.filter(pk=room.pk).update(guests_allowed=False)
    await asyncio.wait_for(client.task, 1.0)
    assert (await get(application, f"/live/{room.pk}/open/stream.mp4")).status == 404


@pytest.mark.parametrize(
    "who", [{"age_hours": 1}, {"followers": True}, {"approval": True}], ids=lambda one: next(iter(one))
)
async def test_threat_11_raid_mode_shuts_the_open_address_and_who_listens_stays(
    room: Room, who: dict[str, Any]
) -> None:
    sent_on = await get(application, f"/live/{room.pk}/open/stream.mp4")
    told = {"age_hours": 0, "followers": False, "approval": False, **who}
    knocks.set_entry(actor=User.objects.get(handle="host"), room_id=room.pk, now=timezone.now(), **told)
    assert (await get(application, f"/live/{room.pk}/open/stream.mp4")).status == 404
    client = HttpListener(application, sent_on.headers["location"])
    await until(lambda: b"moof" in client.answer.body)
    client.task.cancel()


@pytest.mark.parametrize(
    "name",
    ["part-1-1.m4s", "seg-7.m4s", "init-3.mp4", "part-x-1.m4s", "seg-1", "other", "", f"seg-{'9' * 5_000}.m4s"],
    ids=lambda name: name[:12],
)
async def test_what_is_not_there_is_not_found(name: str, room: Room, listener: User) -> None:
    _, hls = addresses(listener, room)
    answer = await get(application, urljoin(hls, name) if name else hls.removesuffix("index.m3u8"))
    assert (answer.status, answer.headers["x-error-code"]) == (404, "no_such_part")


@pytest.mark.parametrize("path", ["/live/", "/live/x/y/z", "/live/00000000-0000-4000-8000-000000000000/g/index.m3u8"])
async def test_an_unknown_room_is_not_found(path: str, room: Room) -> None:
    assert (await get(application, path)).status == 404


async def test_head_and_other_methods(room: Room, listener: User) -> None:
    stream, hls = addresses(listener, room)
    for address in (stream, hls):
        answer: Answer = await get(application, address, "HEAD")
        assert (answer.status, answer.body) == (200, b"")
    assert (await get(application, stream, "POST")).status == 405
    preflight = await get(application, stream, "OPTIONS")
    assert (preflight.status, preflight.headers["access-control-allow-methods"]) == (204, "GET, HEAD")


async def test_threat_05_asvs_3_5_8_an_address_of_one_person_may_not_be_embedded_elsewhere(
    room: Room, listener: User
) -> None:
    answer = await get(application, addresses(listener, room)[1])
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
