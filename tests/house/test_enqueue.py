"""Tasks sent on commit: work that is done stays done when the broker is away."""

from functools import partial

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from spaces_site.enqueue import enqueue_on_commit


@pytest.mark.django_db(transaction=True)
def test_f5_a_broker_that_is_away_makes_no_error_of_what_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def away(name: str, ids: dict[str, object]) -> None:
        done.append(name)
        raise OperationalError("away")

    monkeypatch.setattr("spaces_site.enqueue._send", away)
    with transaction.atomic():
        enqueue_on_commit("rooms.tasks.watch_rooms")
        transaction.on_commit(partial(done.append, "what else was to happen"))
    assert done == ["rooms.tasks.watch_rooms", "what else was to happen"]
