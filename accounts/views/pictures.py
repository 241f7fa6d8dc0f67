"""Faces, by addresses whose content never changes."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts import queries
from accounts.services.avatar_drawing import draw_avatar

_FOREVER = "public, max-age=31536000, immutable"


@require_safe
def default_avatar(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The drawn face of an account id."""
    return HttpResponse(
        draw_avatar(person_id=person_id), content_type="image/svg+xml", headers={"Cache-Control": _FOREVER}
    )


@require_safe
def avatar(request: HttpRequest, person_id: UUID, version: str) -> HttpResponseBase:
    """The uploaded picture of that version, as long as it is the person's."""
    picture = queries.avatar_file(person_id=person_id, version=version)
    if picture is None:
        raise Http404
    return FileResponse(picture, content_type="image/webp", headers={"Cache-Control": _FOREVER})
