"""The hands of a room, in the order in which they came."""

from uuid import UUID

from rooms.models import SpeakRequest
from rooms.protocol import Hand
from rooms.queries import cards

_HAND_FIELDS = ("state", "invited", "raised_at", "offered_at", "participant", "participant__stage_joined_at")


def hands(*, room_id: UUID | str) -> list[Hand]:
    """Raised hands and standing offers, first come first."""
    open_requests = SpeakRequest.objects.open().filter(room_id=room_id).select_related("participant__person")
    open_requests = open_requests.only(*_HAND_FIELDS, *cards.card_fields("participant__person"))
    return [cards.hand_card(request) for request in open_requests.order_by("raised_at", "id")]
