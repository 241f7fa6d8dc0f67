"""Every address of the site answers with the headers that protect its reader, also when it refuses."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from spaces_site.asgi import application
from tests.media_worker.node.cast import get
from tests.rooms.cast import open_room, person

pytestmark = pytest.mark.django_db(transaction=True)
#: An id of nothing; the same in every process, since names of tests are made of it.
NOBODY = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
#: Anything that fits the converters of our paths.
SAMPLES = {"uuid": NOBODY, "int": "1", "str": "ana", "slug": "ana", "path": "a/b"}


def addresses(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[str]:
    """One address for each path of the router."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        piece = prefix + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, piece)
        elif isinstance(entry, URLPattern):
            yield filled(piece)


def filled(route: str) -> str:
    """A route with something in its gaps."""
    path = re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES[match[1] or "str"], route)
    path = re.sub(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)", "a1", path)
    return "/" + re.sub(r"[\^$?\\]|\.\*", "", path)


ADDRESSES = sorted(set(addresses()))
#: The one page that other sites may put into theirs.
FRAMED = f"/embed/rooms/{NOBODY}/"


def check(answer: Any, path: str) -> None:
    headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy, path
    assert "script-src 'self'" in policy, path
    framed_by = "*" if path == FRAMED else "'none'"
    assert f"frame-ancestors {framed_by};" in f"{policy};", path
    assert "unsafe" not in policy, path
    assert headers["X-Content-Type-Options"] == "nosniff", path
    assert headers.get("X-Frame-Options") == (None if path == FRAMED else "DENY"), path
    assert headers["Referrer-Policy"] == "same-origin", path
    assert headers["Permissions-Policy"] == "microphone=(self), camera=(), geolocation=()", path
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000"), path
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path


def test_the_router_was_walked() -> None:
    assert len(ADDRESSES) > 150
    for path in ("/", "/rooms/new/", "/api/v1/rooms/", "/admin/", "/accounts/login/", "/api/docs/", "/settings/"):
        assert path in ADDRESSES


@pytest.mark.parametrize("who", ["nobody", "staff"])
def test_threat_18_asvs_3_4_3_every_address_has_the_policy_and_its_companions(settings: Any, who: str) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    client = Client(raise_request_exception=False)
    if who == "staff":
        client.force_login(person("warden", is_staff=True, is_superuser=True))
    seen = set()
    for path in ADDRESSES:
        if path in ("/admin/logout/", "/accounts/logout/"):
            continue
        answer = client.get(path, secure=True)
        assert answer.status_code < 500, path
        seen.add(answer.status_code)
        check(answer, path)
    assert {200, 302, 404} <= seen


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/live/", f"/live/{NOBODY}/g/index.m3u8"])
async def test_what_stands_beside_django_is_not_sniffed_either(path: str) -> None:
    answer = await get(application, path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_threat_18_asvs_3_4_3_only_the_frame_of_a_room_may_be_framed_and_it_sets_no_cookie() -> None:
    room = open_room(person("framed", follower_count=600))
    frame = Client().get(f"/embed/rooms/{room.pk}/", secure=True)
    assert frame.status_code == 200
    assert "frame-ancestors *" in frame.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in frame.headers
    assert not frame.cookies
    for path in (f"/rooms/{room.pk}/", f"/rooms/{room.pk}/share/", "/oembed.json", "/"):
        answer = Client().get(path, secure=True)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Frame-Options"] == "DENY", path
