"""Pinned posts by the API: what a client sends and gets."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Post
from accounts.services import posts
from accounts.services.wording import Draft
from tests.rooms.cast import NOW, Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def host(transactional_cast: Cast) -> APIClient:
    client = APIClient()
    client.force_login(transactional_cast.host)
    return client


def test_a_post_is_pinned_moved_and_taken_down(host: APIClient, transactional_cast: Cast) -> None:
    cast = transactional_cast
    path = f"/api/v1/rooms/{cast.room.pk}/pins/"
    told = posts.publish(actor=cast.speaker, draft=Draft("See https://example.org/tides"), now=NOW)
    first = host.post(path, {"link": f"http://testserver/posts/{told}/"}, format="json").json()["data"]["id"]
    second = host.post(path, {"text": "Questions here"}, format="json").json()["data"]["id"]
    listed = host.get(path)
    assert [one["id"] for one in listed.json()["data"]] == [second, first]
    assert listed.json()["data"][1]["post"]["entities"][0]["url"] == "https://example.org/tides"
    tag = listed.headers["ETag"]
    assert host.patch(f"{path}{first}/", {"place": 0}, format="json").status_code == 428
    assert host.patch(f"{path}{first}/", {"place": 0}, format="json", headers={"If-Match": tag}).status_code == 204
    stale = host.patch(f"{path}{first}/", {"place": 1}, format="json", headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    assert host.delete(f"{path}{second}/").status_code == 204
    assert [one["id"] for one in APIClient().get(path).json()["data"]] == [first]


def test_a_repeated_request_posts_and_pins_once(host: APIClient, transactional_cast: Cast) -> None:
    path, again = f"/api/v1/rooms/{transactional_cast.room.pk}/pins/", {"Idempotency-Key": "k1"}
    made = [host.post(path, {"text": "Once"}, format="json", headers=again).json() for _ in range(2)]
    assert made[0] == made[1]
    assert Post.objects.filter(text="Once").count() == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "pin_one_thing"),
        ({"text": "x", "link": "y"}, "pin_one_thing"),
        ({"link": "https://example.org/"}, "no_post_there"),
        ({"text": " "}, "invalid"),
        ({"text": "x" * 501}, "text_too_long"),
    ],
)
def test_what_cannot_be_pinned_is_said(host: APIClient, transactional_cast: Cast, body: dict, code: str) -> None:
    answer = host.post(f"/api/v1/rooms/{transactional_cast.room.pk}/pins/", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
