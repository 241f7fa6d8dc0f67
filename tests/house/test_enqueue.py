"""What is sent to workers when the broker is away."""

import socket
from collections.abc import Iterator

import pytest
from celery import Celery
from django.db import transaction

from accounts.models import User
from spaces_site.enqueue import enqueue_on_commit
from tests.rooms.cast import person


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken and where nobody listens: whoever calls is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_undoes_nothing_and_lets_all_else_be_told(
    closed_port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away = Celery(broker=f"redis://127.0.0.1:{closed_port}", set_as_current=False)
    monkeypatch.setattr("spaces_site.enqueue.current_app", away)
    told: list[str] = []
    with transaction.atomic():
        person("ana")
        enqueue_on_commit("moderation.tasks.mail_notice", notice_id="1")
        transaction.on_commit(lambda: told.append("after it"))
    assert told == ["after it"]
    assert User.objects.filter(handle="ana").exists()
    assert "enqueue_on_commit" in caplog.text
