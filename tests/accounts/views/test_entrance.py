"""Joining, signing in, second factor, new passwords: as a browser without a script does it."""

import re
from collections.abc import Callable
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
from django.test import Client

from accounts import signals
from accounts.models import DeviceToken, User
from accounts.services import devices
from tests.accounts.conftest import PASSWORD, MakePerson

SignIn = Callable[[User], Client]
NEW = {"display_name": "Maya Lindqvist", "username": "Maya", "email": "maya@example.org", "password1": PASSWORD}


def test_joining_with_a_code_by_mail(client: Client, db: None) -> None:
    client.cookies["timezone"] = "Europe/Paris"
    answer = client.post("/accounts/signup/", NEW, headers={"Accept-Language": "fr"})
    assert answer["Location"] == "/accounts/confirm-email/"
    code = re.search(r"^    (\S+)$", str(mail.outbox[0].body), re.M)[1]  # type: ignore[index]
    assert client.post("/accounts/confirm-email/", {"code": "wrong"}).status_code == 200
    assert client.post("/accounts/confirm-email/", {"code": code}).status_code == 302
    maya = User.objects.get(handle="maya")
    assert (maya.display_name, maya.time_zone, maya.language) == ("Maya Lindqvist", "Europe/Paris", "fr")
    assert EmailAddress.objects.get(user=maya).verified
    assert client.get("/settings/").status_code == 200


def test_known_address_gets_the_same_answer_and_a_different_mail(client: Client, ana: User) -> None:
    answer = client.post("/accounts/signup/", {**NEW, "email": "ANA@example.org"})
    assert answer["Location"] == "/accounts/confirm-email/"
    assert "already" in mail.outbox[0].subject
    assert not User.objects.filter(handle="maya").exists()
    unknown = Client().post("/accounts/signup/", {**NEW, "username": "maya2", "email": "new@example.org"})
    assert (unknown.status_code, unknown["Location"]) == (answer.status_code, answer["Location"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"username": "ana"}, "is taken. Free:"),
        ({"username": "admin"}, "reserved"),
        ({"username": "a b"}, "2 to 30 letters"),
        ({"username": "x\0y"}, "Null characters"),
        ({"display_name": "\u202e\u200b"}, "that people can read"),
        ({"password1": "short"}, "at least 10"),
        ({"email": "no address"}, "valid email"),
    ],
)
def test_errors_stand_at_their_fields(client: Client, ana: User, changed: dict[str, str], said: str) -> None:
    page = client.post("/accounts/signup/", {**NEW, **changed}).content.decode()
    assert said in page
    assert "is-bad" in page
    assert not User.objects.filter(email="maya@example.org").exists()


def test_direction_characters_leave_names(client: Client, db: None) -> None:
    client.post("/accounts/signup/", {**NEW, "display_name": " Ma\u202eya \t\u200f Lind\x07qvist "})
    assert User.objects.get(handle="maya").display_name == "Maya Lindqvist"


@pytest.mark.parametrize("login", ["ana", "ANA@example.org", "@ana"])
def test_sign_in_by_handle_or_email(client: Client, ana: User, login: str) -> None:
    assert client.post("/accounts/login/", {"login": login, "password": PASSWORD})["Location"] == "/"
    assert client.get("/accounts/login/?next=/settings/")["Location"] == "/settings/"


def test_unknown_account_and_wrong_password_look_alike(client: Client, ana: User) -> None:
    pages = []
    for login in ("ana", "nobody"):
        page = client.post("/accounts/login/", {"login": login, "password": "wrong words here"}).content.decode()
        pages.append(re.sub(r'value="[^"]*"|X-CSRFToken": "[^"]*"', "", page))
    assert "do not go together" in pages[0]
    assert pages[0] == pages[1]


def test_limit_pace_ten_tries_to_sign_in_a_minute_by_one_browser(client: Client, ana: User) -> None:
    """From ten networks and for ten accounts: still one browser."""

    def attempt(number: int) -> str:
        told = {"login": f"nobody{number}", "password": "wrong words here"}
        return client.post("/accounts/login/", told, REMOTE_ADDR=f"192.0.2.{number}").content.decode()

    client.get("/accounts/login/")
    assert all("do not go together" in attempt(number) for number in range(10))
    assert "do not go together" not in (page := attempt(10))
    assert "Too many" in page
    other = Client()
    other.get("/accounts/login/")
    assert other.post("/accounts/login/", {"login": "ana", "password": PASSWORD})["Location"] == "/"


def test_right_passwords_are_no_tries(client: Client, ana: User) -> None:
    """A household, a school: many people sign in from one address, and one person often from one browser."""
    client.get("/accounts/login/")
    for _ in range(12):
        for browser in (client, Client()):
            assert browser.post("/accounts/login/", {"login": "ana", "password": PASSWORD})["Location"] == "/"
            browser.post("/accounts/logout/")


def test_sign_in_does_not_lead_elsewhere(client: Client, ana: User) -> None:
    answer = client.post("/accounts/login/?next=https://evil.example/", {"login": "ana", "password": PASSWORD})
    assert "evil" not in answer["Location"]


def test_second_factor(client: Client, ana: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ana, secret)
    assert (
        client.post("/accounts/login/", {"login": "ana", "password": PASSWORD})["Location"]
        == "/accounts/2fa/authenticate/"
    )
    assert client.get("/settings/").status_code == 302
    assert client.get("/accounts/2fa/authenticate/").status_code == 200
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert client.post("/accounts/2fa/authenticate/", {"code": code})["Location"] == "/"


def test_switching_the_second_factor_on_and_off(client: Client, ana: User) -> None:
    client.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    prove(client)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    assert "data:image/svg" in page
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    assert client.get("/accounts/2fa/recovery-codes/").status_code == 200
    assert client.get("/accounts/2fa/").status_code == 200
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302


def test_forgotten_password(client: Client, ana: User, as_person: SignIn) -> None:
    elsewhere = as_person(ana)
    elsewhere.get("/settings/")
    devices.issue_token(person=ana, name="Phone", now=ana.created_at)
    known = client.post("/accounts/password/reset/", {"email": "ana@example.org"})
    link = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[0].body))[1]  # type: ignore[index]
    form = client.get(link, follow=True)
    path = form.redirect_chain[-1][0]
    client.post(path, {"password1": "another good sentence"})
    ana.refresh_from_db()
    assert ana.check_password("another good sentence")
    assert not DeviceToken.objects.exists()
    assert elsewhere.get("/settings/").status_code == 302
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])


def test_new_password_signs_out_everywhere_else(client: Client, ana: User, as_person: SignIn) -> None:
    client.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    elsewhere = as_person(ana)
    assert elsewhere.get("/settings/").status_code == 200
    devices.issue_token(person=ana, name="Phone", now=ana.created_at)
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "another good sentence"})
    assert client.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302
    assert not DeviceToken.objects.exists()


def test_signing_out_tells_who_listens(as_person: SignIn, ana: User, django_capture_on_commit_callbacks: Any) -> None:
    ended: list[str] = []
    signals.session_ended.connect(lambda session_key, **_: ended.append(session_key), weak=False, dispatch_uid="test")
    browser = as_person(ana)
    key = browser.session.session_key
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/accounts/logout/")
    signals.session_ended.disconnect(dispatch_uid="test")
    assert ended == [key]


def test_guests_reach_the_entrance_and_nothing_of_an_account(as_person: SignIn, guest: User) -> None:
    browser = as_person(guest)
    assert browser.get("/accounts/login/").status_code == 200
    assert browser.get("/accounts/signup/").status_code == 200
    for path in ("/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/"):
        assert browser.get(path)["Location"] == "/accounts/signup/"
    for path in ("/settings/", "/settings/look/", "/settings/privacy/", "/settings/account/", "/settings/devices/"):
        assert browser.get(path)["Location"].startswith("/accounts/login/")


def test_guest_becomes_a_person_by_signing_in(as_person: SignIn, guest: User, ana: User) -> None:
    browser = as_person(guest)
    browser.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    assert b"@ana" in browser.get("/settings/").content


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_has_inline_style_or_script(client: Client, ana: User, make_person: MakePerson, language: str) -> None:
    paths = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/inactive/", "/@ana/"]
    own = ["/settings/", "/settings/look/", "/settings/privacy/", "/settings/account/", "/settings/devices/",
           "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/2fa/totp/activate/",
           "/accounts/logout/", "/accounts/sessions/", "/@ana/followers/"]  # fmt: skip
    client.cookies["django_language"] = language
    for path in paths:
        check(client.get(path))
    client.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    check(client.get("/accounts/reauthenticate/"))
    prove(client)
    for path in own:
        check(client.get(path))


def prove(browser: Client) -> None:
    """Type the password once more, as important changes ask for."""
    assert browser.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def check(answer: Any) -> None:
    page = answer.content.decode()
    assert answer.status_code == 200
    assert " style=" not in page
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\son[a-z]+=", page)
