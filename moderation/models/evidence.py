"""What a report froze: the last two minutes of a room, encrypted."""

import uuid

from django.core.files.storage import Storage, storages
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.models.report import Case
from rooms.models import Room


def evidence_storage() -> Storage:
    """The folder that no door serves."""
    return storages["evidence"]


class EvidenceState(models.TextChoices):
    """KEPT → DELETED; NONE where there was nothing to keep, or no way to keep it."""

    KEPT = "KEPT", _("kept")
    NONE = "NONE", _("none")
    DELETED = "DELETED", _("deleted")


class Evidence(models.Model):
    """One encrypted file: sound, events and the room at that second. `sha256` is that of the file, kept for good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="evidence")
    room = models.ForeignKey(Room, null=True, on_delete=models.SET_NULL, related_name="+")
    taken_at = models.DateTimeField(_("taken at"))
    state = models.CharField(_("state"), max_length=7, choices=EvidenceState)
    file = models.FileField(storage=evidence_storage, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(_("bytes"), default=0)
    #: Seconds of sound in each piece: one for each run of the encoder.
    pieces = models.JSONField(default=list)
    event_count = models.PositiveIntegerField(_("events"), default=0)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return f"{self.taken_at:%Y-%m-%d %H:%M}"
