"""The one way into the ledger. Each kind of movement is one function; each is booked once, however often it is told."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Sum

from ticketing.models import Account, JournalKind, JournalTxn, Posting
from ticketing.money import Money

Line = tuple[Account, Money]


class BookedOtherwise(Exception):
    """The same object of the processor was booked before, with other amounts: a fault, for an operator."""


def book(
    *,
    key: str,
    kind: JournalKind,
    lines: Iterable[Line],
    at: datetime,
    order_id: UUID | None = None,
    stripe_object: str = "",
) -> bool:
    """Book one movement; False when it was booked before. Lines of nothing are left out.

    Raises `BookedOtherwise`, and what the database raises when the lines do not balance.
    """
    moved = [(account, money) for account, money in lines if money]
    try:
        with transaction.atomic():
            if JournalTxn.objects.filter(key=key).exists():
                return _same_as_before(key, moved)
            txn = JournalTxn(
                id=uuid4(), key=key, kind=kind, order_id=order_id, stripe_object=stripe_object, occurred_at=at
            )
            Posting.objects.bulk_create(
                Posting(txn_id=txn.pk, account=account, amount=money.amount, currency=money.currency)
                for account, money in moved
            )
            # Last: this row seals the postings, and the database refuses it when they do not balance.
            txn.save(force_insert=True)
    except IntegrityError:
        # Somebody else booked it in this moment, or the database refused it.
        if JournalTxn.objects.filter(key=key).exists():
            return _same_as_before(key, moved)
        raise
    return True


def book_charge(*, charge: str, gross: Money, fee: Money, at: datetime, order_id: UUID) -> bool:
    """A buyer paid: the processor keeps its fee, and the whole price is held for the event."""
    return book(
        key=charge,
        kind=JournalKind.CHARGE,
        lines=[
            (Account.STRIPE_BALANCE, gross - fee),
            (Account.STRIPE_FEES, fee),
            (Account.BUYER_FUNDS, -gross),
        ],
        at=at,
        order_id=order_id,
        stripe_object=charge,
    )


def book_refund(*, refund: str, amount: Money, at: datetime, order_id: UUID) -> bool:
    """A buyer has the money back; the processor's fee stays with the processor."""
    lines = [(Account.STRIPE_BALANCE, -amount), (Account.BUYER_FUNDS, amount)]
    return book(key=refund, kind=JournalKind.REFUND, lines=lines, at=at, order_id=order_id, stripe_object=refund)


def book_refund_failed(*, refund: str, amount: Money, at: datetime, order_id: UUID) -> bool:
    """The buyer's bank sent the refund back: the money is with us again, and still owed."""
    lines = [(Account.STRIPE_BALANCE, amount), (Account.BUYER_FUNDS, -amount)]
    key = f"{refund}:failed"
    return book(key=key, kind=JournalKind.REFUND_FAILED, lines=lines, at=at, order_id=order_id, stripe_object=refund)


def balance(*, account: Account, currency: str) -> Money:
    """What stands on an account."""
    told = Posting.objects.filter(account=account, currency=currency).aggregate(sum=Sum("amount"))
    return Money(told["sum"] or 0, currency)


def _same_as_before(key: str, lines: list[Line]) -> bool:
    booked = Posting.objects.filter(txn__key=key).values_list("account", "amount", "currency")
    if sorted(booked) != sorted((str(account), money.amount, money.currency) for account, money in lines):
        raise BookedOtherwise(key)
    return False
