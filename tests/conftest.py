"""Fixtures that every test may use."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings


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
