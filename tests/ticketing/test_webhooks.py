"""The webhook: signed on the raw body and in time, stored once, and a doorbell only. Threat 16, fault F12."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from rooms.models import RoomPass
from tests.fakes.stripe_double import FaultyDouble
from tests.patience import busy
from tests.rooms.cast import person
from tests.ticketing.cast import Shop, open_shop, session_of
from tests.ticketing.conftest import SECRET
from ticketing.demo.server import signature
from ticketing.models import JournalTxn, Order, WebhookEvent
from ticketing.services import inbox, sweeping

pytestmark = pytest.mark.django_db
Post = Callable[..., Any]


def an_event(**fields: Any) -> dict[str, Any]:
    event = {
        "id": "evt_1", "object": "event", "type": "balance.available", "livemode": False, "created": 1,
        "api_version": "2026-10-28.endive", "data": {"object": {"id": "ba_1", "object": "balance"}},
    }  # fmt: skip
    return event | fields


def process_all(shop: Shop) -> None:
    for event_id in WebhookEvent.objects.filter(processed_at=None).values_list("pk", flat=True):
        inbox.apply_event(event_id=event_id, now=shop.now)


@pytest.fixture(autouse=True)
def secrets(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    settings.STRIPE_WEBHOOK_SECRET = ["whsec_old", SECRET]


def test_a_signed_event_is_stored_once(post_event: Post) -> None:
    answers = [post_event(an_event()) for _ in range(3)]
    assert [(one.status_code, one.content) for one in answers] == [(200, b"stored"), (200, b"known"), (200, b"known")]
    assert WebhookEvent.objects.get().type == "balance.available"


def test_each_of_our_secrets_fits(post_event: Post) -> None:
    for number, secret in enumerate(("whsec_old", SECRET)):
        assert post_event(an_event(id=f"evt_{number}"), secret=secret).status_code == 200


@pytest.mark.parametrize("seconds", [-301, 301, 3600, -86_400])
def test_threat_16_old_and_future_messages_are_refused(post_event: Post, seconds: int) -> None:
    assert post_event(an_event(), at=timezone.now().timestamp() + seconds).status_code == 400
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("seconds", [-290, 290])
def test_a_clock_may_be_a_little_off(post_event: Post, seconds: int) -> None:
    assert post_event(an_event(), at=timezone.now().timestamp() + seconds).status_code == 200


def forgeries() -> list[tuple[str, bytes, str]]:
    body, now = json.dumps(an_event()).encode(), time.time()
    good = signature(body, SECRET, now)
    stamp = good.partition(",")[0]
    return [
        ("no signature", body, ""),
        ("another secret", body, signature(body, "whsec_evil", now)),
        ("another body", body.replace(b"evt_1", b"evt_2"), good),
        ("the same body with spaces", body.replace(b":", b": "), good),
        ("no v1", body, stamp),
        ("v0 alone", body, good.replace("v1=", "v0=")),
        ("two times", body, f"t=1,{good}"),
        ("no time", body, good.partition(",")[2]),
        ("a time that is none", body, good.replace(stamp, "t=now")),
        ("no JSON", b"{", signature(b"{", SECRET, now)),
        ("no event", b"{}", signature(b"{}", SECRET, now)),
        ("not UTF-8", b"\xff\xfe", signature(b"\xff\xfe", SECRET, now)),
    ]


@pytest.mark.parametrize(("name", "body", "header"), forgeries(), ids=[name for name, _, _ in forgeries()])
def test_threat_16_a_forged_message_is_400_and_leaves_nothing(client: Any, name: str, body: bytes, header: str) -> None:
    answer = client.post(
        "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": header}
    )
    assert answer.status_code == 400
    assert not WebhookEvent.objects.exists()


def test_without_a_secret_nothing_is_believed(client: Any, settings: Any, post_event: Post) -> None:
    settings.STRIPE_WEBHOOK_SECRET = []
    assert post_event(an_event(), secret="").status_code == 400


def test_events_of_live_money_are_not_ours(post_event: Post) -> None:
    answer = post_event(an_event(livemode=True))
    assert (answer.status_code, answer.content, WebhookEvent.objects.count()) == (200, b"ignored", 0)


def test_it_needs_no_session_and_takes_no_get(client: Any) -> None:
    assert client.get("/webhooks/stripe/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/webhooks/stripe/", b"{}", content_type="application/json").status_code == 400


def test_a_message_that_is_too_big_is_refused(client: Any) -> None:
    body = b" " * (256 * 1024 + 1)
    headers = {"Stripe-Signature": signature(body, SECRET, time.time())}
    assert client.post("/webhooks/stripe/", body, content_type="application/json", headers=headers).status_code in (
        400, 413,
    )  # fmt: skip
    assert not WebhookEvent.objects.exists()


def test_what_cannot_be_stored_is_an_error_so_that_it_comes_again(
    client: Any, post_event: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**told: Any) -> None:
        raise OperationalError("full")

    monkeypatch.setattr(WebhookEvent.objects, "get_or_create", full)
    client.raise_request_exception = False
    assert post_event(an_event()).status_code == 500


# --- what it rings for ------------------------------------------------------------------------------


def test_the_webhook_alone_makes_a_ticket(shop: Shop, stripe: FaultyDouble, post_event: Post) -> None:
    fan = person("fan")
    shop.buy(fan)
    stripe.double.pay(session_of(shop.order_of(fan)))
    stripe.deliver(post_event)
    process_all(shop)
    assert (shop.order_of(fan).state, RoomPass.objects.count()) == ("PAID", 1)


def test_the_payload_is_never_believed(shop: Shop, stripe: FaultyDouble, post_event: Post) -> None:
    fan = person("fan")
    shop.buy(fan)
    lie = dict(stripe.double.sessions[session_of(shop.order_of(fan))])
    lie |= {"status": "complete", "payment_status": "paid"}
    told = {name: value for name, value in lie.items() if not name.startswith("_")}
    post_event(an_event(type="checkout.session.completed", data={"object": told}))
    process_all(shop)
    assert shop.order_of(fan).state == "CHECKOUT"
    assert not RoomPass.objects.exists()


def test_unknown_objects_are_worked_off(shop: Shop, post_event: Post) -> None:
    for number, (kind, subject) in enumerate((("checkout.session.completed", "cs_x"), ("refund.created", "re_x"))):
        event = an_event(id=f"evt_{number}", type=kind, data={"object": {"id": subject}})
        assert post_event(event).status_code == 200
    process_all(shop)
    assert not WebhookEvent.objects.filter(processed_at=None).exists()


def test_an_event_whose_work_fails_waits_and_is_done_later(shop: Shop, stripe: FaultyDouble, post_event: Post) -> None:
    fan = person("fan")
    shop.buy(fan)
    stripe.double.pay(session_of(shop.order_of(fan)))
    stripe.deliver(post_event)
    stripe.refuse(session_of(shop.order_of(fan)), times=9)
    process_all(shop)
    waiting = WebhookEvent.objects.get(type="checkout.session.completed")
    assert (waiting.processed_at, waiting.attempts) == (None, 1)
    assert waiting.error
    stripe.before.clear()
    assert inbox.apply_waiting(now=timezone.now()) == 0
    assert inbox.apply_waiting(now=shop.at(minutes=5)) == 1
    assert shop.order_of(fan).state == "PAID"


@pytest.mark.parametrize("seed", range(8))
def test_f12_lost_doubled_and_shuffled_the_end_is_the_same(stripe: FaultyDouble, post_event: Post, seed: int) -> None:
    shop = open_shop(capacity=4)
    fans = [person(f"fan_{number}") for number in range(4)]
    for fan in fans:
        shop.buy(fan)
    for fan in fans[:2]:
        stripe.double.pay(session_of(shop.order_of(fan)))
    stripe.now = shop.at(minutes=40).timestamp()
    stripe.double.expire_old()
    stripe.deliver(post_event, seed=seed)
    process_all(shop)
    sweeping.sweep(now=shop.at(minutes=40))
    assert sorted(Order.objects.values_list("state", flat=True)) == ["EXPIRED", "EXPIRED", "PAID", "PAID"]
    assert (shop.sale.held, shop.sale.sold, RoomPass.objects.count(), JournalTxn.objects.count()) == (0, 2, 2, 2)


def test_a_message_is_answered_at_once(post_event: Post) -> None:
    post_event(an_event(id="evt_0"))
    began = time.perf_counter()
    for number in range(1, 51):
        post_event(an_event(id=f"evt_{number}"))
    assert (time.perf_counter() - began) / 50 < busy(0.05)
