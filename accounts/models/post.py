"""What people say to everybody: short posts, replies to them, and who likes them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

#: Characters of one post: Unicode code points after cleaning, as the database counts them.
POST_MOST = 500


class PostQuerySet(models.QuerySet["Post"]):
    """Filters that read aloud."""

    def beginnings(self) -> "PostQuerySet":
        """Posts that answer nothing: what feeds and profiles show."""
        return self.filter(reply_to=None)


class Post(models.Model):
    """A post, or a reply to one. Replies are one level deep and go with what they answer.

    The counts change in the transaction of the row that they count.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts", verbose_name=_("author")
    )
    text = models.CharField(_("text"), max_length=POST_MOST, blank=True)
    #: The room that it shares. Rooms live in the app above, which is asked for the card (`signals.room_cards_wanted`).
    room_id = models.UUIDField(_("shared room"), null=True, blank=True)
    #: By which the author counts who comes to it; nothing without a room.
    share = models.CharField(max_length=16, blank=True, default="")
    reply_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies", verbose_name=_("reply to")
    )
    like_count = models.PositiveIntegerField(_("likes"), default=0)
    reply_count = models.PositiveIntegerField(_("replies"), default=0)
    created_at = models.DateTimeField(_("posted at"))

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.CheckConstraint(condition=~Q(text="") | Q(room_id__isnull=False), name="post_says_something"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], condition=Q(reply_to=None), name="post_newest"),
            models.Index(fields=["author", "-created_at", "-id"], name="post_of_author"),
            models.Index(fields=["reply_to", "created_at", "id"], name="post_replies"),
        ]

    def __str__(self) -> str:
        return self.text[:60] or str(self.pk)

    def get_absolute_url(self) -> str:
        """The post's page."""
        return reverse("post", args=[self.pk])


class PostLike(models.Model):
    """Somebody likes a post; once."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="likes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "person"], name="like_once")]
        indexes = [models.Index(fields=["post", "-id"], name="like_newest")]

    def __str__(self) -> str:
        return f"{self.person_id} ♥ {self.post_id}"


class PostMention(models.Model):
    """A post names somebody who exists, and between whom and the author there was no block."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "person"], name="mention_once")]
        indexes = [models.Index(fields=["person", "-id"], name="mention_newest")]

    def __str__(self) -> str:
        return f"{self.post_id} @ {self.person_id}"
