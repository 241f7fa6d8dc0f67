"""Clients of the API."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import devices

App = Callable[[User], APIClient]


@pytest.fixture
def api() -> APIClient:
    """A client that shows no token."""
    return APIClient()


@pytest.fixture
def app_of() -> App:
    """An app that is signed in as somebody, by a real token."""

    def make(person: User) -> APIClient:
        _device, secret = devices.issue_token(person=person, name="Phone", now=timezone.now())
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return make
