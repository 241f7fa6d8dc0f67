"""Parameters that several operations share, as the schema tells them."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from spaces_site.boundary.plain_text import LONGEST_QUERY
from spaces_site.boundary.rest_input import IDEMPOTENCY_KEY, NEXT_TOKEN, max_results_parameter

__all__ = ["AFTER", "CHOSEN", "IDEMPOTENCY_KEY", "LAST_SEQ", "NAME", "ONWARDS", "PAGED", "QUERY", "SPARSE", "STATE"]

#: The largest number that JavaScript can tell from the next one.
LAST_SEQ = 2**53 - 1
SPARSE = [
    OpenApiParameter(
        "expansions", str, description="People to include: creator_id, host_ids, speaker_ids, comma separated."
    ),
    OpenApiParameter("room.fields", str, description="Only these fields of rooms, comma separated; id always."),
    OpenApiParameter("user.fields", str, description="Only these fields of people, comma separated; id always."),
]
PAGED = [
    max_results_parameter(),
    NEXT_TOKEN,
    OpenApiParameter("previous_token", str, description="The `previous_token` of an earlier answer."),
]
#: Lists that are read in one direction.
ONWARDS = [max_results_parameter(), NEXT_TOKEN]
QUERY = OpenApiParameter("query", {"type": "string", "maxLength": LONGEST_QUERY}, description="Words to look for.")
STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=["all", "live", "scheduled"])
#: What `answers.filters` reads.
CHOSEN = [
    OpenApiParameter(
        "following", OpenApiTypes.STR, enum=["false", "true"], description="Only with people whom you follow."
    ),
    OpenApiParameter("lang", {"type": "string", "maxLength": 10}, description="Only in this language."),
    OpenApiParameter("topic", {"type": "string", "maxLength": 80}, description="Only about this topic."),
    OpenApiParameter("free", OpenApiTypes.STR, enum=["false", "true"], description="Only without a ticket."),
]
AFTER = OpenApiParameter(
    "after",
    {"type": "integer", "minimum": 0, "maximum": LAST_SEQ},
    required=True,
    description="The number of the last event that you have.",
)
NAME = OpenApiParameter("query", {"type": "string", "maxLength": 50}, description="Text in the name or handle.")


class MediaGrantScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """WHIP's Bearer: a device's token, or a media grant."""

    target_class = "rooms.api.views.sound.DeviceUnlessGrant"
    name = "mediaGrant"
    # Before the one for all that descend from a device's token.
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A media grant of 60 s, or a device's token."}
