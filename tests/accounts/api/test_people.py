"""People by API: look-ups, follows, lists, own profile, picture, devices."""

import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image
from rest_framework.test import APIClient

from accounts.models import DeviceToken, User
from accounts.services.follows import follow
from tests.accounts.api.conftest import App
from tests.accounts.conftest import NOW, MakePerson

ID = "0b0f7a0e-6a55-4b5e-9d53-3a1f3d6a7c11"


def test_person_by_id_and_handle(api: APIClient, ana: User) -> None:
    by_id = api.get(f"/api/v1/users/{ana.pk}/").json()["data"]
    assert by_id == api.get("/api/v1/users/by/handle/ANA/").json()["data"]
    assert by_id["viewer"] == {"following": None, "blocking": False, "is_you": False}
    assert "email" not in by_id
    looked_up = api.get("/api/v1/users/", {"ids": f"{ana.pk},{uuid4()}"}).json()
    assert [one["handle"] for one in looked_up["data"]] == ["ana"]


def test_guests_suspended_and_unknown_are_404_alike(api: APIClient, guest: User, make_person: MakePerson) -> None:
    gone = make_person("gone", is_active=False)
    for person_id in (guest.pk, gone.pk, uuid4()):
        for path in ("", "followers/", "following/"):
            assert api.get(f"/api/v1/users/{person_id}/{path}").status_code == 404


@pytest.mark.parametrize("ids", ["", "x", ",".join(["0b0f7a0e-6a55-4b5e-9d53-3a1f3d6a7c11"] * 101)])
def test_wrong_ids_are_400(api: APIClient, db: None, ids: str) -> None:
    assert api.get("/api/v1/users/", {"ids": ids}).status_code == 400


def test_follow_and_unfollow(app_of: App, ana: User, bob: User) -> None:
    app = app_of(bob)
    followed = app.post(f"/api/v1/users/{ana.pk}/following/").json()["data"]
    assert (followed["follower_count"], followed["viewer"]["following"]) == (1, True)
    assert app.post(f"/api/v1/users/{ana.pk}/following/").json()["data"]["follower_count"] == 1
    assert app.delete(f"/api/v1/users/{ana.pk}/following/").status_code == 204
    assert app.post(f"/api/v1/users/{bob.pk}/following/").json()["code"] == "follow_yourself"


def test_lists_by_cursor(api: APIClient, ana: User, make_person: MakePerson) -> None:
    for number in range(5):
        follow(actor=make_person(f"fan_{number}"), person_id=ana.pk, now=NOW)
    seen: list[str] = []
    query: dict[str, Any] = {"max_results": 2}
    while True:
        page = api.get(f"/api/v1/users/{ana.pk}/followers/", query).json()
        seen += [one["handle"] for one in page["data"]]
        if "next_token" not in page["meta"]:
            break
        query["next_token"] = page["meta"]["next_token"]
    assert seen == ["fan_4", "fan_3", "fan_2", "fan_1", "fan_0"]


@pytest.mark.parametrize(
    "query", [{"max_results": "0"}, {"max_results": "101"}, {"next_token": "x"}, {"next_token": "-1"}]
)
def test_wrong_cursors_are_400(api: APIClient, ana: User, query: dict[str, str]) -> None:
    assert api.get(f"/api/v1/users/{ana.pk}/followers/", query).status_code == 400


def test_profile_is_changed_by_version(app_of: App, ana: User) -> None:
    app = app_of(ana)
    tag = app.get("/api/v1/me/")["ETag"]
    assert app.patch("/api/v1/me/", {"bio": "x"}).status_code == 428
    changed = app.patch("/api/v1/me/", {"name": "Ana M.", "time_zone": "Europe/Paris"}, headers={"If-Match": tag})
    assert (changed.json()["data"]["name"], changed.json()["data"]["time_zone"]) == ("Ana M.", "Europe/Paris")
    assert app.patch("/api/v1/me/", {"bio": "late"}, headers={"If-Match": tag}).status_code == 412
    ana.refresh_from_db()
    assert ana.bio == ""


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"name": "\u202e"}, "/name"), ({"time_zone": "Mars/Base"}, "/time_zone"), ({"bio": "x" * 301}, "/bio"),
     ({"language": "xx"}, "/language"), ({"appearance": "PINK"}, "/appearance"), ({"bio": "a\0b"}, "/bio")],
)  # fmt: skip
def test_wrong_fields_are_pointed_at(app_of: App, ana: User, change: dict[str, str], pointer: str) -> None:
    answer = app_of(ana).patch("/api/v1/me/", change, headers={"If-Match": "*"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("how", ["body", "part"])
def test_picture_is_set_served_and_removed(app_of: App, ana: User, how: str) -> None:
    app, out = app_of(ana), io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG")
    if how == "body":
        answer = app.generic("PUT", "/api/v1/me/avatar/", out.getvalue(), content_type="image/png")  # type: ignore[arg-type]
    else:
        out.seek(0)
        answer = app.put("/api/v1/me/avatar/", {"avatar": out}, format="multipart")
    address = answer.json()["data"]["avatar"]
    served = app.get(address)
    assert served["Content-Type"] == "image/webp"
    assert "immutable" in served["Cache-Control"]
    assert b"".join(served.streaming_content)[8:12] == b"WEBP"  # type: ignore[attr-defined]
    assert app.delete("/api/v1/me/avatar/").status_code == 204
    assert app.get(address).status_code == 404
    drawn = app.get(app.get("/api/v1/me/").json()["data"]["avatar"])
    assert drawn["Content-Type"] == "image/svg+xml"


def test_bad_picture_says_so(app_of: App, ana: User) -> None:
    answer = app_of(ana).generic("PUT", "/api/v1/me/avatar/", b"<svg/>", content_type="image/png")  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_picture")


def test_devices_are_listed_and_revoked(app_of: App, ana: User, bob: User) -> None:
    phone, tablet = app_of(ana), app_of(ana)
    listed = phone.get("/api/v1/devices/").json()["data"]
    assert [one["is_current"] for one in listed] == [True, False]
    assert app_of(bob).delete(f"/api/v1/devices/{listed[1]['id']}/").status_code == 404
    assert phone.delete(f"/api/v1/devices/{listed[1]['id']}/").status_code == 204
    assert tablet.get("/api/v1/me/").status_code == 401
    app_of(ana)
    assert phone.delete("/api/v1/devices/").status_code == 204
    assert DeviceToken.objects.filter(person=ana).count() == 1
    assert phone.get("/api/v1/me/").status_code == 200


@pytest.mark.parametrize(
    "device",
    ["x", "session:x", "session:" + "9" * 30, "device:x", f"device:{UUID(int=7)}", "session:²"],
)
def test_no_such_device(app_of: App, ana: User, device: str) -> None:
    assert app_of(ana).delete(f"/api/v1/devices/{device}/").status_code == 404


@pytest.mark.parametrize("path", ["me/", "devices/"])
def test_visitors_get_401(api: APIClient, db: None, path: str) -> None:
    assert api.get(f"/api/v1/{path}").status_code == 401


@pytest.mark.usefixtures("ana")
def test_browser_sessions_stand_in_the_same_list(client: Any, ana: User, app_of: App) -> None:
    client.force_login(ana)
    client.get("/settings/devices/", headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    app = app_of(ana)
    listed = app.get("/api/v1/devices/").json()["data"]
    assert {one["kind"] for one in listed} == {"app", "browser"}
    browser = next(one for one in listed if one["kind"] == "browser")
    assert browser["name"] == "Firefox, Linux"
    assert app.delete(f"/api/v1/devices/{browser['id']}/").status_code == 204
    assert client.get("/settings/devices/").status_code == 302
