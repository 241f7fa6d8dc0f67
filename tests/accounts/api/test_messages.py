"""Direct messages by the API."""

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services import blocks, follows
from tests.accounts.api.conftest import App

pytestmark = pytest.mark.django_db


def test_a_conversation_from_request_to_deletion(ana: User, bob: User, app_of: App) -> None:
    as_ana, as_bob = app_of(ana), app_of(bob)
    to_bob, to_ana = f"/api/v1/messages/{bob.pk}/", f"/api/v1/messages/{ana.pk}/"
    sent = as_ana.post(to_bob, {"text": "Hello"}, format="json")
    assert sent.status_code == 201
    assert sent.json()["data"]["sender_id"] == str(ana.pk)
    waiting = as_bob.get("/api/v1/messages/", {"box": "requests"}).json()
    assert waiting["meta"] == {"result_count": 1, "unread_conversations": 0, "waiting_requests": 1}
    assert (waiting["data"][0]["user"]["handle"], waiting["data"][0]["unread_count"]) == ("ana", 1)
    assert as_bob.get(to_ana).json()["meta"]["box"] == "request"
    assert as_bob.put(f"{to_ana}accepted/").status_code == 204
    assert as_bob.get("/api/v1/messages/").json()["meta"]["unread_conversations"] == 1
    assert as_bob.put(f"{to_ana}read/").status_code == 204
    assert as_bob.get("/api/v1/messages/").json()["meta"]["unread_conversations"] == 0
    told = as_bob.get(to_ana).json()
    assert ([one["text"] for one in told["data"]], told["meta"]["refusal"]) == (["Hello"], "")
    message = f"{to_bob}{sent.json()['data']['id']}/"
    assert as_bob.delete(message).status_code == 404
    assert as_ana.delete(message).status_code == 204
    as_bob.post(to_ana, {"text": "Hello you"}, format="json")
    assert as_ana.delete(to_bob).status_code == 204
    assert as_ana.get(to_bob).json()["data"] == []
    assert len(as_bob.get(to_ana).json()["data"]) == 1


def test_refusals_have_their_codes(ana: User, bob: User, app_of: App) -> None:
    path = f"/api/v1/messages/{bob.pk}/"
    as_ana = app_of(ana)
    for _ in range(3):
        as_ana.post(path, {"text": "Hello"}, format="json")
    refused = as_ana.post(path, {"text": "Hello"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "wait_for_answer")
    assert as_ana.get(path).json()["meta"]["refusal"] == "wait_for_answer"
    blocks.block_person(actor=bob, person_id=ana.pk, now=timezone.now())
    refused = as_ana.post(path, {"text": "Hello"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "cannot_write")
    assert as_ana.post(f"/api/v1/messages/{ana.pk}/", {"text": "Hello"}, format="json").status_code == 400


def test_pages_go_back_in_time(ana: User, bob: User, app_of: App) -> None:
    follows.follow(actor=bob, person_id=ana.pk, now=timezone.now())
    path = f"/api/v1/messages/{bob.pk}/"
    for number in range(3):
        app_of(ana).post(path, {"text": f"{number}"}, format="json")
    newest = app_of(ana).get(path, {"max_results": 2}).json()
    assert [one["text"] for one in newest["data"]] == ["1", "2"]
    before = app_of(ana).get(path, {"max_results": 2, "next_token": newest["meta"]["next_token"]}).json()
    assert [one["text"] for one in before["data"]] == ["0"]


def test_guests_have_no_messages(guest: User, ana: User, app_of: App) -> None:
    for path in ("/api/v1/messages/", f"/api/v1/messages/{ana.pk}/"):
        assert app_of(guest).get(path).status_code == 401
