"""Who comes into a ticketed room without paying."""

from dataclasses import asdict
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api import docs, examples, serializers
from rooms.api.answers import listed, person
from rooms.services import passes
from spaces_site.boundary import rest_input
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.rest_view import SignedInView


class GuestList(SignedInView):
    """Kept by whoever opened the room."""

    @extend_schema(
        operation_id="listGuestList", tags=["tickets"], responses=serializers.PeopleAnswer, examples=[examples.REMOVED]
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Creator: who comes in without a ticket."""
        told = passes.guest_list(actor=person(request), room_id=room_id)
        return Response(listed(told))

    @extend_schema(
        operation_id="addToGuestList",
        tags=["tickets"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.GuestListSerializer,
        responses={201: serializers.GuestAnswer},
        examples=[examples.GUEST, examples.GUEST_ADDED],
    )
    @idempotent
    def post(self, request: Request, room_id: UUID) -> Response:
        """Creator: let somebody in without a ticket. Twice is once."""
        who = rest_input.body(request, serializers.GuestListSerializer)["person"]
        guest = passes.add_guest(actor=person(request), room_id=room_id, person_id=who, now=timezone.now())
        return Response({"data": asdict(guest)}, status=201)


class GuestOnList(SignedInView):
    """One name on it."""

    @extend_schema(operation_id="takeOffGuestList", tags=["tickets"], request=None, responses={204: None})
    def delete(self, request: Request, room_id: UUID, person_id: UUID) -> Response:
        """Creator: off the list, and out of the room unless they hold a ticket. Nobody to take off is no error."""
        passes.take_guest_off(actor=person(request), room_id=room_id, person_id=person_id, now=timezone.now())
        return Response(status=204)
