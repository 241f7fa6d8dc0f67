"""Who was put out of a room and may not come back."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from rooms.models.room import Room


class RemovalQuerySet(models.QuerySet["Removal"]):
    """Filters that read aloud."""

    def standing(self) -> "RemovalQuerySet":
        """Not undone."""
        return self.filter(undone_at=None)


class Removal(models.Model):
    """A host put somebody out of a room for good, until a host undoes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="removals")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    removed_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = RemovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "person"], condition=Q(undone_at=None), name="one_standing_removal")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} out of {self.room_id}"
