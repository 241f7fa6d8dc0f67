"""What a refusal becomes in the REST API: RFC 9457 problem details."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

from spaces_site.boundary.kinds import TABLE
from spaces_site.errors import DomainError


def problem_response(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: DomainError by the table, everything else as DRF does."""
    if isinstance(exception, DomainError):
        status = TABLE[exception.kind].status
        return Response({"title": str(exception.text), "status": status, "code": exception.code}, status=status)
    return exception_handler(exception, context)
