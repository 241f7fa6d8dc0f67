"""Posts that hosts pinned in a room: which, in what order, and from when until when."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from rooms.models.room import Room


class PinQuerySet(models.QuerySet["Pin"]):
    """Filters that read aloud."""

    def standing(self) -> "PinQuerySet":
        """Not taken down; in a room that is over: when it ended."""
        return self.filter(unpinned_at=None)

    def by(self, author_id: uuid.UUID) -> "PinQuerySet":
        """What this person wrote, and replies to it."""
        return self.filter(Q(post__author=author_id) | Q(post__reply_to__author=author_id))

    def to_be_seen(self) -> "PinQuerySet":
        """With a post whose author is not switched off, nor the author of what it answers."""
        above = Q(post__reply_to=None) | Q(post__reply_to__author__is_active=True)
        return self.filter(above, post__author__is_active=True)

    def in_order(self) -> "PinQuerySet":
        """As the room shows them."""
        return self.order_by("place", "pk")


class Pin(models.Model):
    """A post on the wall of a room. Kept when it is taken down, so that a replay shows it when it was shown.

    `shown_ms` and `hidden_ms` are milliseconds since the room began. A post that is deleted leaves the rest of the row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="pins")
    post = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL, related_name="+")
    #: 0 comes first.
    place = models.PositiveSmallIntegerField()
    pinned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    pinned_at = models.DateTimeField()
    shown_ms = models.PositiveBigIntegerField()
    #: None with `unpinned_at` set: no host did it. The post was deleted, or the host may see it no longer.
    unpinned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    unpinned_at = models.DateTimeField(null=True, blank=True)
    hidden_ms = models.PositiveBigIntegerField(null=True, blank=True)

    objects = PinQuerySet.as_manager()

    class Meta:
        verbose_name = _("pinned post")
        verbose_name_plural = _("pinned posts")
        constraints = [
            models.UniqueConstraint(fields=["room", "post"], condition=Q(unpinned_at=None), name="post_pinned_once")
        ]
        indexes = [models.Index(fields=["room", "place"], condition=Q(unpinned_at=None), name="pins_of_room")]

    def __str__(self) -> str:
        return str(self.post or self.pk)
