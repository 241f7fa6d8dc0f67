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
    """Signing out ends the websockets of that browser, not only its cookie."""
    if user is not None and request.session.session_key:
        devices.announce_end(person_id=user.pk, session_key=request.session.session_key)


@receiver([password_changed, password_set, password_reset], dispatch_uid="accounts.sign_out_elsewhere")
def sign_out_elsewhere(request: HttpRequest, user: User, **_: Any) -> None:
    """A new password signs out every other browser and every app."""
    here = request.session.session_key if request.user.is_authenticated else None
    devices.revoke_others(actor=user, session_key=here)
