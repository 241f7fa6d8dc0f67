"""Fixtures of moderation's tests."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from tests.rooms import cast as players
from tests.rooms.cast import person


@pytest.fixture
def cast(db: None) -> players.Cast:
    """A live room with its people."""
    return players.full_cast()


@pytest.fixture
def transactional_cast(transactional_db: None) -> players.Cast:
    """The same where what is done is committed."""
    return players.full_cast()


@pytest.fixture
def warden(db: None) -> User:
    """A member of staff who may do everything."""
    return person("warden", is_staff=True, is_superuser=True)


@pytest.fixture
def second(db: None) -> User:
    """Another one."""
    return person("second", is_staff=True, is_superuser=True)


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    """A browser in which somebody is signed in."""

    def sign_in(someone: User) -> Client:
        client = Client()
        client.force_login(someone)
        return client

    return sign_in
