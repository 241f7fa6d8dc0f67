"""Who stands at the door of a room whose hosts let people in one by one."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.models.room import Room


class KnockState(models.TextChoices):
    """waiting → admitted | refused; knocking again after a refusal changes nothing."""

    WAITING = "WAITING", _("waiting")
    ADMITTED = "ADMITTED", _("admitted")
    REFUSED = "REFUSED", _("refused")


class KnockQuerySet(models.QuerySet["Knock"]):
    """Filters that read aloud, and the one way to change state."""

    def waiting(self) -> "KnockQuerySet":
        return self.filter(state=KnockState.WAITING)

    def admitted(self) -> "KnockQuerySet":
        return self.filter(state=KnockState.ADMITTED)


class Knock(models.Model):
    """Somebody asked to come in; an answer stands as long as the room."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="knocks")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=KnockState, default=KnockState.WAITING)
    knocked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = KnockQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "person"], name="one_knock")]
        indexes = [models.Index(fields=["room", "state", "knocked_at"], name="knocks_of_room")]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.room_id}"
