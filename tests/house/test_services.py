"""The ground that the other tests stand on."""

import os

import pytest
import redis
from django.conf import settings
from django.db import connection


def test_the_broker_is_a_real_one():
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.set("house", "here")
    assert client.get("house") == b"here"


@pytest.mark.django_db
def test_the_database_is_the_one_asked_for():
    wanted = "postgresql" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"
    assert connection.vendor == wanted
