"""Rule book: who may sell tickets, and who may ask to. One condition a line; the first that fails is told."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import User
from rooms.models import Room, RoomState
from spaces_site.errors import DomainError, Kind
from ticketing.models import ApplicationState, SellerApplication, SellerGrant


class SignInToSell(DomainError):
    """A guest, or nobody, wants to sell."""

    kind = Kind.UNAUTHENTICATED
    code = "sign_in_first"
    text = _("Sign in to sell tickets.")


class NotASeller(DomainError):
    """Not on the list that staff keep."""

    kind = Kind.FORBIDDEN
    code = "not_a_seller"
    text = _("Only a limited group of hosts sells tickets for now. You can apply to join it.")


class NotYetASeller(DomainError):
    """Below a threshold; `data` carries `needed` and `have`."""

    kind = Kind.FORBIDDEN
    code = "seller_threshold"
    text = _("You cannot apply to sell tickets yet.")


class ProveYourEmail(DomainError):
    """No verified e-mail address."""

    kind = Kind.FORBIDDEN
    code = "email_not_verified"
    text = _("Verify your e-mail address first, in your settings.")


class NeedsTwoFactors(DomainError):
    """No authenticator app."""

    kind = Kind.FORBIDDEN
    code = "two_factors_needed"
    text = _("Switch two-factor sign-in on first, in your settings: people’s money is at stake.")


class AlreadyApplied(DomainError):
    """One application at a time."""

    kind = Kind.CONFLICT
    code = "already_applied"
    text = _("You have applied already. The team answers by e-mail and on this page.")


class AlreadyASeller(DomainError):
    """Nothing to apply for."""

    kind = Kind.CONFLICT
    code = "already_a_seller"
    text = _("You may sell tickets already.")


class TooYoung(DomainError):
    """Below the age."""

    kind = Kind.INVALID
    code = "too_young"
    text = _("You are not old enough to sell tickets.")


@dataclass(frozen=True, slots=True)
class SellerStanding:
    """Whether somebody may sell, told for pages. `application` is open, accepted, refused or empty."""

    may_sell: bool
    may_apply: bool
    code: str = ""
    text: str = ""
    application: str = ""
    answer: str = ""


def check_may_sell(*, person: User | AnonymousUser, now: datetime) -> None:
    """Raise unless `person` may put tickets on sale now."""
    known = _somebody(person)
    if not SellerGrant.objects.filter(person=known, withdrawn_at=None).exists():
        raise NotASeller
    _check_account(known)


def check_may_apply(*, person: User | AnonymousUser, now: datetime) -> None:
    """Raise unless `person` may ask to be put on the list."""
    known = _somebody(person)
    if SellerGrant.objects.filter(person=known, withdrawn_at=None).exists():
        raise AlreadyASeller
    if SellerApplication.objects.filter(person=known, state=ApplicationState.OPEN).exists():
        raise AlreadyApplied
    if known.follower_count < settings.TICKET_SELLER_FOLLOWERS:
        needed, have = settings.TICKET_SELLER_FOLLOWERS, known.follower_count
        text = _("%(needed)d followers needed, you have %(have)d.") % {"needed": needed, "have": have}
        raise NotYetASeller(text, data={"needed": needed, "have": have})
    _check_rooms(known, now)
    _check_account(known)


def check_age(*, born_on: date, today: date) -> None:
    """Raise unless somebody born then is old enough to sell."""
    years = today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
    if not settings.TICKET_SELLER_AGE <= years <= 120:
        text = _("You must be %(age)d or older to sell tickets.") % {"age": settings.TICKET_SELLER_AGE}
        raise TooYoung(text, field="born_on")


def seller_standing(*, person: User | AnonymousUser, now: datetime) -> SellerStanding:
    """Both checks, told as an answer."""
    newest = SellerApplication.objects.filter(person_id=person.pk).order_by("-applied_at").first()
    application, answer = (newest.state.lower(), newest.answer) if newest else ("", "")
    try:
        check_may_sell(person=person, now=now)
    except DomainError as refusal:
        may_apply = _may_apply(person, now)
        told = may_apply if isinstance(refusal, NotASeller) and may_apply is not None else refusal
        return SellerStanding(False, may_apply is None, told.code, str(told.text), application, answer)
    return SellerStanding(True, False, application=application, answer=answer)


def _may_apply(person: User | AnonymousUser, now: datetime) -> DomainError | None:
    try:
        check_may_apply(person=person, now=now)
    except DomainError as refusal:
        return refusal
    return None


def _somebody(person: User | AnonymousUser) -> User:
    if isinstance(person, AnonymousUser) or person.is_guest or not person.is_active:
        raise SignInToSell
    return person


def _check_rooms(person: User, now: datetime) -> None:
    since = now - timedelta(days=settings.TICKET_SELLER_DAYS)
    held = Room.objects.filter(creator=person, state=RoomState.ENDED, started_at__gte=since).count()
    if held < settings.TICKET_SELLER_ROOMS:
        data = {"needed": settings.TICKET_SELLER_ROOMS, "have": held}
        facts = {**data, "days": settings.TICKET_SELLER_DAYS}
        text = _("%(needed)d rooms within %(days)d days needed, you held %(have)d.") % facts
        raise NotYetASeller(text, data=data)


def _check_account(person: User) -> None:
    if not queries.has_proved_email(person):
        raise ProveYourEmail
    if settings.TICKET_SELLER_TWO_FACTORS and not queries.has_two_factors(person):
        raise NeedsTwoFactors
