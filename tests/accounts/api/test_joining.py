"""Joining from an app: sign up, prove the address by the code in the mail, sign in, and be rid of it all again."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from rest_framework.test import APIClient

from accounts.models import User
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
        answer = getattr(self.http, method)(f"{AUTH}{path}", body or None, format="json", headers=headers)
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
    token = app.http.post(
        "/api/v1/sessions/", {"login": "ana", "password": PASSWORD, "device_name": "Phone"}, format="json"
    ).json()["data"]["token"]
    app.http.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    me = app.http.get("/api/v1/me/").json()["data"]
    assert (me["handle"], me["name"]) == ("ana", "Ana Martin")
    assert app.http.get("/api/v1/me/hosting/").json()["data"]["have"] == 0


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
