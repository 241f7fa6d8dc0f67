"""Coming in, going out, and who is there."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import eligibility
from rooms.api import docs, examples, serializers
from rooms.api.answers import person
from rooms.services import arrival, catching_up, entry, snapshots, tickets
from spaces_site.boundary import rest_input
from spaces_site.boundary.rest_view import ApiView, SignedInView


class Hosting(SignedInView):
    """Your right to host."""

    @extend_schema(
        operation_id="getHosting", tags=["people"], responses=serializers.HostingAnswer, examples=[examples.HOSTING]
    )
    def get(self, request: Request) -> Response:
        """Whether you may host; if not, why, with numbers."""
        return Response({"data": asdict(eligibility.hosting_standing(person=person(request)))})


class Join(ApiView):
    """Coming in."""

    @extend_schema(
        operation_id="joinRoom",
        tags=["people"],
        request=serializers.JoinSerializer,
        responses=serializers.ArrivalAnswer,
        examples=[examples.JOIN, examples.ARRIVAL],
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        """Join as a listener. `elsewhere`: another device of yours holds the place, see move-here.

        Open the websocket within 30 seconds, or your place is given up.
        """
        return Response({"data": _arrive(request, room_id, serializers.JoinSerializer, move=False)})


class MoveHere(ApiView):
    """Changing the device."""

    @extend_schema(
        operation_id="moveHere",
        tags=["people"],
        request=serializers.MoveSerializer,
        responses=serializers.ArrivalAnswer,
        examples=[examples.MOVE, examples.ARRIVAL],
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        """Take your place over from your other device, which is closed. On stage you arrive muted."""
        return Response({"data": _arrive(request, room_id, serializers.MoveSerializer, move=True)})


class Leave(SignedInView):
    """Going out."""

    @extend_schema(operation_id="leaveRoom", tags=["people"], request=None, responses={204: None})
    def post(self, request: Request, room_id: UUID) -> Response:
        """Leave the room, on whichever device you are."""
        entry.leave_room(actor=person(request), room_id=room_id, now=timezone.now())
        return Response(status=204)


class SocketTicket(SignedInView):
    """Opening the websocket again."""

    @extend_schema(
        operation_id="issueSocketTicket",
        tags=["people"],
        request=None,
        responses={201: serializers.TicketAnswer},
        examples=[examples.TICKET],
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        """A single-use ticket for one websocket to this room, for 30 seconds; refused as joining is."""
        ticket = arrival.ticket_again(
            actor=person(request), room_id=room_id, session=_session(request), now=timezone.now()
        )
        return _ticket(request, room_id, ticket)


class OwnTicket(SignedInView):
    """Opening the websocket outside of rooms."""

    @extend_schema(
        operation_id="issueOwnTicket",
        tags=["people"],
        request=None,
        responses={201: serializers.TicketAnswer},
        examples=[examples.OWN_TICKET],
    )
    def post(self, request: Request) -> Response:
        """A single-use ticket for `/ws/me/`, which says who of the people you follow is live, for 30 seconds."""
        ticket = tickets.issue_ticket(
            person=person(request), room_id=tickets.NO_ROOM, session=_session(request), now=timezone.now()
        )
        return _ticket(request, tickets.NO_ROOM, ticket)


def _ticket(request: Request, room_id: UUID | str, ticket: str) -> Response:
    url = tickets.socket_url(room_id=room_id, origin=_origin(request))
    return Response({"data": {"ticket": ticket, "socket_url": url, "expires_in": tickets.TICKET_SECONDS}}, status=201)


class RoomSnapshot(SignedInView):
    """The whole room."""

    @extend_schema(
        operation_id="getSnapshot",
        tags=["people"],
        responses=serializers.SnapshotAnswer,
        examples=[examples.SNAPSHOT],
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """The room as you see it from inside; begin with it, and again after a gap."""
        told = snapshots.snapshot(room_id=room_id, viewer=person(request), now=timezone.now())
        return Response({"data": asdict(told)})


class Events(SignedInView):
    """Catching up."""

    @extend_schema(
        operation_id="listEvents",
        tags=["people"],
        parameters=[docs.AFTER],
        responses=serializers.EventsSerializer,
        examples=[examples.EVENTS],
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Events after a number, oldest first; null when they can't be told without a gap."""
        after = rest_input.number(request.query_params.get("after", ""), "after", least=0, most=docs.LAST_SEQ)
        told = catching_up.events_since(actor=person(request), room_id=room_id, last_seq=after)
        return Response({"data": told, "meta": {"result_count": len(told or ())}})


class RoomRoster(SignedInView):
    """Who is in the room."""

    @extend_schema(
        operation_id="getRoster",
        tags=["people"],
        parameters=[docs.NAME, rest_input.max_results_parameter(default=60)],
        responses=serializers.RosterAnswer,
        examples=[examples.ROSTER],
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Stage and named listeners whose name or handle contains `query`; hidden ones are counted."""
        query = rest_input.text(request.query_params, "query", limit=50)
        size = rest_input.max_results(request.query_params, default=60)
        told = catching_up.roster_inside(actor=person(request), room_id=room_id, query=query, limit=size)
        return Response({"data": asdict(told)})


def _arrive(request: Request, room_id: UUID, serializer: Any, *, move: bool) -> dict[str, Any]:
    fields = rest_input.body(request, serializer)
    told = arrival.arrive(
        actor=request.user,
        room_id=room_id,
        device=fields["device"],
        hidden=fields.get("hidden", False),
        share=fields.get("share", ""),
        move=move,
        origin=_origin(request),
        session=_session(request),
        now=timezone.now(),
    )
    return asdict(told)


def _origin(request: Request) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _session(request: Request) -> str:
    """What ends this sign-in: the app's device token, or the browser's session."""
    return getattr(request.auth, "session_key", None) or request.session.session_key or ""
