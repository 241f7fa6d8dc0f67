"""What a refusal becomes in the REST API: RFC 9457 problem details, for every error there is.

`type` is about:blank, so `title` is the status's own name; what went wrong is the stable `code`, and
`detail` says it in the reader's language.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from redis import RedisError
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from spaces_site.boundary.kinds import TABLE
from spaces_site.boundary.rest_json import BodyTooBig
from spaces_site.errors import DomainError

log = structlog.get_logger(__name__)

#: Codes whose status in REST is not their kind's: HTTP has a word of its own for them.
STATUS_OF_CODE = {"changed_meanwhile": 412}
#: Statuses after which a client tries again by itself.
RETRY_SECONDS = {429: 1.0, 503: 2.0}
CONTENT_TYPE = "application/problem+json"

_CODES = {
    exceptions.ParseError: "not_json",
    exceptions.NotAuthenticated: "sign_in_first",
    exceptions.AuthenticationFailed: "sign_in_first",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "slow_down",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not_found",
}


def problem_response(exception: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: never None, so that no error leaves the API in another form."""
    problem, headers = _problem(exception)
    request = context.get("request")
    told = {
        "type": "about:blank",
        "title": HTTPStatus(problem["status"]).phrase,
        **problem,
        "instance": request.path if request is not None else "",
        "request_id": request_id(),
    }
    return Response(told, status=problem["status"], headers=headers, content_type=CONTENT_TYPE)


def plain_problem(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """The same answer for whoever refuses before a view of the API is reached."""
    response = problem_response(refusal, {"request": request})
    headers = {**dict(response.items()), "Content-Type": CONTENT_TYPE}
    return HttpResponse(JSONRenderer().render(response.data), status=response.status_code, headers=headers)


def request_id() -> str:
    """The id under which this request stands in the logs."""
    return str(structlog.contextvars.get_contextvars().get("request_id") or uuid4())


def _problem(exception: Exception) -> tuple[dict[str, Any], dict[str, str]]:
    if isinstance(exception, DomainError):
        return _refusal(exception)
    if isinstance(exception, Http404):
        exception = exceptions.NotFound()
    if isinstance(exception, PermissionDenied):
        exception = exceptions.PermissionDenied()
    if isinstance(exception, RequestDataTooBig):
        exception = BodyTooBig()
    if isinstance(exception, exceptions.APIException):
        return _api_problem(exception)
    if isinstance(exception, (OperationalError, RedisError)):
        log.warning("backend_away", error=str(exception))
        text = _("A part of the service is away. Try again in a moment.")
        return _body(503, "unavailable", text), _retry(503, None)
    if isinstance(exception, SuspiciousOperation):
        log.warning("api_suspicious", error=str(exception))
        return _body(400, "bad_request", _("This request cannot be understood. Check it, then send it again.")), {}
    log.exception("api_error", exc_info=exception)
    return _body(500, "internal", _("Something broke on our side. It has been noted.")), {}


def _refusal(refusal: DomainError) -> tuple[dict[str, Any], dict[str, str]]:
    row = TABLE[refusal.kind]
    status = STATUS_OF_CODE.get(refusal.code, row.status)
    if row.log:
        getattr(log, row.log)("api_refused", code=refusal.code)
    text = str(refusal.text)
    errors = [{"pointer": f"/{refusal.field}", "code": refusal.code, "detail": text}] if refusal.field else []
    headers = _retry(status, refusal.retry_after) | _challenge(status)
    return _body(status, refusal.code, text, errors, refusal.data), headers


def _api_problem(error: exceptions.APIException) -> tuple[dict[str, Any], dict[str, str]]:
    if isinstance(error, exceptions.ValidationError):
        errors = list(_pointers(error.detail, ""))
        return _body(400, "invalid", _("Some fields are not right. See errors."), errors), {}
    # DRF says 403 where no authenticator has a challenge; not signed in is 401 everywhere here.
    signed_out = isinstance(error, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed))
    status = 401 if signed_out else error.status_code
    code = next((name for cls, name in _CODES.items() if isinstance(error, cls)), str(error.default_code))
    headers = _challenge(status)
    if isinstance(error, exceptions.Throttled):
        headers |= _retry(status, getattr(error, "wait", None))
    return _body(status, code, str(error.detail)), headers


def _body(
    status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None, data: Mapping[str, Any] = {}
) -> dict[str, Any]:
    body: dict[str, Any] = {"status": status, "code": code, "detail": detail, "errors": errors or []}
    return body | ({"data": dict(data)} if data else {})


def _retry(status: int, after: float | None) -> dict[str, str]:
    seconds = after if after is not None else RETRY_SECONDS.get(status)
    return {"Retry-After": str(max(1, round(seconds)))} if seconds is not None else {}


def _challenge(status: int) -> dict[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="spaces"'} if status == 401 else {}


def _pointers(detail: Any, path: str) -> Iterator[dict[str, str]]:
    """DRF's nested errors as RFC 6901 pointers into the request's body."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from _pointers(inner, path + step)
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            yield from _pointers(inner, f"{path}/{position}" if isinstance(inner, (dict, list)) else path)
    else:
        # Some repeat what was sent, half of a surrogate pair as well, which no answer can carry.
        told = str(detail).encode(errors="replace").decode()
        yield {"pointer": path, "code": getattr(detail, "code", "invalid"), "detail": told}
