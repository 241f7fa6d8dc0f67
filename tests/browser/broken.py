"""The site's paths and pages that refuse, one for each status of the error table."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from spaces_site.boundary import pages
from spaces_site.errors import DomainError, Kind

KINDS = {
    400: Kind.INVALID,
    403: Kind.FORBIDDEN,
    410: Kind.GONE,
    429: Kind.RATE_LIMITED,
    503: Kind.UNAVAILABLE,
}


def refuse(request: HttpRequest, status: int) -> HttpResponse:
    """Raise a refusal of that status; 500 breaks."""
    if status == 500:
        return pages.server_error(request)
    refusal = type("Refusal", (DomainError,), {"kind": KINDS[status], "code": "test", "text": ""})
    raise refusal


urlpatterns = [path("<int:status>/", refuse), path("", include("spaces_site.urls"))]
handler400, handler403 = pages.bad_request, pages.permission_denied
handler404, handler500 = pages.page_not_found, pages.server_error
