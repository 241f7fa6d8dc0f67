"""Onto the list of those who may sell, and off it."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.services import staff
from spaces_site.boundary.plain_text import plain_line, plain_paragraphs, says_something
from spaces_site.enqueue import enqueue_on_commit
from spaces_site.errors import DomainError, Kind
from ticketing import eligibility
from ticketing.models import ApplicationState, SellerApplication, SellerGrant

WORDS_MAX = 1000


class SayMore(DomainError):
    """An application without words."""

    code = "say_more"
    text = gettext_lazy("Say in a few words what you want to sell tickets for.")


class NotOpen(DomainError):
    """Decided already."""

    kind = Kind.CONFLICT
    code = "application_decided"
    text = gettext_lazy("This application was decided already.")


def apply(*, actor: User, words: str, born_on: date, now: datetime) -> SellerApplication:
    """Ask to be let sell. Raises what `eligibility.check_may_apply` raises, `TooYoung`, `SayMore`."""
    eligibility.check_may_apply(person=actor, now=now)
    eligibility.check_age(born_on=born_on, today=now.date())
    told = plain_paragraphs(words)[:WORDS_MAX]
    if not says_something(told):
        raise SayMore(field="words")
    try:
        with transaction.atomic():
            return SellerApplication.objects.create(person=actor, words=told, born_on=born_on, applied_at=now)
    except IntegrityError as error:
        raise eligibility.AlreadyApplied from error


def decide(*, actor: User, application_id: UUID, accept: bool, answer: str, now: datetime) -> SellerApplication:
    """Staff decide an application once; the applicant is told by mail. Raises `NotStaff`, `NotOpen`."""
    staff.check_is_staff(actor)
    to = ApplicationState.ACCEPTED if accept else ApplicationState.REFUSED
    told = plain_line(answer)[:300]
    with transaction.atomic():
        waiting = SellerApplication.objects.filter(pk=application_id, state=ApplicationState.OPEN)
        if not waiting.update(state=to, decided_at=now, decided_by=actor, answer=told):
            raise NotOpen
        decided = SellerApplication.objects.select_related("person").get(pk=application_id)
        if accept:
            grant(actor=actor, person=decided.person, note=told or _("Application accepted"), now=now)
        else:
            staff.tell_act(actor=actor, act="seller.refused", person=decided.person, why=told)
        enqueue_on_commit("ticketing.tasks.mail_decision", application_id=str(decided.pk))
    return decided


def grant(*, actor: User, person: User, note: str, now: datetime) -> None:
    """Staff put somebody on the list. Who is on it stays there."""
    staff.check_is_staff(actor)
    with transaction.atomic():
        _grant, is_new = SellerGrant.objects.get_or_create(
            person=person,
            withdrawn_at=None,
            defaults={"note": plain_line(note)[:300], "granted_by": actor, "granted_at": now},
        )
        if is_new:
            staff.tell_act(actor=actor, act="seller.granted", person=person, why=note)


def withdraw(*, actor: User, person: User, why: str, now: datetime) -> None:
    """Staff take somebody off the list: no new sales. What is on sale goes on, for its buyers' sake."""
    staff.check_is_staff(actor)
    with transaction.atomic():
        if SellerGrant.objects.filter(person=person, withdrawn_at=None).update(withdrawn_at=now):
            staff.tell_act(actor=actor, act="seller.withdrawn", person=person, why=why)


def decision_letter(*, application: SellerApplication) -> tuple[str, str]:
    """Subject and text of the mail about a decision, in the applicant's language."""
    with translation.override(application.person.language or None):
        accepted = application.state == ApplicationState.ACCEPTED
        subject = _("You may sell tickets") if accepted else _("Your application to sell tickets")
        first = (
            _("You may now put tickets on sale for rooms that you schedule.")
            if accepted
            else _("We cannot let you sell tickets for now. You may apply again later.")
        )
        return subject, f"{first}\n\n{application.answer}".strip()


def standing(*, person: User, now: datetime) -> eligibility.SellerStanding:
    """Whether somebody may sell tickets, or ask to; told for pages and API."""
    return eligibility.seller_standing(person=person, now=now)
