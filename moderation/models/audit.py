"""The audit log: what staff did, kept for good."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.models import Room


class Act(models.TextChoices):
    """Everything that is written down."""

    CASE_ASSIGNED = "case.assigned", _("took a case")
    CASE_DECIDED = "case.decided", _("decided a case")
    CASE_HELD = "case.held", _("kept evidence beyond its time")
    DECISION_PROPOSED = "decision.proposed", _("proposed a suspension for good")
    DECISION_CONFIRMED = "decision.confirmed", _("confirmed a suspension for good")
    DECISION_REFUSED = "decision.refused", _("refused a suspension for good")
    DECISION_LIFTED = "decision.lifted", _("lifted a measure")
    APPEAL_DECIDED = "appeal.decided", _("decided an appeal")
    EVIDENCE_HEARD = "evidence.heard", _("listened to evidence")
    EVIDENCE_READ = "evidence.read", _("read the events in evidence")
    EVIDENCE_DELETED = "evidence.deleted", _("deleted evidence")
    PERSON_SUSPENDED = "person.suspended", _("suspended an account")
    PERSON_UNSUSPENDED = "person.unsuspended", _("ended a suspension")
    PERSON_SIGNED_OUT = "person.signed_out", _("signed somebody out everywhere")
    PERSON_EDITED = "person.edited", _("edited an account")
    GROUP_EDITED = "group.edited", _("edited a group of permissions")
    HOSTING_DECIDED = "hosting.decided", _("decided about somebody’s hosting")
    HOSTING_THRESHOLD = "hosting.threshold", _("changed the threshold of hosting")
    ROOM_ENDED = "room.ended", _("ended a room")
    ROOM_CLOSED = "room.closed", _("closed a room with a reason")
    POST_DELETED = "post.deleted", _("deleted a post")
    ROOM_OFFICIAL = "room.official", _("made a room an official one, or took it back")
    SITE_SWITCHED = "site.switched", _("turned a switch of the site")
    SELLER_GRANTED = "seller.granted", _("let somebody sell tickets")
    SELLER_REFUSED = "seller.refused", _("refused an application to sell tickets")
    SELLER_WITHDRAWN = "seller.withdrawn", _("stopped somebody from selling tickets")
    TICKETS_FEE = "tickets.fee", _("set the site’s fee on tickets")
    TICKETS_REFUNDED = "tickets.refunded", _("gave a ticket’s money back")
    AUDIT_EXPORTED = "audit.exported", _("exported the audit log")


class AuditEntry(models.Model):
    """One act. The database itself refuses to change or delete a row, whoever asks (migration 0002).

    Nothing here is a foreign key to the database: accounts and rooms may go, what was done stays, with the names
    of that day. A migration that alters this table on SQLite makes it anew, and must make its triggers anew as well.
    """

    at = models.DateTimeField(_("when"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    actor_name = models.CharField(_("by"), max_length=50, blank=True)
    act = models.CharField(_("what"), max_length=30, choices=Act)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+",
        verbose_name=_("on whom"),
    )  # fmt: skip
    person_name = models.CharField(_("on whom"), max_length=50, blank=True)
    room = models.ForeignKey(
        Room, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", verbose_name=_("room")
    )
    room_title = models.CharField(_("room"), max_length=80, blank=True)
    #: Id of the case, decision, appeal or evidence.
    subject = models.CharField(_("file"), max_length=64, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    why = models.TextField(_("why"), blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [models.Index(fields=["act", "-at"], name="audit_by_act")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.act}"
