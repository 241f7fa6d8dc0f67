"""A phone finds the site by a code to scan, wherever the server listens."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from rooms.queries import phone


def network(monkeypatch: pytest.MonkeyPatch, adapters: Sequence[tuple[str, str]]) -> None:
    """This machine has these adapters."""
    found = [SimpleNamespace(name=name, ips=[SimpleNamespace(ip=ip, is_IPv4=True)]) for name, ip in adapters]
    monkeypatch.setattr(phone.ifaddr, "get_adapters", lambda: found)


@pytest.mark.parametrize(
    ("host", "public", "bind", "url"),
    [
        ("localhost:8000", "", "127.0.0.1", ""),
        ("[::1]:8000", "", "::1", ""),
        ("localhost", "", "127.0.0.1", ""),
        ("localhost:8000", "", "0.0.0.0", "http://192.168.1.20:8000/"),
        ("localhost:8000", "", "192.168.1.7", "http://192.168.1.7:8000/"),
        ("192.168.1.9:8000", "", "0.0.0.0", "http://192.168.1.9:8000/"),
        ("localhost:8000", "https://spaces.example.org", "127.0.0.1", "https://spaces.example.org"),
    ],
)
def test_where_a_phone_finds_the_site(
    settings: Any, monkeypatch: pytest.MonkeyPatch, host: str, public: str, bind: str, url: str
) -> None:
    settings.PUBLIC_URL, settings.BIND, settings.PORT = public, bind, 8000
    network(monkeypatch, [("lo", "127.0.0.1"), ("docker0", "172.17.0.1"), ("eth0", "192.168.1.20")])
    door = phone.phone_door(host=host, secure=False)
    assert door.url == url
    assert door.can_speak == url.startswith("https")
    assert door.picture.startswith("data:image/svg+xml") == bool(url)


def test_a_machine_without_a_network_has_no_code(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PUBLIC_URL, settings.BIND = "", "0.0.0.0"
    network(monkeypatch, [("lo", "127.0.0.1"), ("eth0", "169.254.3.4")])
    assert phone.phone_door(host="localhost", secure=False) == phone.PhoneDoor()


@pytest.mark.django_db
def test_home_of_a_fresh_site_and_help_show_the_code_and_say_what_http_can_do(client: Client, settings: Any) -> None:
    settings.SPACES_ENV, settings.PRODUCTION = "demo", False
    for path in ("/", "/help/"):
        page = client.get(path, headers={"Host": "192.168.1.9:8000"}).text
        assert 'alt="QR code of http://192.168.1.9:8000/"' in page
        assert "Speaking needs https" in page
        here = client.get(path, headers={"Host": "localhost:8000"}).text
        assert "make run BIND=0.0.0.0" in here


@pytest.mark.django_db
def test_the_check_list_of_a_fresh_site_names_the_fix(client: Client, settings: Any) -> None:
    page = client.get("/").text
    for advice in ("Set EMAIL_URL", "Set PUBLIC_URL", "Set MEDIA_ICE_SERVERS"):
        assert advice in page
    settings.MEDIA_ICE_SERVERS = [{"urls": "turn:turn.example.org"}]
    assert "Set MEDIA_ICE_SERVERS" not in client.get("/").text
