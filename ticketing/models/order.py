"""A buyer's order, and every payment page that was ever made for it."""

import secrets
import uuid
from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ticketing.models.sale import TicketSale
from ticketing.money import Money

#: Letters and digits that nobody takes for one another.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class OrderState(models.TextChoices):
    """held → checkout → (processing) → paid → refund due → refunded; see `ORDER_MOVES`."""

    HELD = "HELD", _("seat held")
    CHECKOUT = "CHECKOUT", _("being paid")
    PROCESSING = "PROCESSING", _("payment on its way")
    PAID = "PAID", _("paid")
    EXPIRED = "EXPIRED", _("not paid in time")
    CANCELLED = "CANCELLED", _("given up")
    REFUND_DUE = "REFUND_DUE", _("refund on its way")
    REFUNDED = "REFUNDED", _("refunded")
    REFUND_FAILED = "REFUND_FAILED", _("refund failed")
    DISPUTED = "DISPUTED", _("disputed")
    LOST = "LOST", _("lost in a dispute")


#: A seat is taken for the order.
HOLDING = (OrderState.HELD, OrderState.CHECKOUT, OrderState.PROCESSING)
#: One of these a person may have for one sale.
LIVE = (*HOLDING, OrderState.PAID)

#: The only moves that `OrderQuerySet.move` allows.
ORDER_MOVES: dict[str, frozenset[str]] = {
    OrderState.HELD: frozenset(
        {OrderState.CHECKOUT, OrderState.PAID, OrderState.EXPIRED, OrderState.CANCELLED, OrderState.REFUND_DUE}
    ),
    OrderState.CHECKOUT: frozenset(
        {OrderState.PROCESSING, OrderState.PAID, OrderState.EXPIRED, OrderState.CANCELLED, OrderState.REFUND_DUE}
    ),
    OrderState.PROCESSING: frozenset({OrderState.PAID, OrderState.EXPIRED, OrderState.REFUND_DUE}),
    OrderState.PAID: frozenset({OrderState.REFUND_DUE, OrderState.CANCELLED, OrderState.DISPUTED}),
    # A payment that came late.
    OrderState.EXPIRED: frozenset({OrderState.PAID, OrderState.REFUND_DUE}),
    OrderState.CANCELLED: frozenset({OrderState.PAID, OrderState.REFUND_DUE}),
    OrderState.REFUND_DUE: frozenset({OrderState.REFUNDED, OrderState.REFUND_FAILED}),
    # A bank may send a refund back days after it was done.
    OrderState.REFUNDED: frozenset({OrderState.REFUND_FAILED}),
    OrderState.REFUND_FAILED: frozenset({OrderState.REFUND_DUE, OrderState.REFUNDED}),
    OrderState.DISPUTED: frozenset({OrderState.PAID, OrderState.LOST}),
    OrderState.LOST: frozenset(),
}


class WhyRefunded(models.TextChoices):
    """Why a buyer has the money back."""

    HOST = "HOST", _("the host called the room off")
    NO_SHOW = "NO_SHOW", _("the host did not come")
    CUT_SHORT = "CUT_SHORT", _("the room ended too early")
    BUYER = "BUYER", _("the buyer gave the ticket back")
    STAFF = "STAFF", _("the team gave it back")
    LATE = "LATE", _("it was paid too late")
    TWICE = "TWICE", _("it was paid twice")


def new_number() -> str:
    """A number to read out, such as 8F2K-Q7MD."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


class OrderQuerySet(models.QuerySet["Order"]):
    """Filters that read aloud, and the one way to change state."""

    def live(self) -> "OrderQuerySet":
        """Paid, or about to be."""
        return self.filter(state__in=LIVE)

    def holding(self) -> "OrderQuerySet":
        """About to be paid: a seat is held."""
        return self.filter(state__in=HOLDING)

    def paid(self) -> "OrderQuerySet":
        return self.filter(state=OrderState.PAID)

    def move(self, pk: uuid.UUID, from_: Collection[str], to: str, **changes: object) -> bool:
        """Compare-and-set from any of `from_`: True when this call changed the state."""
        for state in from_:
            if to not in ORDER_MOVES[state]:
                raise ValueError(f"no way from {state} to {to}")
        return self.filter(pk=pk, state__in=from_).update(state=to, **changes) == 1


class Order(models.Model):
    """One ticket for one person. Its amount and currency are what the payment must be, whatever anybody says."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(_("number"), max_length=9, default=new_number)
    sale = models.ForeignKey(TicketSale, on_delete=models.PROTECT, related_name="orders", verbose_name=_("sale"))
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("buyer")
    )
    state = models.CharField(_("state"), max_length=15, choices=OrderState, default=OrderState.HELD)
    amount = models.PositiveIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    created_at = models.DateTimeField(_("made at"))
    hold_expires_at = models.DateTimeField(_("seat held until"))
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    payment_intent = models.CharField(_("payment"), max_length=120, blank=True)
    charge = models.CharField(_("charge"), max_length=120, blank=True, db_index=True)
    #: What the processor kept, once it has said.
    processor_fee = models.PositiveIntegerField(_("the processor’s fee"), null=True, blank=True)
    refund = models.CharField(_("refund"), max_length=120, blank=True, db_index=True)
    why = models.CharField(_("why it was refunded"), max_length=10, choices=WhyRefunded, blank=True)
    refunded_at = models.DateTimeField(_("refunded at"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["sale", "buyer"], condition=Q(state__in=LIVE), name="one_live_order")
        ]
        indexes = [
            models.Index(fields=["hold_expires_at"], condition=Q(state__in=HOLDING), name="orders_held"),
            models.Index(fields=["buyer", "-created_at"], name="orders_of_buyer"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def money(self) -> Money:
        """What it costs."""
        return Money(self.amount, self.currency)


class AttemptState(models.TextChoices):
    """A payment page is open until it is paid, or closed at the processor."""

    OPEN = "OPEN", _("open")
    COMPLETE = "COMPLETE", _("paid")
    EXPIRED = "EXPIRED", _("closed")


class CheckoutAttempt(models.Model):
    """One payment page at the processor. All of them are kept, so that all can be closed before a seat is freed.

    Its key and `expires_at` are written before the call, so that a repeat is the same call.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="attempts", verbose_name=_("order"))
    n = models.PositiveSmallIntegerField(_("number"))
    session_id = models.CharField(_("object at the processor"), max_length=120, unique=True, null=True)  # noqa: DJ001  unknown until answered
    url = models.URLField(max_length=1000, blank=True)
    expires_at = models.DateTimeField(_("open until"))
    state = models.CharField(_("state"), max_length=10, choices=AttemptState, default=AttemptState.OPEN)

    class Meta:
        verbose_name = _("payment page")
        verbose_name_plural = _("payment pages")
        constraints = [models.UniqueConstraint(fields=["order", "n"], name="one_attempt_of_each_number")]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """The idempotency key of its creation."""
        return f"order-{self.order_id}-session-{self.n}"
