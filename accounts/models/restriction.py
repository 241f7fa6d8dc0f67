"""What staff can switch off for one person, and until when it stays off."""

from datetime import UTC, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

#: Until further notice. Far enough, and near enough for every time zone's arithmetic.
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


class Restriction(models.TextChoices):
    """Each is a column of the person: the moment until which it holds, or empty."""

    NO_REACTIONS = "NO_REACTIONS", _("no reactions")
    NO_MICROPHONE = "NO_MICROPHONE", _("no microphone")
    NO_HOSTING = "NO_HOSTING", _("no hosting")
    LIMITED = "LIMITED", _("limited")
    SUSPENDED = "SUSPENDED", _("suspended")

    @property
    def column(self) -> str:
        """The column of `User` that says until when."""
        return f"{self.value.lower()}_until"
