"""Who wants nothing to do with whom."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Block(models.Model):
    """One person blocked another. The blocked one is never told."""

    blocker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocking")
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocked_by")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="block_not_oneself"),
        ]
        indexes = [
            models.Index(fields=["blocked", "blocker"], name="block_by_blocked"),
            models.Index(fields=["blocker", "-id"], name="block_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} ✕ {self.blocked_id}"
