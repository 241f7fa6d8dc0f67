"""Where browsers were last seen, who may open the pages of allauth and of the admin, and what read-only leaves open."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.utils import get_next_redirect_url
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from accounts import queries
from accounts.services import devices, switches
from spaces_site.boundary import pages, rest
from spaces_site.boundary.api_paths import API_PREFIX
from spaces_site.boundary.pages import own_path
from spaces_site.errors import DomainError

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


#: As allauth itself cuts what a browser calls itself.
_LONGEST_NAME = UserSession._meta.get_field("user_agent").max_length


class SeenMiddleware:
    """Notes when a browser was last seen, in the place of allauth's, which writes with every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key and request.user.is_authenticated:
            devices.note_session(
                person=request.user,
                session_key=key,
                address=get_adapter().get_client_ip(request),
                user_agent=request.headers.get("User-Agent", "")[:_LONGEST_NAME],
                now=timezone.now(),
            )
        return self.get_response(request)


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
            return redirect(own_path(request, get_next_redirect_url(request) or "") or settings.LOGIN_REDIRECT_URL)
        if match.app_name == "admin" and name != "logout" and _lacks_second_factor(request):
            messages.warning(request, gettext("Staff sign in with two factors. Switch on an authenticator app first."))
            return redirect("mfa_activate_totp")
        return None


def _lacks_second_factor(request: HttpRequest) -> bool:
    user = request.user
    return user.is_authenticated and user.is_staff and user.is_active and not queries.acts_as_staff(user)


#: What stays possible while the site is read-only: listening and leaving, being safe, reporting, signing in and out.
_OPEN_WHEN_READ_ONLY = _OPEN_TO_GUESTS | {
    *("account_reauthenticate", "mfa_reauthenticate", "choose_language", "room_listen", "room_leave", "room_end"),
    *("block", "unblock", "invitation_decline", "api-decline", "api-entry"),
    *("api-sessions", "api-guests", "api-join", "api-move-here", "api-leave", "api-ticket", "api-end", "api-blocking"),
    *("api-mute", "api-mute-everyone", "api-mics-locked", "api-silenced", "api-microphone", "api-speaker"),
    *("api-step-down", "api-removals", "api-whip", "api-whip-session", "api-media-grant"),
    *("api-hand-refuse", "api-offer-decline"),
    *("room_forget", "unsubscribe", "read-notification", "read-notifications"),
    *("api-notification-read", "api-notifications-read"),
    *("api-device", "revoke-device", "revoke-other-devices"),
    *("report", "report-illegal", "appeal", "decision-by-token", "api-reports", "api-room-reports"),
    *("api-appeal", "api-appeal-by-token"),
}
#: The same where it depends on the method.
_METHODS_OPEN_WHEN_READ_ONLY = {
    ("DELETE", name) for name in ("api-hand", "api-hands", "api-invitation", "api-links", "api-pin")
}
_SAFE = {"GET", "HEAD", "OPTIONS"}


class ReadOnlyMiddleware:
    """Refuses what would change anything while staff keep the site as it is; pages find the switches on the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.site_switches = SimpleLazyObject(queries.site_switches)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Answer instead of the view where it would change something."""
        match = request.resolver_match
        if match is None or request.method in _SAFE or match.app_name == "admin":
            return None
        name = match.url_name
        if name in _OPEN_WHEN_READ_ONLY or (request.method, name) in _METHODS_OPEN_WHEN_READ_ONLY:
            return None
        try:
            switches.check_writable()
        except DomainError as refusal:
            api = request.path.startswith(API_PREFIX)
            return rest.plain_problem(request, refusal) if api else pages.refused(request, refusal)
        return None
