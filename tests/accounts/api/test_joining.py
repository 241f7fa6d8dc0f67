"""Joining from an app: sign up, prove the address by the code in the mail, sign in, and be rid of it all again."""

import json
import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from rest_framework.test import APIClient

from accounts.models import DeviceToken, User
from tests.accounts.conftest import PASSWORD

AUTH = "/_allauth/app/v1/auth"
NEW = {"username": "ana", "email": "ana@example.org", "password": PASSWORD, "display_name": "Ana Martin"}


class App:
    """A client without cookies that keeps the session token of allauth's flow."""

    def __init__(self) -> None:
        self.http = APIClient()
        self.session = ""

    def send(self, method: str, path: str, **body: Any) -> Any:
        headers = {"X-Session-Token": self.session} if self.session else {}
        # By hand, since DRF's client would not write half a character.
        text = json.dumps(body) if body else ""
        answer = self.http.generic(
            method.upper(), f"{AUTH}{path}", text, content_type="application/json", headers=headers
        )
        told = answer.json() if answer.content else {}
        self.session = told.get("meta", {}).get("session_token", self.session)
        return answer

    def waits_for(self, answer: Any) -> list[str]:
        """The steps that the flow asks for next."""
        return [flow["id"] for flow in answer.json()["data"]["flows"] if flow.get("is_pending")]


@pytest.fixture
def app(db: None) -> App:
    return App()


def code_in_mail() -> str:
    """The code of the newest mail."""
    found = re.search(r"\b([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\b", mail.outbox[-1].body)
    assert found, mail.outbox[-1].body
    return found[1]


def test_an_app_signs_up_proves_the_address_and_signs_in(app: App) -> None:
    answer = app.send("post", "/signup", **NEW)
    assert (answer.status_code, app.waits_for(answer)) == (401, ["verify_email"])
    assert app.session
    assert mail.outbox[-1].to == ["ana@example.org"]
    refused = app.http.post("/api/v1/sessions/", {"login": "ana", "password": PASSWORD}, format="json")
    assert refused.json()["code"] == "email_not_verified"
    wrong = app.send("post", "/email/verify", key="AAAA-AAAA")
    assert wrong.status_code == 400
    proved = app.send("post", "/email/verify", key=code_in_mail())
    assert proved.status_code == 200
    assert EmailAddress.objects.get(email="ana@example.org").verified
    app.http.credentials(HTTP_AUTHORIZATION=f"Bearer {proved.json()['meta']['access_token']}")
    me = app.http.get("/api/v1/me/").json()["data"]
    assert (me["handle"], me["name"]) == ("ana", "Ana Martin")
    assert app.http.get("/api/v1/me/hosting/").json()["data"]["have"] == 0


def sign_in(app: App) -> str:
    """By allauth's flow; the token for the API."""
    answer = app.send("post", "/login", username="ana", password=PASSWORD)
    assert answer.status_code == 200
    return str(answer.json()["meta"]["access_token"])


def test_who_signs_in_by_the_flow_is_one_device_of_the_list_and_revocable(app: App, ana: User) -> None:
    app.http.defaults["HTTP_USER_AGENT"] = "Spaces/1.0 (phone)"
    secret = sign_in(app)
    device = DeviceToken.objects.get(person=ana)
    assert device.name == "Spaces/1.0 (phone)"
    assert app.send("get", "/session").json()["meta"].get("access_token") is None
    phone = APIClient(headers={"Authorization": f"Bearer {secret}"})
    assert phone.get("/api/v1/me/").json()["data"]["handle"] == "ana"
    listed = {one["id"]: one["is_current"] for one in phone.get("/api/v1/devices/").json()["data"]}
    assert listed[device.session_key] is True
    assert phone.delete(f"/api/v1/devices/{device.session_key}/").status_code == 204
    assert phone.get("/api/v1/me/").status_code == 401


def test_signing_out_of_the_flow_ends_the_token(app: App, ana: User) -> None:
    phone = APIClient(headers={"Authorization": f"Bearer {sign_in(app)}"})
    assert phone.get("/api/v1/me/").status_code == 200
    assert app.send("delete", "/session").status_code == 401
    assert phone.get("/api/v1/me/").status_code == 401


def test_a_second_factor_gives_one_token_when_it_is_proved(app: App, ana: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ana, secret)
    asked = app.send("post", "/login", username="ana", password=PASSWORD)
    assert (asked.status_code, app.waits_for(asked)) == (401, ["mfa_authenticate"])
    assert "access_token" not in asked.json()["meta"]
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    proved = app.send("post", "/2fa/authenticate", code=code)
    phone = APIClient(headers={"Authorization": f"Bearer {proved.json()['meta']['access_token']}"})
    assert phone.get("/api/v1/me/").status_code == 200
    assert DeviceToken.objects.filter(person=ana).count() == 1


def test_a_new_password_leaves_the_app_that_chose_it_signed_in(app: App, ana: User) -> None:
    elsewhere = App()
    there = APIClient(headers={"Authorization": f"Bearer {sign_in(elsewhere)}"})
    here = APIClient(headers={"Authorization": f"Bearer {sign_in(app)}"})
    words = {"current_password": PASSWORD, "new_password": "another sentence works as well"}
    changed = app.http.post(
        "/_allauth/app/v1/account/password/change", words, format="json", headers={"X-Session-Token": app.session}
    )
    assert changed.status_code == 200
    assert here.get("/api/v1/me/").status_code == 200
    assert there.get("/api/v1/me/").status_code == 401


def test_right_passwords_are_no_tries(ana: User) -> None:
    for _ in range(12):
        assert sign_in(App())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "x"}, "username"),
        ({"username": "admin"}, "username"),
        ({"email": "nowhere"}, "email"),
        ({"password": "short"}, "password"),
        ({"display_name": "\u202e"}, "display_name"),
        ({"display_name": ""}, "display_name"),
        ({"username": "a\0b"}, "username"),
        ({"username": "ana\ud800"}, "username"),
        ({"email": "ana\ud800@example.org"}, "email"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(app: App, change: dict[str, str], field: str) -> None:
    answer = app.send("post", "/signup", **{**NEW, **change})
    assert answer.status_code == 400
    assert field in {error.get("param") for error in answer.json()["errors"]}
    assert not User.objects.filter(email="ana@example.org").exists()


def test_a_known_address_is_not_given_away(app: App, ana: User) -> None:
    """The same answer as for a new one; the mail alone says that there is an account."""
    before = User.objects.count()
    answer = app.send("post", "/signup", **{**NEW, "username": "ana_2"})
    assert (answer.status_code, app.waits_for(answer)) == (401, ["verify_email"])
    assert User.objects.count() == before
    assert not re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", mail.outbox[-1].body)


def test_a_forgotten_password_is_replaced_from_the_app(app: App, ana: User) -> None:
    assert app.send("post", "/password/request", email="ana@example.org").status_code in (200, 401)
    link = re.search(r"/key/([^/\s]+)", mail.outbox[-1].body)
    assert link, mail.outbox[-1].body
    new = "another sentence works as well"
    assert app.send("post", "/password/reset", key=link[1], password=new).status_code in (200, 401)
    old, now = ({"login": "ana", "password": one} for one in (PASSWORD, new))
    assert app.http.post("/api/v1/sessions/", old, format="json").status_code == 401
    assert app.http.post("/api/v1/sessions/", now, format="json").status_code == 201


def test_the_flow_of_browsers_is_not_offered_to_apps(app: App) -> None:
    assert app.http.get("/_allauth/browser/v1/config").status_code == 404
    told = app.http.get("/_allauth/app/v1/config").json()["data"]["account"]
    assert told["email_verification_by_code_enabled"] is True
