"""Who may open the pages of allauth and of the admin."""

from collections.abc import Callable
from typing import Any

from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from accounts import queries

#: Pages for those who are not signed in; a guest is nearly that.
_ENTRANCE = {"account_login", "account_signup"}
_OPEN_TO_GUESTS = _ENTRANCE | {
    "account_logout",
    "account_inactive",
    "account_email_verification_sent",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_authenticate",
}
_OURS = ("account_", "mfa_", "usersessions_")


class EntranceMiddleware:
    """Guests have no account to manage; people need not sign in twice; staff use two factors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Answer instead of the view where this person is at the wrong door."""
        match = request.resolver_match
        if match is None or not request.user.is_authenticated:
            return None
        name = match.url_name or ""
        if request.user.is_guest:
            if match.app_name == "admin":
                return redirect_to_login(request.get_full_path())
            managing = name.startswith(_OURS) and name not in _OPEN_TO_GUESTS
            return redirect("account_signup") if managing else None
        if name in _ENTRANCE:
            return redirect(get_next_redirect_url(request) or settings.LOGIN_REDIRECT_URL)
        if match.app_name == "admin" and name != "logout" and _lacks_second_factor(request):
            messages.warning(request, gettext("Staff sign in with two factors. Switch on an authenticator app first."))
            return redirect("mfa_activate_totp")
        return None


def _lacks_second_factor(request: HttpRequest) -> bool:
    user = request.user
    return user.is_authenticated and user.is_staff and user.is_active and not queries.acts_as_staff(user)
