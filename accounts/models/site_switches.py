"""What staff can switch off for the whole site."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SiteSwitches(models.Model):
    """The one row (pk 1)."""

    no_new_rooms = models.BooleanField(
        _("no new rooms"), default=False, help_text=_("Nobody opens, schedules or starts a room. Live ones go on.")
    )
    read_only = models.BooleanField(
        _("read-only"), default=False, help_text=_("People listen, leave, mute and report; nothing else is changed.")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("site switches")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_row_of_switches")]

    def __str__(self) -> str:
        return str(_("site switches"))
