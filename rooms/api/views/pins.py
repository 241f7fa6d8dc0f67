"""Pinned posts, and what a room leaves behind."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.records import person_record
from accounts.api.said import post_record
from rooms.api import answers, examples, serializers
from rooms.api.answers import person
from rooms.queries import after, catalogue
from rooms.queries import pins as queries
from rooms.services import pins
from spaces_site.boundary import rest_input
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.rest_view import ApiView, SignedIn, SignedInView


class Pins(ApiView):
    """The posts on the wall of a room."""

    def get_permissions(self) -> list[Any]:
        """Whoever may be inside reads them, without an account too where the room has guests."""
        return [SignedIn()] if self.request.method == "POST" else []

    def version_of(self, data: Any) -> str:
        return pins.version_of(one["id"] for one in data["data"])

    @extend_schema(operation_id="listPins", tags=["pins"], responses=serializers.PinsAnswer, examples=[examples.PINS])
    def get(self, request: Request, room_id: UUID) -> Response:
        """What is pinned in a live room, or was when it ended, in order; without posts that you may not see.

        Of a live room for whoever may be inside. Errors: `no_such_room`, `sign_in_first`, `cannot_join`,
        `needs_ticket`, and what else its door says. Of a room that the moderation team closed there are none.

        The part of its ETag before the dot is the version of the order, for If-Match.
        """
        told = queries.pins_of_room(room_id=room_id, viewer=request.user, now=timezone.now())
        return Response({"data": [pin_record(one) for one in told], "meta": {"result_count": len(told)}})

    @extend_schema(
        operation_id="pinPost",
        tags=["pins"],
        parameters=[rest_input.IDEMPOTENCY_KEY],
        request=serializers.NewPinSerializer,
        responses={201: serializers.IdAnswer},
        examples=[examples.NEW_PIN, examples.NEW_POST_PINNED, examples.MADE],
    )
    @idempotent
    def post(self, request: Request, room_id: UUID) -> Response:
        """Host: pin a post. Errors: `pin_one_thing`, `no_post_there`, `no_such_post`, `pins_full`."""
        told = rest_input.body(request, serializers.NewPinSerializer)
        made = pins.pin(actor=person(request), room_id=room_id, host=request.get_host(), now=timezone.now(), **told)
        return Response({"data": {"id": str(made)}}, status=201)


class Pin(SignedInView):
    """One pinned post."""

    @extend_schema(
        operation_id="movePin",
        tags=["pins"],
        parameters=[rest_input.IF_MATCH],
        request=serializers.PinPlaceSerializer,
        responses={204: None},
        examples=[examples.PIN_PLACE],
    )
    def patch(self, request: Request, room_id: UUID, pin_id: UUID) -> Response:
        """Host: move it to another place; 0 is the first."""
        version = self.expected_version(request)
        place = rest_input.body(request, serializers.PinPlaceSerializer)["place"]
        pins.move(
            actor=person(request), room_id=room_id, pin_id=pin_id, place=place, version=version, now=timezone.now()
        )
        return Response(status=204)

    @extend_schema(operation_id="unpinPost", tags=["pins"], request=None, responses={204: None})
    def delete(self, request: Request, room_id: UUID, pin_id: UUID) -> Response:
        """Host: take it down. The post itself stays. Twice is once."""
        pins.unpin(actor=person(request), room_id=room_id, pin_id=pin_id, now=timezone.now())
        return Response(status=204)


class After(ApiView):
    """What an ended room leaves behind."""

    @extend_schema(
        operation_id="getAfterRoom", tags=["rooms"], responses=serializers.AfterAnswer, examples=[examples.AFTER]
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """People who were on stage and whom you do not follow, the host's rooms to come, and what was pinned."""
        now = timezone.now()
        told = after.after_room(room_id=room_id, viewer=request.user, now=now)
        ids = [slot.room_id for slot in told.slots]
        rooms = catalogue.rooms_by_ids(ids=ids, viewer=request.user, now=now)
        data = {
            "users": [person_record(one) for one in told.people],
            "rooms": answers.room_list(rooms, {})["data"],
            "pins": [pin_record(one) for one in told.pins],
        }
        return Response({"data": data})


def pin_record(told: queries.PinRecord) -> dict[str, Any]:
    """A pinned post as the asker sees it."""
    return {
        "id": str(told.pin.pk),
        "pinned_at": told.pin.pinned_at,
        "at_ms": told.pin.shown_ms,
        "post": post_record(told.record),
    }
