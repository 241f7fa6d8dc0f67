"""Who bought tickets of a room."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api import answers, docs
from spaces_site.boundary.rest_view import SignedInView
from ticketing.api import examples, serializers
from ticketing.services import reading


class Buyers(SignedInView):
    """The tickets of a room, by who holds them."""

    @extend_schema(
        operation_id="listBuyers",
        tags=["tickets"],
        parameters=docs.ONWARDS,
        responses=serializers.BuyersAnswer,
        examples=[examples.BUYERS],
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Creator, and while the room is live its hosts: who bought a ticket and what became of it, newest first."""
        asked = answers.page(request.query_params)
        return Response(answers.listed(*reading.buyers(actor=answers.person(request), room_id=room_id, page=asked)))
