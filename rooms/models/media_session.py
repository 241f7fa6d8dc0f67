"""Which media node carries a room's sound, and which nodes there are."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.models.room import Room


class MediaNode(models.Model):
    """A media worker process: one event loop, one UDP port, many rooms."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    addresses = models.JSONField(_("addresses"), default=list)
    port = models.PositiveIntegerField(_("port"), default=0)
    started_at = models.DateTimeField(_("started at"))
    heartbeat_at = models.DateTimeField(_("last heartbeat"))
    #: Share of one core used over the last seconds, 0 to 1.
    load = models.FloatField(_("load"), default=0)
    room_count = models.PositiveIntegerField(_("rooms"), default=0)
    leg_count = models.PositiveIntegerField(_("connections"), default=0)
    is_draining = models.BooleanField(_("is stopping"), default=False)

    class Meta:
        verbose_name = _("media node")
        verbose_name_plural = _("media nodes")

    def __str__(self) -> str:
        return self.name


class MediaSession(models.Model):
    """The lease on a room's sound. `epoch` grows with each owner; an older epoch may write nothing."""

    room = models.OneToOneField(Room, on_delete=models.CASCADE, primary_key=True, related_name="media_session")
    node = models.ForeignKey(MediaNode, null=True, blank=True, on_delete=models.SET_NULL, related_name="sessions")
    epoch = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.room_id} epoch {self.epoch}"
