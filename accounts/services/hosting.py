"""Staff's word on one person's hosting, beside the threshold of `rooms.eligibility`."""

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Hosting, User
from accounts.services import staff
from spaces_site.boundary.plain_text import plain_line
from spaces_site.errors import DomainError, Kind

log = structlog.get_logger(__name__)


class NoteNeeded(DomainError):
    """A decision without a reason."""

    kind = Kind.INVALID
    code = "note_needed"
    text = _("Write down why, in up to 300 characters: the person may ask.")


def decide_hosting(*, actor: User, person: User, decision: Hosting, note: str) -> User:
    """Grant or withdraw hosting, or leave it to the threshold again. Logged. Raises NotStaff, NoteNeeded."""
    staff.check_is_staff(actor)
    note = plain_line(note)
    if len(note) > 300 or (decision != Hosting.DEFAULT and not note):
        raise NoteNeeded(field="hosting_note")
    before = {"hosting": person.hosting, "note": person.hosting_note}
    person.hosting = decision
    person.hosting_note = note
    with transaction.atomic():
        person.save(update_fields=["hosting", "hosting_note"])
        after = {"hosting": decision.value, "note": note}
        staff.tell_act(actor=actor, act="hosting.decided", person=person, why=note, before=before, after=after)
    log.info("hosting_decided", person=str(person.pk), by=str(actor.pk), decision=decision, note=note)
    return person
