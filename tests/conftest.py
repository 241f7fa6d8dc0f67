"""Fixtures that every test may use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation

from accounts import queries
from rooms import events
from rooms.services import link_card
from spaces_site.boundary import pace


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request in French leaves its language active in the test's thread."""
    with translation.override("en"):
        yield


#: Append-only tables, and what the names of their triggers begin with.
LOCKED = {
    "moderation_auditentry": "audit_no_",
    "ticketing_journaltxn": "journal_no_",
    "ticketing_posting": "journal_no_",
}


@contextmanager
def append_only_unlocked() -> Iterator[None]:
    """The database lets nobody empty these tables; between two tests they must be emptied all the same."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        # Triggers fire for each row: an empty table needs no key.
        prefixes = {prefix for table, prefix in LOCKED.items() if _has_rows(cursor, table)}
        triggers = [one for prefix in prefixes for one in _triggers(cursor, prefix)]
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        try:
            yield
        finally:
            for _, statement in triggers:
                cursor.execute(statement)


def _has_rows(cursor: Any, table: str) -> bool:
    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")
    return bool(cursor.fetchone()[0])


def _triggers(cursor: Any, prefix: str) -> list[tuple[str, str]]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{prefix}%"])
    return list(cursor.fetchall())


@pytest.fixture(autouse=True, scope="session")
def patient_flush() -> Iterator[None]:
    """A socket that just closed may still write its last word while the tables are emptied: try again."""
    once = TransactionTestCase._fixture_teardown

    def again(case: TransactionTestCase) -> None:
        for _ in range(4):
            try:
                with append_only_unlocked():
                    return once(case)
            except CommandError:
                connection.close()
        with append_only_unlocked():
            return once(case)

    TransactionTestCase._fixture_teardown = again  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = once  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def unknown_switches() -> None:
    """The site's switches are read anew: what one test turned is nothing to the next."""
    queries.forget_switches()


@pytest.fixture(autouse=True)
def broker_that_is_asked() -> None:
    """A broker that one test silenced is asked anew by the next."""
    for silence in (pace.silence, link_card.silence, events.silence):
        silence.end()


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
