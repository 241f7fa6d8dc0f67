"""Hands and invitations to speak: one queue, one way onto the stage."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rooms.models.participant import Participant
from rooms.models.room import Room


class SpeakRequestState(models.TextChoices):
    """raised → offered (the host accepted, or invited) → taken | declined | expired; or lowered, refused."""

    RAISED = "RAISED", _("hand raised")
    OFFERED = "OFFERED", _("asked on stage")
    TAKEN = "TAKEN", _("came on stage")
    REFUSED = "REFUSED", _("not now, said the host")
    DECLINED = "DECLINED", _("declined by the person")
    LOWERED = "LOWERED", _("hand lowered")
    EXPIRED = "EXPIRED", _("expired")


OPEN_STATES = (SpeakRequestState.RAISED, SpeakRequestState.OFFERED)

#: The only moves that `SpeakRequestQuerySet.move` allows.
TRANSITIONS: dict[str, frozenset[str]] = {
    SpeakRequestState.RAISED: frozenset(
        # Taken at once: somebody in the queue came up by an invitation.
        {SpeakRequestState.OFFERED, SpeakRequestState.TAKEN, SpeakRequestState.REFUSED, SpeakRequestState.LOWERED}
    ),
    SpeakRequestState.OFFERED: frozenset(
        {SpeakRequestState.TAKEN, SpeakRequestState.DECLINED, SpeakRequestState.EXPIRED, SpeakRequestState.LOWERED}
    ),
}


class SpeakRequestQuerySet(models.QuerySet["SpeakRequest"]):
    """Filters that read aloud, and the one way to change state."""

    def open(self) -> "SpeakRequestQuerySet":
        return self.filter(state__in=OPEN_STATES)

    def queue(self) -> "SpeakRequestQuerySet":
        """Raised hands, first come first served."""
        return self.filter(state=SpeakRequestState.RAISED).order_by("raised_at", "id")

    def lower_raised(self, **changes: object) -> int:
        """Take every raised hand of these down at once; how many there were. Accepted ones stand."""
        return self.filter(state=SpeakRequestState.RAISED).update(state=SpeakRequestState.LOWERED, **changes)

    def move(self, pk: uuid.UUID, from_: str, to: str, **changes: object) -> bool:
        """Compare-and-set; True when this call changed the state."""
        if to not in TRANSITIONS.get(from_, frozenset()):
            raise ValueError(f"no way from {from_} to {to}")
        return self.filter(pk=pk, state=from_).update(state=to, **changes) == 1


class SpeakRequest(models.Model):
    """A raised hand or an offer of the microphone to one participant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="speak_requests")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="speak_requests")
    state = models.CharField(max_length=10, choices=SpeakRequestState, default=SpeakRequestState.RAISED)
    #: True when the host asked first and nobody raised a hand.
    invited = models.BooleanField(default=False)
    raised_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = SpeakRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant"], condition=Q(state__in=["RAISED", "OFFERED"]), name="one_open_speak_request"
            )
        ]
        indexes = [models.Index(fields=["room", "state", "raised_at"], name="hand_queue")]

    def __str__(self) -> str:
        return f"{self.participant_id}: {self.state}"
