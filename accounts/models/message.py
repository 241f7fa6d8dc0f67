"""What two people say to one another."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

#: Characters of one message: Unicode code points after cleaning, as the database counts them.
MESSAGE_MOST = 1000


class Box(models.TextChoices):
    """Where a conversation lies for one of the two."""

    INBOX = "INBOX", _("inbox")
    #: From somebody whom one does not follow: held back until it is answered.
    REQUEST = "REQUEST", _("requests")
    #: A request that was deleted: what the other one still writes is not shown.
    DECLINED = "DECLINED", _("declined")


class Conversation(models.Model):
    """The one conversation of a pair, kept in the order of their ids."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="conversation_of_a_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="conversation_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ↔ {self.second_id}"


class ConversationSide(models.Model):
    """The conversation as one of the two has it: where it lies, what is unread, since when it is empty."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="sides")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    other = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    box = models.CharField(max_length=8, choices=Box)
    #: Of the newest message that this side still sees; None while it sees none.
    last_message_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    unread_count = models.PositiveIntegerField(default=0)
    #: What was said until then is deleted for this side.
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "person"], name="side_once")]
        indexes = [
            models.Index(fields=["person", "box", "-last_message_at", "-id"], name="side_newest"),
            models.Index(fields=["person", "box"], condition=Q(unread_count__gt=0), name="side_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} ← {self.other_id}"


class MessageQuerySet(models.QuerySet["Message"]):
    """Filters that read aloud."""

    def shown_to(self, side: ConversationSide) -> "MessageQuerySet":
        """What this side of the conversation sees: nothing that it deleted, nor what follows a declined request."""
        rows = self.filter(conversation=side.conversation_id)
        if side.box == Box.DECLINED:
            return rows.none()
        return rows.filter(sent_at__gt=side.cleared_at) if side.cleared_at else rows


class Message(models.Model):
    """One message. Deleting it takes it from both."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=MESSAGE_MOST, blank=True)
    #: As in `Post.room_id`.
    room_id = models.UUIDField(null=True, blank=True)
    #: By which the author counts who comes to it; nothing without a room.
    share = models.CharField(max_length=16, blank=True, default="")
    sent_at = models.DateTimeField()

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(condition=~Q(text="") | Q(room_id__isnull=False), name="message_says_something"),
        ]
        indexes = [models.Index(fields=["conversation", "-sent_at", "-id"], name="message_newest")]

    def __str__(self) -> str:
        return str(self.pk)
