"""The pages round the rooms: home, upcoming, create, help."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.services import profile


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Who is live now."""
    return render(request, "rooms/home.html", {})


@require_safe
def upcoming(request: HttpRequest) -> HttpResponse:
    """Rooms to come, by day."""
    return render(request, "rooms/home.html", {})


def create_room(request: HttpRequest) -> HttpResponse:
    """Open or schedule a room."""
    return render(request, "rooms/home.html", {})


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How it works, in a minute."""
    return render(request, "rooms/help.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "rooms/accessibility.html")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep a language: in the account of whoever has one, and in a cookie."""
    language = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = redirect(target)
    if language in dict(settings.LANGUAGES):
        if request.user.is_authenticated and not request.user.is_guest:
            profile.change_profile(actor=request.user, changes={"language": language})
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax")
    return response
