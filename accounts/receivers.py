"""What allauth and Django tell us about sessions and passwords."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.services import devices


@receiver(user_logged_out, dispatch_uid="accounts.end_sockets")
def end_sockets(request: HttpRequest, user: User | None, **_: Any) -> None:
    """Signing out ends the websockets of that browser, not only its cookie; and the token of an app that signs out."""
    if user is not None and request.session.session_key:
        devices.announce_end(person_id=user.pk, session_key=request.session.session_key)
        devices.end_token_of(person=user, session=request.session)


@receiver([password_changed, password_set, password_reset], dispatch_uid="accounts.sign_out_elsewhere")
def sign_out_elsewhere(request: HttpRequest, user: User, **_: Any) -> None:
    """A new password signs out every other browser and every other app."""
    here: dict[str, Any] = {}
    if request.user.is_authenticated:
        here = {"session_key": request.session.session_key, "token_id": devices.token_of(session=request.session)}
    devices.revoke_others(actor=user, **here)
