"""Fixtures that every test may use."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request in French leaves its language active in the test's thread."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True, scope="session")
def patient_flush() -> Iterator[None]:
    """A socket that just closed may still write its last word while the tables are emptied: try again."""
    once = TransactionTestCase._fixture_teardown

    def again(case: TransactionTestCase) -> None:
        for _ in range(4):
            try:
                return once(case)
            except CommandError:
                connection.close()
        return once(case)

    TransactionTestCase._fixture_teardown = again  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = once  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def clean_broker() -> Iterator[None]:
    """No rate limit, event or lease of one test reaches the next."""
    yield
    try:
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.flushdb()
    except redis.ConnectionError:
        # A fault test killed the broker and leaves the restart to its own fixture.
        return
