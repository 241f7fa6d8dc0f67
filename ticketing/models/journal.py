"""The ledger: double entry, which the database itself keeps balanced and unchanged (migration 0002)."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Account(models.TextChoices):
    """Where money is. Debits are positive: what we have; credits negative: what we owe or earned."""

    STRIPE_BALANCE = "STRIPE_BALANCE", _("balance at the processor")
    STRIPE_FEES = "STRIPE_FEES", _("fees of the processor")
    BUYER_FUNDS = "BUYER_FUNDS", _("held for events to come")
    PLATFORM_REVENUE = "PLATFORM_REVENUE", _("the site’s fee")
    DISPUTE_LOSS = "DISPUTE_LOSS", _("lost in disputes")
    HOST_DEBT = "HOST_DEBT", _("owed by hosts")


class JournalKind(models.TextChoices):
    """What moved: one kind for each kind of the processor's balance transactions."""

    CHARGE = "CHARGE", _("payment")
    REFUND = "REFUND", _("refund")
    REFUND_FAILED = "REFUND_FAILED", _("refund that failed")
    TRANSFER = "TRANSFER", _("transfer to the host")
    DISPUTE = "DISPUTE", _("dispute")
    DISPUTE_WON = "DISPUTE_WON", _("dispute won")
    REVERSAL = "REVERSAL", _("transfer taken back")


class JournalTxn(models.Model):
    """One movement of money, which seals its postings: it is written after them, and the database refuses it
    unless they sum up to zero in each currency. `key` is the processor's object, so that a replay adds nothing.

    A migration that alters this table or the postings' on SQLite makes it anew, and must make its triggers anew too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(_("key"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=15, choices=JournalKind)
    #: The order, without a foreign key: what was booked outlives everything.
    order_id = models.UUIDField(_("order"), null=True, db_index=True)
    stripe_object = models.CharField(_("object at the processor"), max_length=120, blank=True)
    occurred_at = models.DateTimeField(_("when"))
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("movement of money")
        verbose_name_plural = _("ledger")
        indexes = [models.Index(fields=["-occurred_at"], name="journal_by_time")]

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """One side of a movement."""

    txn = models.ForeignKey(JournalTxn, on_delete=models.PROTECT, related_name="postings", verbose_name=_("movement"))
    account = models.CharField(_("account"), max_length=20, choices=Account)
    amount = models.BigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="posting_moves_something")]
        indexes = [models.Index(fields=["account", "currency"], name="posting_by_account")]

    def __str__(self) -> str:
        return f"{self.account} {self.amount} {self.currency}"
