"""The reader's language and clock: their own setting, else the browser's."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import trans_real

#: Set by js/base.js to the browser's IANA zone, so that the next page is made with it.
ZONE_COOKIE = "timezone"


class LanguageMiddleware(LocaleMiddleware):
    """Django's choice (cookie, then Accept-Language), unless the signed-in person has set a language."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language of this request."""
        super().process_request(request)
        wanted = "" if getattr(request.user, "is_guest", False) else getattr(request.user, "language", "")
        if wanted and wanted in dict(settings.LANGUAGES):
            translation.activate(wanted)
            request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Content-Language, and Vary: the same address is read in several languages."""
        response = super().process_response(request, response)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def language_asked_for(accept: str, *wishes: str) -> str:
    """The first of the wishes that we speak, else of the browser's list (Accept-Language), else the site's own."""
    offered = [code for code, _ in trans_real.parse_accept_lang_header(accept)]
    for code in (*wishes, *offered):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


class TimeZoneMiddleware:
    """Shows times on the person's clock: their setting, else the browser's zone, else the site's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        own = getattr(request.user, "time_zone", "") if not getattr(request.user, "is_guest", False) else ""
        with timezone.override(zone_named(own) or zone_named(request.COOKIES.get(ZONE_COOKIE, ""))):
            return self.get_response(request)


def zone_named(name: str) -> zoneinfo.ZoneInfo | None:
    """The IANA zone of that name, or None: names come from browsers and may be anything."""
    if not name or len(name) > 64:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
