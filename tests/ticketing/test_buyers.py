"""Who holds tickets of a room: told to its hosts, page by page, and to nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import blocks
from rooms.services import hosts
from tests.rooms.cast import NOW, Cast, full_cast, person
from tests.ticketing.cast import free_ticket
from ticketing.models import Order, OrderState, TicketSale
from ticketing.services import fulfilment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return full_cast()


def app_of(who: User | None) -> APIClient:
    client = APIClient()
    if who is not None:
        client.force_login(who)
    return client


def ask(who: User | None, cast: Cast, query: str = "") -> Any:
    return app_of(who).get(path_of(cast) + query)


def path_of(cast: Cast) -> str:
    return f"/api/v1/rooms/{cast.room.pk}/buyers/"


def sell(cast: Cast, *handles: str) -> list[Order]:
    """A ticket for each, a minute apart."""
    start = timezone.now()
    orders = [free_ticket(cast, person(handles[0]))]
    sale = TicketSale.objects.get(room=cast.room)
    for index, handle in enumerate(handles[1:], start=1):
        later = start + timedelta(minutes=index)
        orders.append(fulfilment.give_free_ticket(sale=sale, buyer=person(handle), now=later))
    return orders


def test_hosts_read_who_bought_the_newest_first(cast: Cast) -> None:
    first, second = sell(cast, "ada", "bo")
    Order.objects.filter(pk=first.pk).update(state=OrderState.REFUNDED)
    hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)
    for who in (cast.host, cast.speaker):
        told = ask(who, cast).json()
        assert [(one["person"]["handle"], one["state"]) for one in told["data"]] == [
            ("bo", "paid"),
            ("ada", "refunded"),
        ]
        assert told["meta"] == {"result_count": 2}
        assert second.paid_at is not None
        assert told["data"][0]["bought_at"] == second.paid_at.isoformat().replace("+00:00", "Z")


def test_who_only_holds_a_seat_is_no_buyer(cast: Cast) -> None:
    (order,) = sell(cast, "ada")
    Order.objects.filter(pk=order.pk).update(state=OrderState.CHECKOUT, paid_at=None)
    assert ask(cast.host, cast).json()["data"] == []


def test_page_by_page_nobody_twice(cast: Cast) -> None:
    sell(cast, "ada", "bo", "cleo")
    client = app_of(cast.host)
    first = client.get(f"{path_of(cast)}?max_results=2").json()
    with CaptureQueriesContext(connection) as queries:
        rest = client.get(f"{path_of(cast)}?max_results=2&next_token={first['meta']['next_token']}").json()
    assert [one["person"]["handle"] for one in first["data"] + rest["data"]] == ["cleo", "bo", "ada"]
    assert "next_token" not in rest["meta"]
    assert len(queries) <= 10
    assert ask(cast.host, cast, "?next_token=x").json()["code"] == "bad_page_token"


def test_nobody_else_reads_it(cast: Cast) -> None:
    (order,) = sell(cast, "ada")
    for who in (cast.speaker, cast.listener, cast.stranger, order.buyer):
        refused = ask(who, cast)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_a_host"), who
    assert ask(None, cast).status_code == 401


def test_to_whom_the_host_blocked_there_is_no_such_room(cast: Cast) -> None:
    sell(cast, "ada")
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=NOW)
    told = ask(cast.stranger, cast)
    assert (told.status_code, told.json()["code"]) == (404, "no_such_room")


def test_a_room_without_tickets_has_no_buyers(cast: Cast) -> None:
    told = ask(cast.host, cast)
    assert (told.status_code, told.json()["code"]) == (404, "no_tickets_here")
