"""Pages of people."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.services.avatar_drawing import draw_avatar

_FOREVER = "public, max-age=31536000, immutable"


@require_safe
def default_avatar(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The drawn face of an account id."""
    return HttpResponse(
        draw_avatar(person_id=person_id), content_type="image/svg+xml", headers={"Cache-Control": _FOREVER}
    )


def avatar(request: HttpRequest, person_id: UUID, version: str) -> HttpResponse:
    return HttpResponse(status=404)


def profile(request: HttpRequest, handle: str) -> HttpResponse:
    return HttpResponse(status=404)
