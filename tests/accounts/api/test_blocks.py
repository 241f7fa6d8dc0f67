"""Blocking by API."""

from rest_framework.test import APIClient

from accounts.models import User
from tests.accounts.api.conftest import App


def test_block_list_and_unblock(app_of: App, ana: User, bob: User) -> None:
    app = app_of(ana)
    assert app.post(f"/api/v1/users/{bob.pk}/blocking/").status_code == 204
    listed = app.get("/api/v1/me/blocked/").json()
    assert [one["handle"] for one in listed["data"]] == ["bob"]
    assert app.get(f"/api/v1/users/{bob.pk}/").json()["data"]["viewer"]["blocking"] is True
    assert app.delete(f"/api/v1/users/{bob.pk}/blocking/").status_code == 204
    assert app.get("/api/v1/me/blocked/").json()["meta"]["result_count"] == 0


def test_threat_26_the_blocked_person_learns_nothing(app_of: App, ana: User, bob: User) -> None:
    app_of(ana).post(f"/api/v1/users/{bob.pk}/blocking/")
    seen = app_of(bob)
    assert seen.get(f"/api/v1/users/{ana.pk}/").json()["data"]["viewer"]["blocking"] is False
    refused = seen.post(f"/api/v1/users/{ana.pk}/following/")
    assert (refused.status_code, refused.json()["code"]) == (403, "cannot_follow")


def test_nobody_and_guests_have_no_list(api: APIClient, app_of: App, guest: User, ana: User) -> None:
    assert api.get("/api/v1/me/blocked/").status_code == 401
    for who in (api, app_of(guest)):
        assert who.post(f"/api/v1/users/{ana.pk}/blocking/").status_code == 401
