"""Who has an account that may do things: not a visitor, not a guest, not somebody who was switched off."""

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from spaces_site.errors import DomainError, Kind

#: Whoever stands at a door, and whoever may pass it; doors have no models to name them by.
Actor = User | AnonymousUser
Person = User


class SignInFirst(DomainError):
    """Guests and visitors may listen; this needs an account."""

    kind = Kind.UNAUTHENTICATED
    code = "sign_in_first"
    text = _("Sign in or create an account first. Listening needs none.")


class AccountSuspended(DomainError):
    """Staff switched this account off."""

    kind = Kind.FORBIDDEN
    code = "account_suspended"
    text = _("This account is suspended. Write to us if you think that this is a mistake.")


def check_signed_in(actor: Actor) -> User:
    """The person or guest behind `actor`. Raises SignInFirst."""
    if not isinstance(actor, User):
        raise SignInFirst
    return actor


def check_has_account(actor: Actor) -> User:
    """The person behind `actor`. Raises SignInFirst, AccountSuspended."""
    person = check_signed_in(actor)
    if person.is_guest:
        raise SignInFirst
    if not person.is_active:
        raise AccountSuspended
    return person
