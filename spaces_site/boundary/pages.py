"""What a refusal becomes on a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from spaces_site.boundary.kinds import TABLE
from spaces_site.errors import DomainError


class DomainErrorMiddleware:
    """Turns a `DomainError` that leaves a view into a page (the error table decides which)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        return HttpResponse(str(exception.text), status=TABLE[exception.kind].status)
