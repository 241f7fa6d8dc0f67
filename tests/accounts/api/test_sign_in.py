"""Signing an app in and out; the same answer for unknown accounts; limits; revoking at once."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.hashers import MD5PasswordHasher
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import signals
from accounts.models import DeviceToken, User
from tests.accounts.api.conftest import App
from tests.accounts.conftest import PASSWORD, MakePerson


def sign_in(api: APIClient, login: str, password: str = PASSWORD, **more: Any) -> Any:
    return api.post("/api/v1/sessions/", {"login": login, "password": password, **more})


@pytest.mark.parametrize("login", ["ana", "ANA", "@ana", "ana@example.org", " Ana@Example.org "])
def test_handle_or_email_gets_a_token(api: APIClient, ana: User, login: str) -> None:
    answer = sign_in(api, login, device_name="Ana's phone")
    assert answer.status_code == 201
    token = answer.json()["data"]["token"]
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert api.get("/api/v1/me/").json()["data"]["handle"] == "ana"
    assert not DeviceToken.objects.filter(token_hash__contains=token).exists()
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "login", ["ana", "ana@example.org", "nobody", "nobody@example.org", "guest-0123456789abcdef0123"]
)
def test_threat_25_wrong_password_and_unknown_account_look_alike(
    api: APIClient, ana: User, guest: User, login: str
) -> None:
    answer = sign_in(api, login, "not the password")
    told = {name: value for name, value in answer.json().items() if name != "request_id"}
    assert answer.status_code == 401
    assert told == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "code": "wrong_credentials",
        "detail": "This name and this password do not go together. Check both, or ask for a new password.",
        "errors": [],
        "instance": "/api/v1/sessions/",
    }


@pytest.mark.parametrize("login", ["ana", "ana@example.org", "nobody", "nobody@example.org"])
def test_every_try_costs_one_hash(api: APIClient, ana: User, login: str) -> None:
    """Hashing is what takes time: as many for an unknown account as for a known one."""
    encode = MD5PasswordHasher.encode
    with patch.object(MD5PasswordHasher, "encode", autospec=True, side_effect=encode) as hashed:
        sign_in(api, login, "not the password")
    assert hashed.call_count == 1


def test_suspended_person_cannot_sign_in(api: APIClient, make_person: MakePerson) -> None:
    make_person("gone", is_active=False)
    assert sign_in(api, "gone").json()["code"] == "account_suspended"
    assert sign_in(api, "gone", "wrong").json()["code"] == "wrong_credentials"


def test_address_must_be_proved_first(api: APIClient, make_person: MakePerson) -> None:
    make_person("new", email_verified=False)
    assert sign_in(api, "new").json()["code"] == "email_not_verified"


def current_code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_second_factor_is_asked_for(api: APIClient, ana: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ana, secret)
    codes = RecoveryCodes.activate(ana).generate_codes()
    needed = sign_in(api, "ana")
    assert (needed.status_code, needed.json()["code"]) == (401, "code_needed")
    assert sign_in(api, "ana", code="000000").json()["code"] in {"wrong_code"}
    assert sign_in(api, "ana", code=current_code(secret)).status_code == 201
    assert sign_in(api, "ana", code=codes[0]).status_code == 201
    assert sign_in(api, "ana", code=codes[0]).json()["code"] == "wrong_code"


def test_five_wrong_tries_lock_the_account_for_a_minute_under_all_its_names(ana: User) -> None:
    for number in range(5):
        answer = sign_in(APIClient(REMOTE_ADDR=f"10.0.0.{number}"), "ana" if number % 2 else "ana@example.org", "wrong")
        assert answer.status_code == 401
    locked = sign_in(APIClient(REMOTE_ADDR="10.0.0.9"), "ANA")
    assert locked.status_code == 429
    assert locked["Retry-After"] == "60"


def test_unknown_accounts_are_limited_alike(db: None) -> None:
    codes = [sign_in(APIClient(REMOTE_ADDR=f"10.0.1.{n}"), "nobody", "wrong").status_code for n in range(6)]
    assert codes == [401] * 5 + [429]


def test_threat_25_asvs_2_4_1_ten_tries_a_minute_for_an_address(db: None) -> None:
    api = APIClient(REMOTE_ADDR="10.0.2.1")
    codes = [sign_in(api, f"nobody_{number}", "wrong").status_code for number in range(11)]
    assert codes == [401] * 10 + [429]


def test_right_passwords_are_no_tries(ana: User) -> None:
    api = APIClient(REMOTE_ADDR="10.0.2.2")
    assert [sign_in(api, "ana").status_code for _ in range(12)] == [201] * 12


def test_threat_25_a_right_password_now_and_then_buys_no_tries(ana: User) -> None:
    """An account of one's own does not help to guess others'."""
    api, told = APIClient(REMOTE_ADDR="10.0.2.3"), []
    for number in range(11):
        if sign_in(api, "ana").status_code != 201:
            break
        told.append(sign_in(api, f"nobody_{number}", "wrong").status_code)
    assert told == [401] * 10
    assert sign_in(api, "ana").status_code == 429


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        "{",
        '{"login": "ana"}',
        '{"login": "a\\u0000b", "password": "x"}',
        '{"login": "\\ud800", "password": "x"}',
        '{"login": [], "password": {}}',
    ],
)
def test_malformed_bodies_are_told_so(api: APIClient, ana: User, body: str) -> None:
    answer = api.generic("POST", "/api/v1/sessions/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_sign_out_ends_the_token_at_once(app_of: App, ana: User, django_capture_on_commit_callbacks: Any) -> None:
    ended: list[str] = []
    signals.session_ended.connect(lambda session_key, **_: ended.append(session_key), weak=False, dispatch_uid="test")
    app = app_of(ana)
    token = DeviceToken.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        assert app.delete("/api/v1/sessions/").status_code == 204
    signals.session_ended.disconnect(dispatch_uid="test")
    assert ended == [f"device:{token.pk}"]
    refused = app.get("/api/v1/me/")
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Bearer  ", "Bearer é", "bearer " + "x" * 9000])
def test_wrong_tokens_are_401(api: APIClient, db: None, header: str) -> None:
    api.credentials(HTTP_AUTHORIZATION=header)
    assert api.get("/api/v1/me/").status_code == 401


def test_suspension_ends_tokens_at_once(app_of: App, ana: User) -> None:
    app = app_of(ana)
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert app.get("/api/v1/me/").status_code == 401


def test_last_seen_is_written_once_a_minute(app_of: App, ana: User) -> None:
    app = app_of(ana)
    seen = DeviceToken.objects.get().last_seen_at
    app.get("/api/v1/me/")
    assert DeviceToken.objects.get().last_seen_at == seen
    DeviceToken.objects.update(last_seen_at=timezone.now() - timedelta(minutes=2))
    app.get("/api/v1/me/")
    assert DeviceToken.objects.get().last_seen_at > seen


def test_a_stale_token_does_not_keep_one_from_signing_in(api: APIClient, ana: User) -> None:
    api.credentials(HTTP_AUTHORIZATION="Bearer stale")
    assert sign_in(api, "ana").status_code == 201


def test_guest_gets_a_token_and_listens_only(api: APIClient, ana: User) -> None:
    answer = api.post("/api/v1/guests/", {})
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert data["user"]["guest"] is True
    assert data["user"]["name"].startswith("Guest ")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {data['token']}")
    assert api.get("/api/v1/me/").status_code == 200
    assert api.post(f"/api/v1/users/{ana.pk}/following/").json()["code"] == "sign_in_first"
    assert api.get("/api/v1/devices/").status_code == 401
    assert api.get(f"/api/v1/users/{data['user']['id']}/").status_code == 404


def test_guest_is_named_in_the_readers_language(api: APIClient, db: None) -> None:
    answer = api.post("/api/v1/guests/", {}, headers={"Accept-Language": "fr"})
    assert answer.json()["data"]["user"]["language"] == "fr"
