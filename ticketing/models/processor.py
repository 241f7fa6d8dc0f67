"""What comes from the processor and what goes to it: an inbox and an outbox."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ticketing.models.order import Order


class WebhookEvent(models.Model):
    """One event, stored as it came and worked on afterwards. It is a doorbell: what is true is read again."""

    stripe_id = models.CharField(_("event"), max_length=120, primary_key=True)
    type = models.CharField(_("type"), max_length=120)
    #: The object that it is about.
    subject = models.CharField(_("object"), max_length=120, blank=True)
    payload = models.JSONField(_("content"))
    received_at = models.DateTimeField(_("received at"))
    processed_at = models.DateTimeField(_("worked on at"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        verbose_name = _("event of the processor")
        verbose_name_plural = _("events of the processor")
        indexes = [
            models.Index(fields=["received_at"], condition=models.Q(processed_at=None), name="events_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id}"


class CommandState(models.TextChoices):
    """due → done, or given to an operator."""

    DUE = "DUE", _("to be done")
    DONE = "DONE", _("done")
    FAILED = "FAILED", _("for an operator")


class CommandKind(models.TextChoices):
    """What the processor is told to do."""

    REFUND = "REFUND", _("refund")


class StripeCommand(models.Model):
    """Something that the processor must do, written in the transaction that decided it. Its key makes it once."""

    key = models.CharField(_("key"), max_length=160, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=CommandKind)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="commands", verbose_name=_("order"))
    #: The payment that is given back: the order's own, or a second one of it.
    payment_intent = models.CharField(_("payment"), max_length=120)
    charge = models.CharField(_("charge"), max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=CommandState, default=CommandState.DUE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    made_at = models.DateTimeField(_("decided at"))
    next_try_at = models.DateTimeField(_("next try at"))
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    result_id = models.CharField(_("result"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("task for the processor")
        verbose_name_plural = _("tasks for the processor")
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(state=CommandState.DUE), name="commands_due"),
        ]

    def __str__(self) -> str:
        return self.key
