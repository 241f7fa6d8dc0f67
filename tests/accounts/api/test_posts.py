"""Posts by the API: the same rules, told as records."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Post, User
from accounts.services import blocks, follows
from tests.accounts.api.conftest import App
from tests.rooms.cast import full_cast

pytestmark = pytest.mark.django_db


def test_a_post_is_published_read_answered_liked_and_deleted(ana: User, bob: User, app_of: App, api: APIClient) -> None:
    follows.follow(actor=bob, person_id=ana.pk, now=timezone.now())
    sent = app_of(ana).post("/api/v1/posts/", {"text": "See 🎉 https://example.org/ and @bob"}, format="json")
    assert sent.status_code == 201
    post = sent.json()["data"]
    assert post["entities"] == [
        {"kind": "link", "start": 6, "end": 26, "url": "https://example.org/", "user_id": None},
        {"kind": "mention", "start": 31, "end": 35, "url": "", "user_id": str(bob.pk)},
    ]
    assert post["text"][6:26] == "https://example.org/"
    path = f"/api/v1/posts/{post['id']}/"
    assert api.get(path).json()["data"]["viewer"] == {"liked": None, "is_yours": False}
    assert app_of(bob).put(f"{path}likes/").status_code == 204
    assert [one["handle"] for one in api.get(f"{path}likes/").json()["data"]] == ["bob"]
    answer = app_of(bob).post(f"{path}replies/", {"text": "So it is"}, format="json").json()["data"]
    assert answer["reply_to_id"] == post["id"]
    assert [one["id"] for one in api.get(f"{path}replies/").json()["data"]] == [answer["id"]]
    told = app_of(bob).get("/api/v1/posts/").json()["data"]
    assert [(one["id"], one["like_count"], one["reply_count"], one["viewer"]["liked"]) for one in told] == [
        (post["id"], 1, 1, True)
    ]
    assert app_of(bob).delete(f"{path}likes/").status_code == 204
    assert app_of(bob).delete(path).status_code == 404
    assert app_of(ana).delete(path).status_code == 204
    assert not Post.objects.exists()


def test_pages_follow_their_tokens(ana: User, app_of: App, api: APIClient) -> None:
    for number in range(3):
        Post.objects.create(author=ana, text=f"{number}", created_at=timezone.now())
    for client, path in ((app_of(ana), "/api/v1/posts/"), (api, f"/api/v1/users/{ana.pk}/posts/")):
        first = client.get(path, {"max_results": 2}).json()
        rest = client.get(path, {"max_results": 2, "next_token": first["meta"]["next_token"]}).json()
        assert [one["text"] for one in first["data"] + rest["data"]] == ["2", "1", "0"]
        assert "next_token" not in rest["meta"]
        assert client.get(path, {"next_token": "nonsense"}).json()["code"] == "bad_page_token"


def test_refusals_name_the_field(ana: User, app_of: App, api: APIClient) -> None:
    empty = app_of(ana).post("/api/v1/posts/", {"text": " "}, format="json")
    assert (empty.status_code, empty.json()["code"], empty.json()["errors"][0]["pointer"]) == (
        400,
        "says_nothing",
        "/text",
    )
    long = app_of(ana).post("/api/v1/posts/", {"text": "x" * 501}, format="json").json()
    assert (long["code"], long["data"]) == ("text_too_long", {"length": 501, "most": 500})
    assert api.post("/api/v1/posts/", {"text": "Hello"}, format="json").status_code == 401


def test_a_key_publishes_once(ana: User, app_of: App) -> None:
    sent = [
        app_of(ana).post("/api/v1/posts/", {"text": "Once"}, format="json", headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert sent[0].json() == sent[1].json()
    assert Post.objects.count() == 1


def test_a_shared_room_is_told_as_it_is_now(app_of: App, api: APIClient) -> None:
    cast = full_cast()
    sent = app_of(cast.speaker).post("/api/v1/posts/", {"room": str(cast.room.pk)}, format="json").json()["data"]
    room = sent["room"]
    assert (room["id"], room["state"], room["host"]["handle"], room["listener_count"]) == (
        str(cast.room.pk),
        "live",
        "host",
        2,
    )
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=timezone.now())
    assert app_of(cast.stranger).get(f"/api/v1/posts/{sent['id']}/").json()["data"]["room"] is None
