"""What requests of the API say: read in one way by all apps, and described in one way by the schema."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import Serializer

#: Things that one answer may name, and ids that one question may.
MAX_RESULTS = 100

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag that you last read, or *."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255},
    OpenApiParameter.HEADER,
    description="The same key does the work once and gets the same answer for a day.",
)
NEXT_TOKEN = OpenApiParameter("next_token", str, description="The `next_token` of an earlier answer.")

Shape = TypeVar("Shape", bound="Serializer[Any]")


def ids_parameter(name: str, about: str) -> OpenApiParameter:
    """A required list of ids, comma separated, as `ids` reads it."""
    example = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    schema = {"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 1, "maxItems": MAX_RESULTS}
    return OpenApiParameter(
        name,
        schema | {"example": [example]},
        required=True,
        style="form",
        explode=False,
        description=f"{about} Up to {MAX_RESULTS}, comma separated.",
    )


def max_results_parameter(default: int = 20) -> OpenApiParameter:
    """How many results to tell, as `max_results` reads it."""
    schema = {"type": "integer", "minimum": 1, "maximum": MAX_RESULTS, "default": default}
    return OpenApiParameter("max_results", schema)


def body(request: Request, serializer: type[Shape]) -> Any:
    """The request's body as a dictionary, checked for shape. Raises DRF's `ValidationError`."""
    checked = serializer(data=request.data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def max_results(query: Mapping[str, str], default: int = 20) -> int:
    """`max_results` of the query. Raises DRF's `ValidationError`."""
    return number(query.get("max_results", str(default)), "max_results", most=MAX_RESULTS)


def number(text: str, name: str, *, least: int = 1, most: int) -> int:
    """A whole number of the query, in plain digits. Raises DRF's `ValidationError` naming the parameter."""
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else least - 1
    if not least <= value <= most:
        raise ValidationError({name: [_("A number from %(least)d to %(most)d.") % {"least": least, "most": most}]})
    return value


def ids(query: Mapping[str, str], name: str) -> list[UUID]:
    """Up to 100 ids, comma separated. Raises DRF's `ValidationError`."""
    texts = [text for text in query.get(name, "").split(",") if text]
    try:
        found = [UUID(text) for text in texts]
    except ValueError:
        found = []
    if not found or len(found) > MAX_RESULTS:
        raise ValidationError({name: [_("Name 1 to 100 ids, comma separated.")]})
    return found


def choice(query: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of `choices`, the first when it is not named. Raises DRF's `ValidationError`."""
    value = query.get(name, choices[0])
    if value not in choices:
        raise ValidationError({name: [_("One of: %(choices)s.") % {"choices": ", ".join(choices)}]})
    return value


def text(query: Mapping[str, str], name: str, *, limit: int) -> str:
    """Text to look for; what could not be stored can't be found either, and is refused."""
    value = query.get(name, "")
    if len(value) > limit or "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValidationError({name: [_("Up to %(limit)d characters of plain text.") % {"limit": limit}]})
    return value
