"""Signing in from an app: name and password, and a code where two factors are on, for a device token."""

from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import DeviceToken, User
from accounts.services import devices
from accounts.services.access import AccountSuspended
from spaces_site.errors import DomainError, Kind


class WrongCredentials(DomainError):
    """Unknown account or wrong password: one answer for both."""

    kind = Kind.UNAUTHENTICATED
    code = "wrong_credentials"
    text = _("This name and this password do not go together. Check both, or ask for a new password.")


class TooManyTries(DomainError):
    """Ten wrong ones a minute for an address, five for an account."""

    kind = Kind.RATE_LIMITED
    code = "slow_down"
    text = _("Too many tries. Wait a minute, then try again.")


class CodeNeeded(DomainError):
    """The password is right; the account has two factors."""

    kind = Kind.UNAUTHENTICATED
    code = "code_needed"
    text = _("Type the six digits of your authenticator app, or one of your recovery codes.")


class WrongCode(DomainError):
    """Neither a current code nor an unused recovery code."""

    kind = Kind.UNAUTHENTICATED
    code = "wrong_code"
    text = _("This code is not right. Wait for the next one, or use a recovery code.")


class EmailNotVerified(DomainError):
    """The address was never proved."""

    kind = Kind.FORBIDDEN
    code = "email_not_verified"
    text = _("Prove your e-mail address first: sign in on the site and type the code that we send you.")


def sign_in_device(
    request: HttpRequest, *, login: str, password: str, code: str, device_name: str, now: datetime
) -> tuple[User, DeviceToken, str]:
    """Check a person's secrets and give their device a token: (person, device, secret shown once).

    Raises TooManyTries, WrongCredentials, AccountSuspended, EmailNotVerified, CodeNeeded, WrongCode.
    """
    person = _person_with_password(request, login=login.strip().removeprefix("@"), password=password)
    if not person.is_active:
        raise AccountSuspended
    if not queries.has_proved_email(person):
        raise EmailNotVerified
    if queries.has_two_factors(person):
        _check_code(person=person, code=code.strip())
    device, secret = devices.issue_token(person=person, name=device_name, now=now)
    return person, device, secret


def _person_with_password(request: HttpRequest, *, login: str, password: str) -> User:
    credentials = {"email" if "@" in login else "username": login}
    try:
        person: User | None = get_adapter(request).authenticate(request, password=password, **credentials)
    except ValidationError as error:
        raise TooManyTries(retry_after=60) from error
    if person is None or person.is_guest:
        raise WrongCredentials
    return person


def _check_code(*, person: User, code: str) -> None:
    if not code:
        raise CodeNeeded(field="code")
    form = AuthenticateForm({"code": code}, user=person)
    if form.is_valid():
        return
    if form.has_error("code", "too_many_login_attempts"):
        raise TooManyTries(retry_after=60)
    raise WrongCode(field="code")
