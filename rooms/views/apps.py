"""Which apps may open rooms and profiles by their addresses: what phones ask a site for, under `/.well-known/`."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

#: In Apple's notation `?` is any one character, `*` any number of them: a room by its id, and not `/rooms/new/`.
_ROOMS = f"/rooms/{'-'.join('?' * length for length in (8, 4, 4, 4, 12))}/"
_PROFILES = "/@*/"
_ANDROID_MAY = ["delegate_permission/common.handle_all_urls", "delegate_permission/common.get_login_creds"]


@require_safe
def apple_app_site_association(request: HttpRequest) -> JsonResponse:
    """Apple's document; it names nobody where the site has no app."""
    apps: list[str] = settings.APPLE_APP_IDS
    opened = [{"appIDs": apps, "components": [{"/": _ROOMS}, {"/": _PROFILES}]}] if apps else []
    return JsonResponse({"applinks": {"details": opened}, "webcredentials": {"apps": apps}})


@require_safe
def asset_links(request: HttpRequest) -> JsonResponse:
    """Android's document (Digital Asset Links); an empty list where the site has no app."""
    target: dict[str, Any] = {"namespace": "android_app", "package_name": settings.ANDROID_PACKAGE}
    target["sha256_cert_fingerprints"] = settings.ANDROID_FINGERPRINTS
    told = [{"relation": _ANDROID_MAY, "target": target}] if settings.ANDROID_PACKAGE else []
    return JsonResponse(told, safe=False)
