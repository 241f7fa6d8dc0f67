"""What a refusal becomes on a page: flash, form, sign-in, or an error page, by the one table."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import structlog
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import escape_leading_slashes, url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from prometheus_client import Counter

from spaces_site.boundary.kinds import TABLE
from spaces_site.errors import DomainError, Kind

logger = structlog.get_logger(__name__)
REFUSALS = Counter("spaces_page_refusals_total", "Refusals shown on pages.", ["code"])

#: Told as a message on the page one came from; everything else has a page of its own.
FLASHED = {Kind.INVALID, Kind.CONFLICT, Kind.RATE_LIMITED}

_OLD_FORM = _("This page was open for too long, or cookies are off. Load it again and send once more.")

Result = TypeVar("Result")


def submit(form: BaseForm, service: Callable[..., Result], **arguments: Any) -> Result | None:
    """Call one service for a valid form; a refusal of what was typed becomes an error of the form.

    So does one that only asks to wait: what was typed is not lost. The error goes to the field that the
    refusal names where the form has it, else to the form.
    None means: show the form again, with 422.
    """
    try:
        return service(**arguments)
    except DomainError as refusal:
        if refusal.kind not in {Kind.INVALID, Kind.RATE_LIMITED}:
            raise
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.text))
        return None


def back_url(request: HttpRequest, fallback: str = "home") -> str:
    """Where the person came from, when that is this site; else the named page."""
    return own_path(request, request.headers.get("Referer", "")) or resolve_url(fallback)


def own_path(request: HttpRequest, address: str) -> str:
    """Path and query of an address that a stranger may have written, if it is one of this site; else empty."""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(address)
    # Without the escape "//evil.example" would be taken for another site.
    path = escape_leading_slashes(parts.path)
    if not path.startswith("/"):
        return ""
    return f"{path}?{parts.query}" if parts.query else path


class DomainErrorMiddleware:
    """Turns a `DomainError` that leaves a view into a page (the error table decides which)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, UnicodeEncodeError):
            # Half of a surrogate pair, which JSON can say and nothing can store: not our fault.
            return error_page(request, 400)
        return refused(request, exception) if isinstance(exception, DomainError) else None


def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """What the page says instead of what was asked for."""
    REFUSALS.labels(refusal.code).inc()
    row = TABLE[refusal.kind]
    if row.log:
        getattr(logger, row.log)("page_refused", code=refusal.code, path=request.path)
    response = _fragment(request, refusal) if _is_htmx(request) else _page(request, refusal)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(refusal.retry_after)))
    return response


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") != "full"


def _sign_in_url(request: HttpRequest, *, back: bool) -> str:
    """The sign-in page, returning to this page, or to the one before where this one takes no GET."""
    target = back_url(request) if back else request.get_full_path()
    return f"{resolve_url('account_login')}?{urlencode({'next': target})}"


def _page(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    if refusal.kind is Kind.UNAUTHENTICATED:
        messages.info(request, str(refusal.text))
        return HttpResponseRedirect(_sign_in_url(request, back=request.method != "GET"))
    if refusal.kind is Kind.PAYMENT_REQUIRED and "room_id" in refusal.data:
        messages.info(request, str(refusal.text))
        return HttpResponseRedirect(resolve_url("room_tickets", refusal.data["room_id"]))
    if refusal.kind in FLASHED and request.method != "GET":
        messages.error(request, str(refusal.text))
        return HttpResponseRedirect(back_url(request))
    return error_page(request, TABLE[refusal.kind].status, text=str(refusal.text))


def _fragment(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """For htmx: the refusal goes to the page's flash and leaves the pressed button alone."""
    if refusal.kind is Kind.UNAUTHENTICATED:
        return HttpResponse(status=204, headers={"HX-Redirect": _sign_in_url(request, back=True)})
    if refusal.kind is Kind.PAYMENT_REQUIRED and "room_id" in refusal.data:
        tickets = resolve_url("room_tickets", refusal.data["room_id"])
        return HttpResponse(status=204, headers={"HX-Redirect": tickets})
    status = 422 if refusal.kind is Kind.INVALID else TABLE[refusal.kind].status
    response = render(request, "errors/_fragment.html", {"text": str(refusal.text)}, status=status)
    response.headers["HX-Retarget"] = "#flash"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def error_page(request: HttpRequest, status: int, *, text: str = "") -> HttpResponse:
    """The calm page of `status`, with the refusal's own words where there are any."""
    return render(request, [f"errors/{status}.html", "errors/400.html"], {"text": text}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: handler400 of the site."""
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: handler403 of the site."""
    return error_page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: handler404 of the site."""
    return error_page(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of the CSRF check (an old form, cookies off): says what to do; nothing was changed."""
    return error_page(request, 403, text=str(_OLD_FORM))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: rendered without the request's context, so that neither database nor session is asked."""
    return render(None, "errors/500.html", status=500)
