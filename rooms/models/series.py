"""A room that comes again every week or every month."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Repeat(models.TextChoices):
    """How often a room comes again."""

    WEEKLY = "WEEKLY", _("every week")
    MONTHLY = "MONTHLY", _("every month")


class RoomSeries(models.Model):
    """The rule: the clock on the host's wall, in the host's zone. Each room of it is made when the one before begins.

    The wall clock is kept, not the moment in UTC: "every Sunday at 20:00 in Paris" stays at 20:00 in summer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="room_series")
    repeat = models.CharField(_("repeats"), max_length=7, choices=Repeat)
    time_zone = models.CharField(_("time zone"), max_length=64)
    #: First day and time on the wall; what comes later is counted from here.
    first_date = models.DateField()
    wall_time = models.TimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("series of rooms")
        verbose_name_plural = _("series of rooms")

    def __str__(self) -> str:
        return f"{self.repeat} from {self.first_date}"
