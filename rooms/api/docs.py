"""Parameters that several operations share, as the schema tells them."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter


def ids(name: str, about: str) -> OpenApiParameter:
    """A required list of ids, comma separated."""
    example = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    schema = {"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 1, "maxItems": 100}
    return OpenApiParameter(
        name,
        schema | {"example": [example]},
        required=True,
        style="form",
        explode=False,
        description=f"{about} Up to 100, comma separated.",
    )


SPARSE = [
    OpenApiParameter(
        "expansions", str, description="People to include: creator_id, host_ids, speaker_ids, comma separated."
    ),
    OpenApiParameter("room.fields", str, description="Only these fields of rooms, comma separated; id always."),
    OpenApiParameter("user.fields", str, description="Only these fields of people, comma separated; id always."),
]
PAGED = [
    OpenApiParameter("max_results", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
    OpenApiParameter("next_token", str, description="The `next_token` of an earlier answer."),
    OpenApiParameter("previous_token", str, description="The `previous_token` of an earlier answer."),
]
QUERY = OpenApiParameter("query", {"type": "string", "maxLength": 80}, description="Text in the title.")
STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=["all", "live", "scheduled"])
FOLLOWING = OpenApiParameter("following", OpenApiTypes.STR, enum=["false", "true"])
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255},
    OpenApiParameter.HEADER,
    description="The same key does the work once and gets the same answer for a day.",
)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag that you last read, or *."
)
AFTER = OpenApiParameter(
    "after",
    {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
    required=True,
    description="The number of the last event that you have.",
)
NAME = OpenApiParameter("query", {"type": "string", "maxLength": 50}, description="Text in the name or handle.")
LIMIT = OpenApiParameter("max_results", {"type": "integer", "minimum": 1, "maximum": 100, "default": 60})


class MediaGrantScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """WHIP's Bearer: a device's token, or a media grant."""

    target_class = "rooms.api.views.sound.DeviceUnlessGrant"
    name = "mediaGrant"
    # Before the one for all that descend from a device's token.
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A media grant of 60 s, or a device's token."}
