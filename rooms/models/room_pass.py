"""The right to enter a room that needs one."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rooms.models.room import Room


class PassSource(models.TextChoices):
    """Where a pass comes from. One person may hold one of each; any of them opens the door."""

    TICKET = "TICKET", _("ticket")
    GUEST_LIST = "GUEST_LIST", _("guest list")
    #: Whoever was made host or co-host of the room.
    CREW = "CREW", _("host or co-host")


class RoomPassQuerySet(models.QuerySet["RoomPass"]):
    """Filters that read aloud."""

    def standing(self) -> "RoomPassQuerySet":
        """Not taken back."""
        return self.filter(revoked_at=None)


class RoomPass(models.Model):
    """Somebody may enter a room, until it is taken back. Who paid what for it is not for rooms to know."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="passes", verbose_name=_("room"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    source = models.CharField(_("source"), max_length=10, choices=PassSource)
    issued_at = models.DateTimeField(_("issued at"))
    revoked_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    objects = RoomPassQuerySet.as_manager()

    class Meta:
        verbose_name = _("pass")
        verbose_name_plural = _("passes")
        constraints = [
            models.UniqueConstraint(
                fields=["room", "person", "source"], condition=Q(revoked_at=None), name="one_standing_pass"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.room}"
