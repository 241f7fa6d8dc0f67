"""A guest signs in while they listen: the room stays open and the sound goes on, under their name."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import signup
from rooms.models import Participant, Role
from rooms.services import entry, playback
from tests.rooms.cast import NOW, Cast, come_in, later, open_room, place_of

PASSWORD = "a sentence works well"


@pytest.fixture
def cast(transactional_cast: Cast) -> Cast:
    """What is told on commit must happen."""
    return transactional_cast


def account(handle: str) -> User:
    """Somebody who can sign in."""
    return signup.create_person(
        handle=handle,
        display_name=handle.title(),
        email=f"{handle}@example.org",
        password=PASSWORD,
        now=NOW,
        email_verified=True,
    )


def guest_place(client: Client, cast: Cast) -> Participant:
    """Press Listen without an account; the place taken."""
    client.post(f"/rooms/{cast.room.pk}/listen/", {"device": "tab-1"})
    guest = User.objects.get(pk=client.session["_auth_user_id"])
    assert guest.is_guest
    return place_of(guest, cast.room)


def sign_in(client: Client, person: User) -> Any:
    """By the form, as a browser does."""
    room_page = client.post("/accounts/login/", {"login": person.handle, "password": PASSWORD})
    assert room_page.status_code == 302
    return room_page


def test_the_same_place_is_now_the_persons(client: Client, cast: Cast) -> None:
    before = guest_place(client, cast)
    maya = account("maya")
    sign_in(client, maya)
    after = place_of(maya, cast.room)
    assert (after.pk, after.device, after.left_at) == (before.pk, "tab-1", None)
    assert not Participant.objects.filter(person=before.person).exists()
    assert after.session == client.session.session_key, "signing out ends it"
    page = client.get(f"/rooms/{cast.room.pk}/")
    assert b"data-joined" in page.content


def test_a_running_stream_is_not_told_to_end(client: Client, cast: Cast) -> None:
    before = guest_place(client, cast)
    sign_in(client, account("maya"))
    standing = playback.standing_of(room_ids=[str(cast.room.pk)], since=NOW)[str(cast.room.pk)]
    assert str(before.pk) not in standing.gone


def test_joining_by_mail_code_keeps_the_place_too(client: Client, cast: Cast, mailoutbox: Any) -> None:
    before = guest_place(client, cast)
    asked = {"display_name": "Maya", "username": "maya", "email": "maya@example.org", "password1": PASSWORD}
    client.post("/accounts/signup/", asked)
    assert place_of(before.person, cast.room).left_at is None
    code = mailoutbox[0].body.split("\n    ")[1].split()[0]
    client.post("/accounts/confirm-email/", {"code": code})
    assert place_of(User.objects.get(handle="maya"), cast.room).pk == before.pk


def test_who_was_here_before_comes_back_to_their_own_place(client: Client, cast: Cast) -> None:
    maya = account("maya")
    own = come_in(maya, cast.room)
    entry.leave_room(actor=maya, room_id=cast.room.pk, now=later(5))
    before = guest_place(client, cast)
    sign_in(client, maya)
    after = place_of(maya, cast.room)
    assert (after.pk, after.device, after.left_at) == (own.pk, "tab-1", None)
    before.refresh_from_db()
    assert before.left_at is not None


def test_a_host_who_listened_as_a_guest_is_host_again(client: Client, cast: Cast) -> None:
    maya = account("maya")
    User.objects.filter(pk=maya.pk).update(follower_count=600)
    maya.refresh_from_db()
    room = open_room(maya)
    entry.leave_room(actor=maya, room_id=room.pk, now=later(5))
    client.post(f"/rooms/{room.pk}/listen/", {"device": "tab-1"})
    sign_in(client, maya)
    assert place_of(maya, room).role in (Role.HOST, Role.CO_HOST)


def test_a_suspended_person_takes_no_place_over(client: Client, cast: Cast) -> None:
    before = guest_place(client, cast)
    maya = account("maya")
    User.objects.filter(pk=maya.pk).update(is_active=False)
    entry.hand_places_over(guest_id=before.person_id, person_id=maya.pk, session="s", now=later(9))
    assert not Participant.objects.filter(person=maya).exists()
    before.refresh_from_db()
    assert before.left_at == later(9)
