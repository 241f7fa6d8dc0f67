"""Examples of the schema: one sale, one order."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

ROOM_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
AT = "2026-03-14T19:00:00Z"


def _money(amount: int, text: str) -> dict[str, Any]:
    return {"amount_minor": amount, "currency": "eur", "text": text}


_sale: dict[str, Any] = {
    "room_id": ROOM_ID,
    "price": _money(900, "€9.00"),
    "tickets_left": 42,
    "capacity": 120,
    "state": "open",
    "on_sale": True,
    "sales_end": AT,
    "starts_at": AT,
    "minutes": 60,
}
_card: dict[str, Any] = {
    "price": _money(900, "€9.00"),
    "processor": _money(39, "€0.39"),
    "platform": _money(27, "€0.27"),
    "you_receive": _money(834, "€8.34"),
    "platform_bps": 300,
    "processor_fee_bearer": "host",
}
_own = {"sale": _sale, "card": _card, "sold": 76, "held": 2, "expected": _money(63_384, "€633.84")}
_order: dict[str, Any] = {
    "id": "5b0f4f39-5f0b-4f39-b9f3-52f0c1ce4a07",
    "number": "8F2K-Q7MD",
    "room_id": ROOM_ID,
    "room_title": "What the sea remembers",
    "state": "checkout",
    "price": _money(900, "€9.00"),
    "made_at": AT,
    "held_until": AT,
    "paid_at": None,
    "why": "",
    "return_until": None,
    "starts_at": AT,
}
_selling = {
    "may_sell": False, "may_apply": True, "code": "not_a_seller",
    "text": "Only a limited group of hosts sells tickets for now. You can apply to join it.",
    "application": "", "answer": "",
}  # fmt: skip


def _answer(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value={"data": value}, response_only=True, status_codes=["200", "201"])


def _list(name: str, value: Any) -> OpenApiExample:
    told = {"data": [value], "meta": {"result_count": 1}}
    return OpenApiExample(name, value=told, response_only=True, status_codes=["200"])


SALE = _answer("On sale", _sale)
OWN_SALE = _answer("Your sale", _own)
FEE_CARD = _answer("A ticket of 9 €", _card)
CHECKOUT = _answer("A seat is held", {"order": _order, "checkout_url": "https://checkout.stripe.com/c/pay/cs_1"})
ORDER = _answer("An order", _order)
ORDERS = _list("Orders", _order)
BUYERS = _list(
    "Sold",
    {
        "person": {
            "id": "5a4c4d7e-3b43-4f2a-8d6d-0c7a1c1b9f22", "handle": "bo", "name": "Bo", "avatar": "",
            "verified": False, "guest": False,
        },
        "state": "paid",
        "bought_at": AT,
    },
)  # fmt: skip
SELLING = _answer("May apply", _selling)
OFFER = OpenApiExample(
    "120 tickets", {"price_minor": 900, "currency": "eur", "capacity": 120, "minutes": 60}, request_only=True
)
CAPACITY = OpenApiExample("More", {"capacity": 150}, request_only=True)
CLOSED = OpenApiExample("Stop", {"open": False}, request_only=True)
APPLICATION = OpenApiExample(
    "An application", {"words": "A course about pricing.", "born_on": "1990-05-01"}, request_only=True
)
