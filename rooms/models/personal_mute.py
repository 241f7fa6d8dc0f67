"""Whose voice somebody does not want to hear in a room."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from rooms.models.room import Room


class PersonalMute(models.Model):
    """One person hears a room without another. Nobody else hears less, and nobody is told."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="personal_mutes")
    listener = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    silenced = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    muted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "listener", "silenced"], name="personal_mute_once"),
            models.CheckConstraint(condition=~Q(listener=F("silenced")), name="personal_mute_not_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.listener_id} without {self.silenced_id} in {self.room_id}"
