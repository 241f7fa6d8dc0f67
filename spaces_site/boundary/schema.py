"""What the OpenAPI document says about every operation: who may ask, and how it refuses."""

from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Problem details (RFC 9457). `code` is stable; `detail` is in the reader's language.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901 pointer into the body."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["pointer", "code", "detail"],
            },
        },
        "data": {"type": "object", "description": "Facts of this refusal, such as `needed` and `have`."},
    },
    "required": ["type", "title", "status", "code", "detail", "instance", "request_id", "errors"],
}
_EXAMPLE = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "code": "no_such_room",
    "detail": "There is no such room. Check the address, or look at what is live now.",
    "instance": "/api/v1/rooms/7c9e6679-7425-40de-944b-e07fc1f90ae7/",
    "request_id": "b2f5ff47-4366-4f8d-8a0b-6f1ab5a7a1b7",
    "errors": [],
}
_METHODS = {"get", "put", "post", "delete", "patch"}


@method_decorator(conditional_page, name="dispatch")
class SchemaView(SpectacularAPIView):
    """The document in the reader's language, as a page is; with an ETag, as every answer of the API.

    drf-spectacular would put `version` of the address into a header as it is, and keep an empty
    translation for ever for each `lang` that somebody thinks of.
    """

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The document."""
        told: Response = self._get_schema_response(request)  # type: ignore[no-untyped-call]
        return told

    def _get_version_parameter(self, request: Request) -> None:
        """There is one version."""


class DeviceToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The opaque token of one installed app."""

    target_class = "accounts.api.authentication.DeviceTokenAuthentication"
    name = "deviceToken"
    match_subclasses = True

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token of one device."}


def tell_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: every operation may answer with a problem."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    content = {
        "application/problem+json": {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "examples": {"NoSuchRoom": {"value": _EXAMPLE}},
        }
    }
    for operations in result.get("paths", {}).values():
        for method, operation in operations.items():
            if method in _METHODS:
                operation["responses"]["default"] = {"description": "A refusal.", "content": content}
    return result
