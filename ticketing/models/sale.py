"""Tickets of one room, and the rates that they are sold at."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from rooms.models import Room
from ticketing.fees import Bearer, FeeRates
from ticketing.money import Money


class SaleState(models.TextChoices):
    """open ⇄ closed → ended, or cancelled; ended → settled."""

    OPEN = "OPEN", _("on sale")
    CLOSED = "CLOSED", _("not on sale")
    CANCELLED = "CANCELLED", _("cancelled")
    ENDED = "ENDED", _("over")
    SETTLED = "SETTLED", _("paid out")


class WhyCancelled(models.TextChoices):
    """Why the buyers of a sale have their money back."""

    HOST = "HOST", _("the host called it off")
    NO_SHOW = "NO_SHOW", _("the host did not come")
    CUT_SHORT = "CUT_SHORT", _("it ended too early")
    STAFF = "STAFF", _("the team closed it")


#: The only moves that `SaleQuerySet.move` allows.
SALE_MOVES: dict[str, frozenset[str]] = {
    SaleState.OPEN: frozenset({SaleState.CLOSED, SaleState.CANCELLED, SaleState.ENDED}),
    SaleState.CLOSED: frozenset({SaleState.OPEN, SaleState.CANCELLED, SaleState.ENDED}),
    SaleState.CANCELLED: frozenset(),
    # A room that ended too early was cut short: its sale is called off afterwards.
    SaleState.ENDED: frozenset({SaleState.CANCELLED, SaleState.SETTLED}),
    SaleState.SETTLED: frozenset(),
}


class SaleQuerySet(models.QuerySet["TicketSale"]):
    """Filters that read aloud, and the only ways to change state and seats."""

    def buyable(self, now: datetime) -> "SaleQuerySet":
        """On sale at this moment."""
        return self.filter(state=SaleState.OPEN, sales_end__gt=now)

    def move(self, pk: uuid.UUID, from_: str, to: str, **changes: object) -> bool:
        """Compare-and-set: True when this call changed the state. Raises `ValueError` for a move that is none."""
        if to not in SALE_MOVES[from_]:
            raise ValueError(f"no way from {from_} to {to}")
        return self.filter(pk=pk, state=from_).update(state=to, **changes) == 1

    def hold_seat(self, pk: uuid.UUID, now: datetime) -> bool:
        """Take one free seat for a buyer who is about to pay: one statement, true for as many as there are seats."""
        free = self.buyable(now).filter(pk=pk, capacity__gt=F("held") + F("sold"))
        return free.update(held=F("held") + 1) == 1

    def sell_free_seat(self, pk: uuid.UUID, now: datetime) -> bool:
        """Take one free seat for good: a free ticket."""
        free = self.buyable(now).filter(pk=pk, capacity__gt=F("held") + F("sold"))
        return free.update(sold=F("sold") + 1) == 1

    def sell_late(self, pk: uuid.UUID) -> bool:
        """A payment that came after its hold ended: a seat if one is free, and the room is still to come."""
        free = self.filter(pk=pk, state__in=(SaleState.OPEN, SaleState.CLOSED), capacity__gt=F("held") + F("sold"))
        return free.update(sold=F("sold") + 1) == 1

    def sell_held(self, pk: uuid.UUID) -> bool:
        """A held seat is paid for; False when the room was called off meanwhile."""
        held = self.filter(pk=pk, state__in=(SaleState.OPEN, SaleState.CLOSED, SaleState.ENDED))
        return held.update(held=F("held") - 1, sold=F("sold") + 1) == 1

    def give_up_held(self, pk: uuid.UUID) -> None:
        """A held seat is free again."""
        self.filter(pk=pk).update(held=F("held") - 1)

    def give_up_sold(self, pk: uuid.UUID) -> None:
        """A sold seat is free again."""
        self.filter(pk=pk).update(sold=F("sold") - 1)

    def set_capacity(self, pk: uuid.UUID, capacity: int) -> bool:
        """More tickets, or fewer: never fewer than are held and sold."""
        return self.filter(pk=pk, held__lte=capacity - F("sold")).update(capacity=capacity) == 1


class TicketSale(models.Model):
    """The tickets of one room. Price, currency and rates never change once it is published.

    `held` and `sold` are moved by the methods of `SaleQuerySet` alone, and the database refuses one seat too many.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.OneToOneField(Room, on_delete=models.PROTECT, related_name="ticket_sale", verbose_name=_("room"))
    #: In minor units; 0 for tickets that are free.
    price = models.PositiveIntegerField(_("price in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    capacity = models.PositiveIntegerField(_("tickets"))
    held = models.PositiveIntegerField(_("being paid for"), default=0)
    sold = models.PositiveIntegerField(_("sold"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=SaleState, default=SaleState.OPEN)
    sales_end = models.DateTimeField(_("end of sale"))
    #: For how long the room was announced: less than a part of it (a setting) and the buyers have their money back.
    minutes = models.PositiveSmallIntegerField(_("announced minutes"))
    platform_bps = models.PositiveSmallIntegerField(_("the site’s fee, in 1/100 %"))
    processor_bps = models.PositiveSmallIntegerField(_("the processor’s share, in 1/100 %"))
    processor_fixed = models.PositiveSmallIntegerField(_("the processor’s fixed part"))
    processor_fee_bearer = models.CharField(
        _("who bears the processor’s fee"), max_length=8, choices=[(one.value, one.value) for one in Bearer]
    )
    why_cancelled = models.CharField(_("why it was cancelled"), max_length=10, choices=WhyCancelled, blank=True)
    published_at = models.DateTimeField(_("published at"))
    #: When the room was last moved; since then buyers may have their money back for a while.
    moved_at = models.DateTimeField(_("moved at"), null=True, blank=True)
    #: The start that tickets were sold for last.
    starts_at = models.DateTimeField(_("starts at"))
    closed_at = models.DateTimeField(_("over at"), null=True, blank=True)

    objects = SaleQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket sale")
        verbose_name_plural = _("ticket sales")
        constraints = [
            models.CheckConstraint(condition=Q(capacity__gte=F("held") + F("sold")), name="no_seat_sold_twice")
        ]
        indexes = [models.Index(fields=["state", "starts_at"], name="sales_by_start")]

    def __str__(self) -> str:
        return str(self.room)

    @property
    def price_money(self) -> Money:
        """The price as money."""
        return Money(self.price, self.currency)

    @property
    def rates(self) -> FeeRates:
        """The rates that were frozen when it was published."""
        return FeeRates(self.platform_bps, self.processor_bps, self.processor_fixed, Bearer(self.processor_fee_bearer))

    @property
    def left(self) -> int:
        """Seats that are neither sold nor held."""
        return self.capacity - self.held - self.sold


class PlatformFee(models.Model):
    """The site's part from a date on, set by staff. Rows are added, never changed: sold tickets keep theirs."""

    bps = models.PositiveSmallIntegerField(_("the site’s fee, in 1/100 %"))
    valid_from = models.DateTimeField(_("valid from"))
    note = models.CharField(_("remark"), max_length=300, blank=True)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set at"))

    class Meta:
        verbose_name = _("fee of the site")
        verbose_name_plural = _("fees of the site")
        constraints = [models.CheckConstraint(condition=Q(bps__lt=5000), name="hosts_have_the_majority")]
        indexes = [models.Index(fields=["-valid_from"], name="fees_by_date")]

    def __str__(self) -> str:
        return f"{self.bps / 100} %"
