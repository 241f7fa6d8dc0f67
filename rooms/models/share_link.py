"""Addresses of a room that people pass on."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.models.room import Room


class ShareLink(models.Model):
    """Somebody's own address of a room. It counts how many came by it; who they were is kept nowhere."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="share_links", verbose_name=_("room"))
    sharer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("shared by")
    )
    #: Drawn by lot: it says nothing about the sharer to whoever reads it.
    token = models.CharField(max_length=16, unique=True)
    came = models.PositiveIntegerField(_("came by it"), default=0)

    class Meta:
        verbose_name = _("shared link")
        verbose_name_plural = _("shared links")
        constraints = [models.UniqueConstraint(fields=["room", "sharer"], name="one_share_link")]

    def __str__(self) -> str:
        return f"{self.sharer}: {self.came}"
