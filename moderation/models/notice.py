"""What people are told: in the app, and by mail."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.models.decision import Decision
from moderation.models.report import Report


class NoticeKind(models.TextChoices):
    """Each has a text of its own."""

    RECEIVED = "RECEIVED", _("report received")
    ANSWERED = "ANSWERED", _("report answered")
    DECIDED = "DECIDED", _("decision")
    CONFIRMED = "CONFIRMED", _("suspension confirmed")
    LIFTED = "LIFTED", _("measure lifted")
    APPEAL_ANSWERED = "APPEAL_ANSWERED", _("appeal answered")


class Notice(models.Model):
    """One message of the moderation team, written in the reader's language when it was made.

    A reporter without an account has an address alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="moderation_notices"
    )
    email = models.EmailField(blank=True)
    kind = models.CharField(max_length=15, choices=NoticeKind)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    report = models.ForeignKey(Report, null=True, on_delete=models.CASCADE, related_name="+")
    decision = models.ForeignKey(Decision, null=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    #: When a worker took the mail; one that says nothing more for a while has died with it.
    claimed_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-made_at"], name="notices_of_person")]

    def __str__(self) -> str:
        return self.subject
