"""Rooms in posts and messages: an address becomes a card, and the card is the room as it is now, for whoever looks."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Post, User
from accounts.queries import posts as queries
from accounts.queries.posts import Page
from accounts.queries.shared import SharedRoom
from accounts.services import blocks, follows, posts, wording
from accounts.services.wording import Draft
from rooms.models import Room
from rooms.services import lifecycle
from tests.rooms.cast import NOW, Cast, full_cast

pytestmark = pytest.mark.django_db
HOST = "spaces.example"


@pytest.fixture
def cast() -> Cast:
    """A live room with its people."""
    return full_cast()


def say(author: User, text: str, **more: Any) -> Post:
    post_id = posts.publish(actor=author, draft=Draft(text, host=HOST, **more), now=NOW)
    return Post.objects.get(pk=post_id)


def card_for(viewer: User, post: Post) -> SharedRoom | None:
    return queries.one_post(post_id=post.pk, viewer=viewer, now=NOW).room


def test_the_address_of_a_room_becomes_its_card(cast: Cast) -> None:
    post = say(cast.listener, f"Come and hear https://{HOST}/rooms/{cast.room.pk}/ now")
    assert (post.text, post.room_id) == ("Come and hear now", cast.room.pk)
    card = card_for(cast.stranger, post)
    assert card is not None
    assert (card.state, card.title, card.host, card.listeners) == ("live", cast.room.title, cast.host, 2)
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=NOW)
    ended = card_for(cast.stranger, post)
    assert ended is not None
    assert ended.state == "ended"


def test_an_official_room_is_one_on_its_card_as_well(cast: Cast, client: Client) -> None:
    post = say(cast.listener, f"https://{HOST}/rooms/{cast.room.pk}/")
    client.force_login(cast.stranger)

    def told() -> tuple[bool, bool]:
        page = client.get(f"/posts/{post.pk}/").content.decode()
        return "Official" in page, client.get(f"/api/v1/posts/{post.pk}/").json()["data"]["room"]["is_official"]

    assert told() == (False, False)
    Room.objects.filter(pk=cast.room.pk).update(is_official=True)
    assert told() == (True, True)


def test_an_address_alone_is_a_post(cast: Cast) -> None:
    post = say(cast.listener, f"http://{HOST}/rooms/{cast.room.pk}/")
    assert (post.text, post.room_id) == ("", cast.room.pk)


@pytest.mark.parametrize("address", ["https://spaces.example/rooms/{room}", "http://Spaces.Example/rooms/{room}/"])
def test_an_address_as_people_type_it_becomes_its_card_too(cast: Cast, address: str) -> None:
    post = say(cast.listener, address.format(room=cast.room.pk))
    assert (post.text, post.room_id) == ("", cast.room.pk)


def test_an_invitation_keeps_its_address_beside_the_card(cast: Cast) -> None:
    address = f"https://{HOST}/rooms/{cast.room.pk}/?key=secret"
    post = say(cast.listener, address)
    assert (post.text, post.room_id) == (address, cast.room.pk)


@pytest.mark.parametrize(
    "address",
    ["https://elsewhere.example/rooms/{room}/", "https://spaces.example/@ana/", "https://spaces.example/rooms/no/"],
)
def test_other_addresses_stay_words(cast: Cast, address: str) -> None:
    text = address.format(room=cast.room.pk)
    post = say(cast.listener, text)
    assert (post.text, post.room_id) == (text, None)


def test_a_room_that_one_may_not_know_of_is_shared_by_nobody_and_shown_to_nobody(cast: Cast) -> None:
    post = say(cast.listener, "Come", room_id=cast.room.pk)
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=NOW)
    assert card_for(cast.stranger, post) is None
    with pytest.raises(wording.NoRoomToShare):
        say(cast.stranger, "Come", room_id=cast.room.pk)
    text = f"https://{HOST}/rooms/{cast.room.pk}/"
    assert say(cast.stranger, text).room_id is None
    with pytest.raises(wording.NoRoomToShare):
        say(cast.listener, "Come", room_id=uuid4())


def test_an_open_page_gets_the_card_anew_or_nothing(cast: Cast) -> None:
    path = f"/rooms/{cast.room.pk}/card/"
    assert "Live" in Client().get(path).content.decode()
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=NOW)
    ended = Client().get(path).content.decode()
    assert "This room has ended." in ended
    assert "hx-get" not in ended
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=NOW)
    browser = Client()
    browser.force_login(cast.stranger)
    for gone in (browser.get(path), Client().get(f"/rooms/{uuid4()}/card/")):
        assert (gone.status_code, gone.content) == (200, b"")


def test_many_cards_cost_no_more_queries_than_one(cast: Cast, django_assert_max_num_queries: Any) -> None:
    follows.follow(actor=cast.stranger, person_id=cast.listener.pk, now=NOW)
    for number in range(6):
        say(cast.listener, f"@host {number}", room_id=cast.room.pk)
    with django_assert_max_num_queries(6):
        told = queries.feed(viewer=cast.stranger, page=Page(), now=NOW)
    assert all(record.room is not None for record in told.posts)
