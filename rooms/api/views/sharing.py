"""Passing rooms on."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api import examples, serializers
from rooms.api.answers import person
from rooms.queries import sharing as queries
from rooms.services import share_links
from spaces_site.boundary.rest_view import SignedInView


class OwnShareLink(SignedInView):
    """Your own address of a room."""

    @extend_schema(
        operation_id="getShareLink",
        tags=["sharing"],
        responses=serializers.ShareLinkAnswer,
        examples=[examples.SHARE_LINK],
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Where the room is, and how many came by your address of it; without a token you have none yet."""
        return Response({"data": _told(request, room_id)})

    @extend_schema(
        operation_id="shareRoom",
        tags=["sharing"],
        request=None,
        responses=serializers.ShareLinkAnswer,
        examples=[examples.SHARE_LINK],
    )
    def put(self, request: Request, room_id: UUID) -> Response:
        """Have an address of your own, which counts who comes by it and keeps nothing about them. Twice is once."""
        share_links.make(actor=person(request), room_id=room_id)
        return Response({"data": _told(request, room_id)})


def _told(request: Request, room_id: UUID) -> dict[str, Any]:
    told = queries.sharing(room_id=room_id, viewer=person(request))
    url = queries.site(asked_for=request.build_absolute_uri("/")) + told.path
    return {"url": url, "token": told.token, "came": told.came, "came_in_all": told.came_in_all}
