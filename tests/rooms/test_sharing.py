"""Passing rooms on: who may, by which address, and that arrivals are counted and nothing else."""

import io
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from rest_framework.test import APIClient

from accounts.models import Message, Post, User
from accounts.services import blocks, follows
from accounts.services.access import AccountSuspended, SignInFirst
from rooms import refusals
from rooms.models import Participant, Removal, Role, Room, ShareLink
from rooms.queries import qr_codes
from rooms.queries.room_page import room_page
from rooms.queries.sharing import sharing
from rooms.services import entry, lifecycle, removals, share_links
from spaces_site.errors import DomainError
from tests.rooms.cast import NOW, Cast, come_in, later, person
from tests.rooms.test_concurrency import at_once

pytestmark = pytest.mark.django_db


def browser(who: User | None = None) -> Client:
    client = Client()
    if who is not None:
        client.force_login(who)
    return client


def token_of(who: User, room: Room) -> str:
    share_links.make(actor=who, room_id=room.pk)
    return ShareLink.objects.get(room=room, sharer=who).token


def came(who: User, room: Room) -> int:
    return ShareLink.objects.get(room=room, sharer=who).came


def join(who: User, room: Room, token: str, **more: Any) -> None:
    entry.join_room(actor=who, room_id=room.pk, device=f"{who.handle}-1", share=token, now=NOW, **more)


def test_an_address_is_made_once_and_says_nothing_about_its_sharer(cast: Cast) -> None:
    token = token_of(cast.listener, cast.room)
    assert token_of(cast.listener, cast.room) == token
    assert token_of(cast.speaker, cast.room) != token
    assert len(token) == 8
    assert sharing(room_id=cast.room.pk, viewer=cast.listener).path == f"/rooms/{cast.room.pk}/?s={token}"


def test_who_comes_by_an_address_is_counted_once_and_kept_nowhere(cast: Cast) -> None:
    token, friend = token_of(cast.listener, cast.room), person("friend")
    with CaptureQueriesContext(connection) as queries:
        join(friend, cast.room, token)
    written = [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "UPDATE"))]
    naming = [sql for sql in written if token in sql or "sharelink" in sql.lower()]
    assert len(naming) == 1, "one number grows, no row is added"
    assert str(friend.pk).replace("-", "") not in naming[0].split(" WHERE ")[0].replace("-", "")
    assert came(cast.listener, cast.room) == 1
    entry.leave_room(actor=friend, room_id=cast.room.pk, now=later(1))
    join(friend, cast.room, token)
    join(friend, cast.room, token)
    assert came(cast.listener, cast.room) == 1
    join(guest_named("guest_2"), cast.room, token)
    assert came(cast.listener, cast.room) == 2


def guest_named(handle: str) -> User:
    return User.objects.create(handle=handle, display_name="Guest", is_guest=True)


def test_nobody_counts_themselves_nor_by_a_token_of_another_room(cast: Cast) -> None:
    host = person("other_host", follower_count=600)
    other = lifecycle.open_room(creator=host, title="Another one", now=NOW)
    mine, theirs = token_of(cast.stranger, cast.room), token_of(host, other)
    join(cast.stranger, cast.room, mine)
    join(person("friend"), cast.room, theirs)
    join(person("friend_too"), cast.room, "nothing")
    assert (came(cast.stranger, cast.room), came(host, other)) == (0, 0)


def test_somebody_who_is_not_let_in_is_not_counted(cast: Cast) -> None:
    token, friend = token_of(cast.listener, cast.room), person("friend")
    Room.objects.filter(pk=cast.room.pk).update(needs_pass=True)
    with pytest.raises(refusals.NeedsTicket):
        join(friend, cast.room, token)
    assert came(cast.listener, cast.room) == 0


def test_who_comes_hidden_is_in_no_number(cast: Cast) -> None:
    """A link that was sent to one friend would tell on them."""
    token, friend = token_of(cast.listener, cast.room), person("friend")
    join(friend, cast.room, token, hidden=True)
    assert Participant.objects.filter(room=cast.room, person=friend).exists()
    assert came(cast.listener, cast.room) == 0
    join(person("friend_too"), cast.room, token, hidden=False)
    assert came(cast.listener, cast.room) == 1


def test_the_host_sees_the_sum_and_others_their_own(cast: Cast) -> None:
    for sharer, handles in ((cast.listener, ("a1", "a2")), (cast.speaker, ("b1",))):
        for handle in handles:
            join(person(handle), cast.room, token_of(sharer, cast.room))
    host, listener, stranger = (
        sharing(room_id=cast.room.pk, viewer=one) for one in (cast.host, cast.listener, cast.stranger)
    )
    assert (host.came, host.came_in_all) == (0, 3)
    assert (listener.came, listener.came_in_all) == (2, None)
    assert (stranger.token, stranger.came_in_all) == ("", None)
    Participant.objects.filter(pk=cast.speaker_place.pk).update(role=Role.CO_HOST)
    assert sharing(room_id=cast.room.pk, viewer=cast.speaker).came_in_all == 3


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("blocked", refusals.NoSuchRoom),
        ("removed", refusals.PutOut),
        ("guest", SignInFirst),
        ("suspended", AccountSuspended),
        ("late", refusals.RoomEnded),
    ],
)
def test_who_gets_no_address_of_their_own(cast: Cast, who: str, refusal: type[Exception]) -> None:
    sharer = cast.guest if who == "guest" else person(who)
    if who == "blocked":
        blocks.block_person(actor=cast.host, person_id=sharer.pk, now=NOW)
    elif who == "removed":
        removals.remove_person(
            actor=cast.host, room_id=cast.room.pk, participant_id=come_in(sharer, cast.room).pk, now=NOW
        )
    elif who == "suspended":
        User.objects.filter(pk=sharer.pk).update(is_active=False)
        sharer.refresh_from_db()
    elif who == "late":
        lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(1))
    with pytest.raises(refusal):
        share_links.make(actor=sharer, room_id=cast.room.pk)
    assert not ShareLink.objects.exists()


def test_the_page_offers_an_address_of_ones_own_to_whoever_gets_one(cast: Cast) -> None:
    coming = lifecycle.schedule_room(
        creator=cast.host, title="Next week, same place", scheduled_start=later(86_400), now=NOW
    )
    removals.remove_person(actor=cast.host, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)
    Removal.objects.create(room=coming, person=cast.speaker, removed_at=NOW, by=cast.host)
    for room in (cast.room, coming):
        for viewer in (cast.host, cast.listener, cast.stranger, cast.speaker):
            page = room_page(room_id=room.pk, viewer=viewer, now=NOW)
            assert page.may_share == gets_one(viewer, room), (viewer.handle, room.state)
    assert not room_page(room_id=cast.room.pk, viewer=cast.guest, now=NOW).may_share
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(60))
    assert not room_page(room_id=cast.room.pk, viewer=cast.listener, now=later(60)).may_share


def test_the_page_reads_once_who_was_removed_and_keeps_to_its_queries(cast: Cast) -> None:
    Room.objects.filter(pk=cast.room.pk).update(needs_pass=True, entry_approval=True)
    with CaptureQueriesContext(connection) as queries:
        room_page(room_id=cast.room.pk, viewer=cast.listener, now=NOW)
    assert sum("rooms_removal" in one["sql"] for one in queries) == 1
    assert len(queries) <= 15


def gets_one(who: User, room: Room) -> bool:
    try:
        share_links.make(actor=who, room_id=room.pk)
    except DomainError:
        return False
    return True


def test_the_door_carries_the_token_through_without_a_script(cast: Cast) -> None:
    token = token_of(cast.listener, cast.room)
    client = browser(cast.stranger)
    door = client.get(f"/rooms/{cast.room.pk}/?s={token}").content.decode()
    assert f'name="share" value="{token}"' in door
    client.post(f"/rooms/{cast.room.pk}/listen/", {"share": token})
    assert came(cast.listener, cast.room) == 1
    assert Participant.objects.filter(person=cast.stranger).exists()


@pytest.mark.parametrize("bad", ["<b>", "x" * 17, "a b", "é"])
def test_a_damaged_token_keeps_nobody_out(cast: Cast, bad: str) -> None:
    client = browser(cast.stranger)
    assert 'name="share"' not in client.get(f"/rooms/{cast.room.pk}/", {"s": bad}).content.decode()
    assert client.post(f"/rooms/{cast.room.pk}/listen/", {"share": bad}).status_code == 302
    assert client.get(f"/rooms/{cast.room.pk}/qr.svg", {"s": bad}).status_code == 200


def test_the_page_has_all_ways_without_a_script(cast: Cast) -> None:
    client, path = browser(cast.listener), f"/rooms/{cast.room.pk}/share/"
    assert f'action="{path}"' in client.get(f"/rooms/{cast.room.pk}/").content.decode()
    assert client.post(path)["Location"] == path
    token = ShareLink.objects.get(sharer=cast.listener).token
    shown = client.get(path).content.decode()
    assert f"http://testserver/rooms/{cast.room.pk}/?s={token}" in shown
    assert f"/posts/new/?room={cast.room.pk}&amp;share={token}" in shown
    assert f"/messages/new/?room={cast.room.pk}&amp;share={token}" in shown
    assert f"/rooms/{cast.room.pk}/qr.svg?s={token}" in shown
    assert "0 people came by your link" in shown
    assert "everybody’s links" not in shown
    assert "everybody’s links" in browser(cast.host).get(path).content.decode()


def test_visitors_have_the_page_with_the_plain_address(cast: Cast) -> None:
    shown = browser().get(f"/rooms/{cast.room.pk}/share/").content.decode()
    assert f'value="http://testserver/rooms/{cast.room.pk}/"' in shown
    assert "/posts/new/" not in shown
    assert browser().post(f"/rooms/{cast.room.pk}/share/")["Location"].startswith("/accounts/login/")


def test_a_room_to_come_can_be_put_into_a_calendar_from_there(cast: Cast) -> None:
    start = NOW + timedelta(days=2)
    room = lifecycle.schedule_room(creator=cast.host, title="Tomorrow", scheduled_start=start, now=NOW)
    assert f"/rooms/{room.pk}/calendar.ics" in browser(cast.host).get(f"/rooms/{room.pk}/share/").content.decode()


def test_to_the_blocked_there_is_nothing_to_share(cast: Cast) -> None:
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=NOW)
    client = browser(cast.stranger)
    for path in ("share/", "qr.svg", "qr.png"):
        assert client.get(f"/rooms/{cast.room.pk}/{path}").status_code == 404, path
    assert client.post(f"/rooms/{cast.room.pk}/share/").status_code == 404


def test_the_qr_code_is_a_picture_of_the_address(cast: Cast) -> None:
    client = browser(cast.listener)
    svg = client.get(f"/rooms/{cast.room.pk}/qr.svg?s=abc")
    assert svg["Content-Type"] == "image/svg+xml"
    assert svg.content == qr_codes.picture(url=f"http://testserver/rooms/{cast.room.pk}/?s=abc", kind="svg")
    assert svg.content != client.get(f"/rooms/{cast.room.pk}/qr.svg").content, "the token is in the picture"
    png = Image.open(io.BytesIO(client.get(f"/rooms/{cast.room.pk}/qr.png?s=abc").content))
    assert png.format == "PNG"
    assert png.width == png.height >= 8 * 29


def test_posts_and_messages_bring_the_token_along(cast: Cast) -> None:
    client = browser(cast.listener)
    follows.follow(actor=cast.speaker, person_id=cast.listener.pk, now=NOW)
    token = token_of(cast.listener, cast.room)
    carried = f"room={cast.room.pk}&share={token}"
    assert f'value="{token}"' in client.get(f"/posts/new/?{carried}").content.decode()
    chosen = client.get(f"/messages/new/?{carried}").content.decode()
    assert f"/messages/@speaker/?{carried.replace('&', '&amp;')}" in chosen
    client.post("/posts/new/", {"text": "Come", "room": cast.room.pk, "share": token})
    client.post("/messages/@speaker/", {"text": "Come", "room": cast.room.pk, "share": token})
    assert {Post.objects.get().share, Message.objects.get().share} == {token}
    link = f'href="/rooms/{cast.room.pk}/?s={token}"'
    assert link in client.get("/posts/").content.decode()
    assert link in browser(cast.speaker).get("/messages/@listener/").content.decode()
    card = client.get(f"/rooms/{cast.room.pk}/card/?s={token}").content.decode()
    assert link in card, "the card that looks again keeps it"


def test_an_address_that_is_pasted_becomes_a_card_with_its_token(cast: Cast) -> None:
    token = token_of(cast.listener, cast.room)
    address = f"http://testserver/rooms/{cast.room.pk}/?s={token}"
    browser(cast.listener).post("/posts/new/", {"text": f"Come: {address}"})
    post = Post.objects.get()
    assert (post.text, post.room_id, post.share) == ("Come:", cast.room.pk, token)


def test_by_the_api(cast: Cast) -> None:
    client = APIClient()
    client.force_login(cast.listener)
    path = f"/api/v1/rooms/{cast.room.pk}/share-link/"
    before = client.get(path).json()["data"]
    assert (before["token"], before["url"]) == ("", f"http://testserver/rooms/{cast.room.pk}/")
    made = client.put(path).json()["data"]
    assert parse_qs(urlsplit(made["url"]).query)["s"] == [made["token"]]
    friend = APIClient()
    friend.force_login(cast.stranger)
    answer = friend.post(f"/api/v1/rooms/{cast.room.pk}/join/", {"share": made["token"]}, format="json")
    assert answer.status_code == 200
    assert client.get(path).json()["data"]["came"] == 1
    assert friend.post(f"/api/v1/rooms/{cast.room.pk}/join/", {"share": "a b"}, format="json").status_code == 400
    posted = client.post("/api/v1/posts/", {"room": str(cast.room.pk), "share": made["token"]}, format="json")
    assert client.get(f"/api/v1/posts/{posted.json()['data']['id']}/").json()["data"]["room"]["share"] == made["token"]


def test_staff_see_the_numbers(cast: Cast, admin_client: Client) -> None:
    join(person("friend"), cast.room, token_of(cast.listener, cast.room))
    shown = admin_client.get(f"/admin/rooms/room/{cast.room.pk}/change/").content.decode()
    assert "Shared links" in shown
    assert "<p>1</p>" in shown


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_address_and_are_all_counted(transactional_cast: Cast) -> None:
    cast = transactional_cast
    made = at_once(*(lambda: share_links.make(actor=cast.listener, room_id=cast.room.pk) for _ in range(4)))
    assert made == [None] * 4
    token = ShareLink.objects.get(room=cast.room).token
    friends = [person(f"friend_{index}") for index in range(4)]
    # Each of them twice, as a browser does whose first try hangs.
    at_once(*(lambda one=one: join(one, cast.room, token) for one in [*friends, *friends]))
    assert came(cast.listener, cast.room) == 4
