"""Pinned posts on the wire: everybody hears of them at once, and nobody of a post that is kept from them."""

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from accounts.services import blocks, posts
from accounts.services.wording import Draft
from rooms import events
from rooms.consumers.door import read_handshake
from rooms.protocol import HandsLowered, recent_events_key
from rooms.services import pins
from tests.rooms.sockets.clients import HOST, InProcess

pytestmark = pytest.mark.usefixtures("hub_ends")


async def inside(cast, who: str, **query) -> tuple[InProcess, dict]:
    client = await InProcess(cast.room.pk, session=cast.sessions[who], device=f"{who}-1", **query).connect()
    return client, (await client.event("snapshot"))["data"]


def texts(told: dict) -> list[str]:
    return [one["post"]["text"] for one in told["pins"]]


async def test_a_pin_reaches_everybody_and_every_snapshot(cast) -> None:
    host, _ = await inside(cast, "host")
    listener, begun = await inside(cast, "listener")
    assert begun["pins"] == []
    made = await host.command("pin.add", text="Questions here, @host")
    for client in (host, listener):
        heard = await client.event("pins.changed")
        assert texts(heard["data"]) == ["Questions here, @host"]
        assert heard["seq"] == client.last_seq
    pieces = heard["data"]["pins"][0]["post"]["pieces"]
    assert [(piece["text"], piece["url"], piece["handle"]) for piece in pieces] == [
        ("Questions here, ", "", ""),
        ("@host", "", "host"),
    ]
    assert made["data"]["pin"] == heard["data"]["pins"][0]["id"]
    assert (await host.command("pin.add", text=" "))["code"] == "says_nothing"
    assert (await host.command("pin.remove", pin=made["data"]["pin"]))["type"] == "ack"
    assert texts((await listener.event("pins.changed"))["data"]) == []
    for client in (host, listener):
        await client.leave()


async def test_addresses_of_this_site_are_known_by_the_name_that_the_page_has(cast, settings) -> None:
    settings.PUBLIC_URL = ""
    people = await sync_to_async(lambda: {one.handle: one for one in type(cast.host).objects.all()})()
    say = {"actor": people["host"], "draft": Draft("The sea remembers"), "now": timezone.now()}
    path = f"/posts/{await sync_to_async(posts.publish)(**say)}/"
    host, _ = await inside(cast, "host")
    assert (await host.command("pin.add", link=f"https://other.example{path}"))["code"] == "no_post_there"
    assert (await host.command("pin.add", link=f"{path}#{'x' * 300}"))["code"] == "no_post_there"
    assert (await host.command("pin.add", link=f"https://{HOST}{path}#replies"))["type"] == "ack"
    assert (await host.command("pin.add", text=f"Next: https://{HOST}/rooms/{cast.room.pk}/"))["type"] == "ack"
    told = [(await host.event("pins.changed"))["data"]["pins"][0]["post"] for _ in range(2)]
    assert [(one["text"], one["room_id"]) for one in told] == [
        ("The sea remembers", None),
        ("Next:", str(cast.room.pk)),
    ]
    await host.leave()


def test_a_name_that_is_not_of_this_site_is_not_believed(settings) -> None:
    settings.ALLOWED_HOSTS = [HOST]

    def told(*hosts: str) -> str:
        scope = {"headers": [(b"host", host.encode()) for host in hosts], "url_route": {"kwargs": {}}}
        return read_handshake(scope).host

    assert told(HOST) == HOST
    assert told(f"{HOST}:8443") == f"{HOST}:8443"
    assert told("evil.example") == told(HOST, HOST) == told() == ""


async def test_no_byte_of_a_post_that_is_kept_from_somebody_reaches_them(cast) -> None:
    """Live, healed, caught up and by snapshot."""
    people = await sync_to_async(lambda: {one.handle: one for one in type(cast.host).objects.all()})()
    author, now = people["stranger"], timezone.now()
    await sync_to_async(blocks.block_person)(actor=people["listener"], person_id=author.pk, now=now)
    host, _ = await inside(cast, "host")
    listener, begun = await inside(cast, "listener")
    post_id = await sync_to_async(posts.publish)(actor=author, draft=Draft("A secret of the sea"), now=now)
    told = {"actor": people["host"], "room_id": cast.room.pk, "post_id": post_id, "now": now}
    await sync_to_async(pins.pin)(**told)
    assert texts((await host.event("pins.changed"))["data"]) == ["A secret of the sea"]
    heard = await listener.event("pins.changed")
    assert heard["data"] == {"pins": []}
    assert "apart" not in heard
    await listener.command("hello", last_seq=begun["seq"])
    assert (await listener.event("snapshot"))["data"]["pins"] == []
    late, first = await inside(cast, "listener", last_seq=begun["seq"])
    assert first["pins"] == []
    assert not [frame for frame in (*listener.events, *late.events) if "secret" in str(frame)]
    for client in (host, late):
        await client.leave()


async def test_what_is_sent_again_for_others_is_not_sent_to_who_came_later(cast) -> None:
    """A feed that heals sends old numbers once more: a seat takes none from before its snapshot."""
    host, begun = await inside(cast, "host")
    seq = await unheard(cast)
    listener, first = await inside(cast, "listener")
    assert begun["seq"] < seq <= first["seq"]
    assert (await host.event("hands.lowered"))["seq"] == seq
    assert (await listener.command("ping"))["type"] == "ack"
    assert not [frame for frame in listener.events if frame.get("seq", 0) and frame["seq"] <= first["seq"]]
    for client in (host, listener):
        await client.leave()


@sync_to_async
def unheard(cast) -> int:
    """An event that is committed and remembered, but that nobody heard; its number."""
    with transaction.atomic():
        seq = events.next_seq(room_id=cast.room.pk)
    text = events.frame(HandsLowered(), seq=seq, at=timezone.now())
    events.broker().rpush(recent_events_key(str(cast.room.pk)), text)
    return seq
