"""Being reminded of a room to come: the wish, and each reminder with its moment."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from rooms.models.room import Room


class Reminder(models.Model):
    """Somebody wants to be reminded of a room, and told when it is moved or cancelled."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminders", verbose_name=_("person")
    )
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="reminders", verbose_name=_("room"))
    asked_at = models.DateTimeField(_("asked at"))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [models.UniqueConstraint(fields=["person", "room"], name="reminder_once")]

    def __str__(self) -> str:
        return str(self.room)


class DueKind(models.TextChoices):
    """What is told, and when: a day and ten minutes before, at the start, after a change."""

    DAY = "DAY", _("a day before")
    SOON = "SOON", _("ten minutes before")
    LIVE = "LIVE", _("live now")
    MOVED = "MOVED", _("moved")
    CANCELLED = "CANCELLED", _("cancelled")


class DueReminder(models.Model):
    """One row for each person, room and kind. Whoever holds the row while it is unsent sends it, and nobody else.

    The transaction that holds it writes the notification down and marks the row: no death of a worker, no second
    beat and no clock that is set can make two of one, or none.
    """

    reminder = models.ForeignKey(Reminder, on_delete=models.CASCADE, related_name="due")
    kind = models.CharField(_("kind"), max_length=9, choices=DueKind)
    #: None for LIVE until the room begins.
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("due reminder")
        verbose_name_plural = _("due reminders")
        constraints = [models.UniqueConstraint(fields=["reminder", "kind"], name="due_reminder_once")]
        indexes = [models.Index(F("due_at"), condition=Q(sent_at=None), name="due_reminder_unsent")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.due_at}"
