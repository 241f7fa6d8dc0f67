"""The cast of the tests about people, and hashes that take no time."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from accounts.models import User
from accounts.services import signup

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
PASSWORD = "a sentence works well"

MakePerson = Callable[..., User]


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    """Real hashes take a third of a second each; the tests of timing count them instead."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    """Pictures of one test are gone with it."""
    settings.MEDIA_ROOT = tmp_path / "media"
    default_storage.__dict__.pop("base_location", None)
    default_storage.__dict__.pop("location", None)


@pytest.fixture
def make_person(db: None) -> MakePerson:
    """`make_person("ana")`: somebody with a proved address ana@example.org and PASSWORD."""

    def make(handle: str, **more: Any) -> User:
        wanted = {
            "display_name": handle.title(),
            "email": f"{handle}@example.org",
            "password": PASSWORD,
            "email_verified": True,
        }
        return signup.create_person(handle=handle, now=NOW, **{**wanted, **more})

    return make


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    return make_person("ana", display_name="Ana Martin")


@pytest.fixture
def bob(make_person: MakePerson) -> User:
    return make_person("bob")


@pytest.fixture
def guest(db: None) -> User:
    return User.objects.create_user("guest-0123456789abcdef0123", display_name="Guest 42", is_guest=True)


@pytest.fixture
def staff(make_person: MakePerson) -> User:
    return make_person("sam", is_staff=True, is_superuser=True)


@pytest.fixture
def as_person() -> Callable[[User], Client]:
    """A browser that is signed in as somebody."""

    def sign_in(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in
