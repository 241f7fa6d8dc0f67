"""What every view of the REST API does: tags, preconditions, limits told in headers."""

import hashlib
from typing import Any

from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from spaces_site.boundary.rest_pace import tell_pace


class PreconditionRequired(APIException):
    """A PATCH without If-Match could overwrite what somebody else just changed (RFC 6585)."""

    status_code = 428
    default_code = "precondition_required"
    default_detail = _("Send If-Match with the ETag that you last read.")


class SignedIn(BasePermission):
    """Somebody is signed in, guests included; what they may do is for the rules to say."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user and request.user.is_authenticated)


class ApiView(APIView):
    """Base of all views: ETag on every GET (304 when it matches), limits in every answer."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        if request.method in {"GET", "HEAD"} and answer.status_code == 200:
            self._tag(request, answer)
        # One address has many answers: by who asks, and in which language.
        patch_vary_headers(answer, ["Authorization", "Cookie", "Accept-Language"])
        tell_pace(request, answer)
        return answer

    def version_of(self, data: Any) -> str:
        """The part of a GET's tag that PATCH compares, for what changes less often than its counts."""
        return ""

    def expected_version(self, request: Request) -> str:
        """The version named by If-Match. Raises `PreconditionRequired`; `*` matches everything."""
        named = request.headers.get("If-Match", "").strip()
        if not named:
            raise PreconditionRequired
        return named if named == "*" else named.removeprefix("W/").strip('"').partition(".")[0]

    def _tag(self, request: Request, response: Response) -> None:
        body = hashlib.sha256(JSONRenderer().render(response.data)).hexdigest()[:24]
        tag = f'W/"{self.version_of(response.data)}.{body}"'
        response.headers["ETag"] = tag
        response.headers.setdefault("Cache-Control", "private, no-cache")
        known = [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]
        if tag in known or "*" in known:
            response.status_code = 304
            response.data = None


class SignedInView(ApiView):
    """For somebody signed in, guests included; what they may do is for the rules to say."""

    permission_classes = (SignedIn,)


class NoSuchOperation(ApiView):
    """Whatever is below /api/v1/ and is nothing: a problem, not a page."""

    schema = None
    throttle_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound
