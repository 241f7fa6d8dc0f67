"""Rooms: look-ups, and their life."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api import answers, docs, examples, serializers
from rooms.api.answers import person
from rooms.queries import catalogue
from rooms.services import finding, lifecycle
from spaces_site.boundary import rest_input
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.plain_text import LONGEST_QUERY
from spaces_site.boundary.rest_view import ApiView, SignedIn, SignedInView


class Rooms(ApiView):
    """Several rooms by their ids; a new room."""

    def get_permissions(self) -> list[Any]:
        return [SignedIn()] if self.request.method == "POST" else []

    @extend_schema(
        operation_id="lookUpRooms",
        tags=["rooms"],
        parameters=[rest_input.ids_parameter("ids", "Ids of rooms."), *docs.SPARSE],
        responses=serializers.RoomListSerializer,
        examples=[examples.ROOM_LIST],
    )
    def get(self, request: Request) -> Response:
        """The rooms of these ids that there are."""
        ids = rest_input.ids(request.query_params, "ids")
        told = catalogue.rooms_by_ids(ids=ids, viewer=request.user, now=timezone.now())
        return Response(answers.room_list(told, request.query_params))

    @extend_schema(
        operation_id="createRoom",
        tags=["rooms"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.NewRoomSerializer,
        responses={201: serializers.RoomAnswerSerializer},
        examples=[examples.NEW_ROOM, examples.ROOM],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a room now, or announce one by `scheduled_start`. You are its host, on stage, muted."""
        now = timezone.now()
        fields = rest_input.body(request, serializers.NewRoomSerializer)
        service = lifecycle.schedule_room if "scheduled_start" in fields else lifecycle.open_room
        room = service(creator=person(request), now=now, **fields)
        told = catalogue.one_room(room_id=room.pk, viewer=request.user, now=now)
        headers = {"Location": f"/api/v1/rooms/{room.pk}/"}
        return Response(answers.one_room(told, request.query_params), status=201, headers=headers)


class OneRoom(ApiView):
    """One room, and changing it."""

    def get_permissions(self) -> list[Any]:
        return [SignedIn()] if self.request.method == "PATCH" else []

    def version_of(self, data: Any) -> str:
        updated_at = data["data"].get("updated_at")
        return lifecycle.version_of(updated_at) if updated_at else ""

    @extend_schema(
        operation_id="getRoom",
        tags=["rooms"],
        parameters=docs.SPARSE,
        responses=serializers.RoomAnswerSerializer,
        examples=[examples.ROOM],
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """One room. The part of its ETag before the dot is its version, for If-Match."""
        told = catalogue.one_room(room_id=room_id, viewer=request.user, now=timezone.now())
        return Response(answers.one_room(told, request.query_params))

    @extend_schema(
        operation_id="changeRoom",
        tags=["rooms"],
        parameters=[rest_input.IF_MATCH],
        request=serializers.RoomChangesSerializer,
        responses=serializers.RoomAnswerSerializer,
        examples=[examples.ROOM_CHANGES, examples.ROOM],
    )
    def patch(self, request: Request, room_id: UUID) -> Response:
        """Change words and settings: of your scheduled room, or of a live one that you opened or host."""
        version = self.expected_version(request)
        changes = rest_input.body(request, serializers.RoomChangesSerializer)
        now = timezone.now()
        lifecycle.change_room(actor=person(request), room_id=room_id, changes=changes, version=version, now=now)
        told = catalogue.one_room(room_id=room_id, viewer=request.user, now=now)
        return Response(answers.one_room(told, request.query_params))


class RoomsByCreators(ApiView):
    """What these people have open, or announced."""

    @extend_schema(
        operation_id="listRoomsByCreators",
        tags=["rooms"],
        parameters=[rest_input.ids_parameter("user_ids", "Ids of people."), *docs.PAGED, *docs.SPARSE],
        responses=serializers.RoomListSerializer,
        examples=[examples.ROOM_LIST],
    )
    def get(self, request: Request) -> Response:
        """Live and scheduled rooms that these people created."""
        told = catalogue.rooms_by_creators(
            creator_ids=rest_input.ids(request.query_params, "user_ids"),
            viewer=request.user,
            now=timezone.now(),
            page=answers.page(request.query_params),
        )
        return Response(answers.room_list(told, request.query_params))


class RoomSearch(ApiView):
    """Finding rooms by their words."""

    @extend_schema(
        operation_id="searchRooms",
        tags=["rooms"],
        parameters=[docs.QUERY, docs.STATE, *docs.ONWARDS, *docs.SPARSE],
        responses=serializers.RoomsFoundSerializer,
        examples=[examples.ROOMS_FOUND],
    )
    def get(self, request: Request) -> Response:
        """Live and scheduled rooms whose title, topics, host or description fit `query`, typing mistakes forgiven.

        Live ones first, then by how well they fit.
        `meta.topics` names up to five topics of these rooms that fit `query`.
        """
        told = finding.find_rooms(
            query=rest_input.text(request.query_params, "query", limit=LONGEST_QUERY),
            state=rest_input.choice(request.query_params, "state", ("all", "live", "scheduled")),
            viewer=request.user,
            now=timezone.now(),
            page=answers.onwards(request.query_params),
        )
        return Response(answers.found_rooms(told, request.query_params))


class LiveRooms(ApiView):
    """What is live now."""

    @extend_schema(
        operation_id="listLiveRooms",
        tags=["rooms"],
        parameters=[*docs.CHOSEN, *docs.PAGED, *docs.SPARSE],
        responses=serializers.RoomListSerializer,
        examples=[examples.ROOM_LIST],
    )
    def get(self, request: Request) -> Response:
        """Live rooms, newest first; with `following=true` those with somebody on stage whom you follow."""
        told = catalogue.live_rooms(
            filters=answers.filters(request.query_params),
            viewer=request.user,
            now=timezone.now(),
            page=answers.page(request.query_params),
        )
        return Response(answers.room_list(told, request.query_params))


class UpcomingRooms(ApiView):
    """What comes."""

    @extend_schema(
        operation_id="listUpcomingRooms",
        tags=["rooms"],
        parameters=[*docs.CHOSEN, *docs.ONWARDS, *docs.SPARSE],
        responses=serializers.RoomListSerializer,
        examples=[examples.ROOM_LIST],
    )
    def get(self, request: Request) -> Response:
        """Scheduled rooms, soonest first; one that is late stays for half an hour."""
        told = catalogue.upcoming_rooms(
            filters=answers.filters(request.query_params),
            viewer=request.user,
            now=timezone.now(),
            page=answers.page(request.query_params),
        )
        return Response(answers.room_list(told, request.query_params))


class StartRoom(SignedInView):
    """Scheduled → live."""

    @extend_schema(operation_id="startRoom", tags=["rooms"], request=None, responses={204: None})
    def post(self, request: Request, room_id: UUID) -> Response:
        """Begin your scheduled room, up to 15 minutes before its time. A live one stays as it is."""
        lifecycle.start_room(actor=person(request), room_id=room_id, now=timezone.now())
        return Response(status=204)


class EndRoom(SignedInView):
    """Live → ended."""

    @extend_schema(operation_id="endRoom", tags=["rooms"], request=None, responses={204: None})
    def post(self, request: Request, room_id: UUID) -> Response:
        """End the room for everyone: hosts, co-hosts, its creator."""
        lifecycle.end_room(actor=person(request), room_id=room_id, now=timezone.now())
        return Response(status=204)


class CancelRoom(SignedInView):
    """Scheduled → canceled."""

    @extend_schema(
        operation_id="cancelRoom",
        tags=["rooms"],
        request=serializers.CancelSerializer,
        responses={204: None},
        examples=[examples.CANCEL],
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        """Call your scheduled room off, with `end_series` all later ones too. Whoever waits for it is told."""
        fields = rest_input.body(request, serializers.CancelSerializer)
        lifecycle.cancel_room(actor=person(request), room_id=room_id, now=timezone.now(), **fields)
        return Response(status=204)
