"""How django-allauth meets our rules: handles, one way to count tries, mail in the reader's language."""

from collections.abc import Iterable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.core.internal.httpkit import authenticated_user
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import User
from accounts.services import devices, guests, sign_in, signup
from accounts.services.access import AccountSuspended
from spaces_site.boundary import origin
from spaces_site.boundary.addresses import network_of
from spaces_site.errors import DomainError

#: Said by the next page itself.
_UNSAID = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Handles by our rules; the same answer, in the same time, for unknown accounts."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": sign_in.WrongCredentials.text,
        "username_password_mismatch": sign_in.WrongCredentials.text,
        "invalid_login": sign_in.WrongCredentials.text,
        "too_many_login_attempts": sign_in.TooManyTries.text,
        "rate_limited": sign_in.TooManyTries.text,
        "incorrect_code": _("This code is not right. Check it, or ask for a new one."),
        "incorrect_password": _("This is not your password. Try again."),
        "enter_current_password": _("This is not your current password. Try again."),
        "account_inactive": AccountSuspended.text,
    }

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Our rules for handles, with two free ones if this one is taken."""
        try:
            handle = signup.clean_handle(handle=username)
        except DomainError as refusal:
            raise ValidationError(str(refusal.text), code=refusal.code) from refusal
        if not shallow and queries.handle_is_taken(handle=handle):
            name = self.request.POST.get("display_name", "") if self.request else ""
            free = ", ".join(signup.free_handles(wish=handle, name=name))
            message = gettext("“%(handle)s” is taken. Free: %(free)s") % {"handle": handle, "free": free}
            raise ValidationError(message, code="username_taken")
        return handle

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """One look-up and one hash for every login, known or not.

        allauth offers what looks like an e-mail as user name too; our handles have no @, and trying both
        would cost a known address a second hash, which can be timed.
        """
        if "@" in credentials.get("username", "") and "email" in credentials:
            del credentials["username"]
        # As allauth does for account and address: taken at once, given back to whoever knew the password.
        taken, device = None, origin.current().device
        if device:
            taken = ratelimit.consume(request, app="allauth.account", action="login_failed_device", key=device)
            if not taken:
                raise self.validation_error("too_many_login_attempts")
        person: User | None = super().authenticate(request, **credentials)
        if person is not None and taken:
            taken.rollback()
        return person

    def get_client_ip(self, request: HttpRequest) -> str:
        """The network whose tries are counted together."""
        return network_of(super().get_client_ip(request))

    def login(self, request: HttpRequest, user: User) -> None:
        """A guest who signs in stays where they are; Django forgets the guest's session here."""
        before = request.user
        guest_id = before.pk if before.is_authenticated and before.is_guest else None
        super().login(request, user)
        if guest_id is not None:
            # A new session has no key before it is saved.
            request.session.save()
            guests.became(guest_id=guest_id, person_id=user.pk, session_key=str(request.session.session_key))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Tries count per account, whichever of its names is typed."""
        login = (credentials.get("email") or credentials.get("username") or "").lower()
        return queries.account_behind(login=login)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the language of whoever reads it, not of whoever pressed the button."""
        reader = context.get("user") or queries.person_by_email(email=email)
        with translation.override(getattr(reader, "language", "") or translation.get_language()):
            super().send_mail(template_prefix, email, context)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """All but what the next page shows anyway."""
        if message_template not in _UNSAID:
            super().add_message(request, level, message_template, *args, **kwargs)


class SessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]
    """Ending a session ends its websockets as well."""

    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        for session in sessions:
            devices.end_session(session=session)


#: Where a request keeps the secret that was made for it; no client can name it, as headers begin otherwise.
_MADE = "spaces.access_token"


class DeviceTokens(SessionTokenStrategy):  # type: ignore[misc]
    """Whoever signs in or up by allauth's flow for apps gets the token that the API asks for, as `access_token`.

    It is a device of the person's list, named as the app calls itself, and ends with the flow's own session.
    """

    def create_access_token(self, request: HttpRequest) -> str:
        """The secret of one new device for each sign-in, however many answers allauth draws up for it."""
        made: str | None = request.META.get(_MADE)
        if made is None:
            name = request.headers.get("User-Agent", "")
            token, made = devices.issue_token(person=authenticated_user(request), name=name, now=timezone.now())
            request.session[devices.DEVICE_OF_SESSION] = str(token.pk)
            request.META[_MADE] = made
        return made
