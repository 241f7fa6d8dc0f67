"""Who follows whom."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Follow(models.Model):
    """One person follows another. The counts on both people change in the same transaction."""

    follower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="following")
    followee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="followers")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "followee"], name="follow_once"),
            models.CheckConstraint(condition=~Q(follower=F("followee")), name="follow_not_oneself"),
        ]
        indexes = [
            models.Index(fields=["followee", "-id"], name="follow_followers_newest"),
            models.Index(fields=["follower", "-id"], name="follow_following_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} → {self.followee_id}"
