"""Invitations into a room: to one person, or by a link that whoever has it may use."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rooms.models.room import Room


class InvitedTo(models.TextChoices):
    """What somebody is invited to."""

    LISTEN = "LISTEN", _("listen")
    SPEAK = "SPEAK", _("speak")


class InvitationState(models.TextChoices):
    """open → accepted | declined | withdrawn; the room's end closes none of them, its state does."""

    OPEN = "OPEN", _("open")
    ACCEPTED = "ACCEPTED", _("accepted")
    DECLINED = "DECLINED", _("declined")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Filters that read aloud, and the one way to change state."""

    def open(self) -> "InvitationQuerySet":
        return self.filter(state=InvitationState.OPEN)

    def standing(self) -> "InvitationQuerySet":
        """Open or accepted: it opens a door, or a way to the stage."""
        return self.filter(state__in=(InvitationState.OPEN, InvitationState.ACCEPTED))

    def to_speak(self) -> "InvitationQuerySet":
        return self.filter(kind=InvitedTo.SPEAK)

    def close(self, pk: uuid.UUID, to: str, **changes: object) -> bool:
        """Compare-and-set from open; True when this call changed the state."""
        return self.filter(pk=pk, state=InvitationState.OPEN).update(state=to, **changes) == 1


class Invitation(models.Model):
    """Somebody is asked to come and listen, or to speak without queueing. It stays until it is answered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="invitations")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="room_invitations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=6, choices=InvitedTo)
    state = models.CharField(max_length=9, choices=InvitationState, default=InvitationState.OPEN)
    invited_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "person"], condition=Q(state__in=["OPEN", "ACCEPTED"]), name="one_standing_invitation"
            )
        ]
        indexes = [models.Index(fields=["person", "state", "-invited_at"], name="invitations_of_person")]

    def __str__(self) -> str:
        return f"{self.person_id} to {self.kind} in {self.room_id}"


class InvitationLink(models.Model):
    """An address that invites whoever opens it, until it is withdrawn or used up. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="invitation_links")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=6, choices=InvitedTo)
    key_hash = models.CharField(max_length=64, unique=True)
    uses_left = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link to {self.kind} in {self.room_id}"
