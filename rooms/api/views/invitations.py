"""Asking people in, and answering."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api import docs, examples, serializers
from rooms.api.answers import listed, page, person
from rooms.queries import invitations as queries
from rooms.services import catching_up, invitations
from spaces_site.boundary import rest_input
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.rest_view import SignedInView


class RoomInvitations(SignedInView):
    """The invitations of a room."""

    @extend_schema(
        operation_id="listInvitations",
        tags=["invitations"],
        parameters=docs.ONWARDS,
        responses=serializers.InvitationsAnswer,
        examples=[examples.INVITATIONS],
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Host: who was invited and how they answered, newest first."""
        asked = page(request.query_params)
        return Response(listed(*catching_up.invited_people(actor=person(request), room_id=room_id, page=asked)))

    @extend_schema(
        operation_id="invite",
        tags=["invitations"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.InviteSerializer,
        responses={201: serializers.IdAnswer},
        examples=[examples.INVITE, examples.MADE],
    )
    @idempotent
    def post(self, request: Request, room_id: UUID) -> Response:
        """Host: ask somebody to listen, or to speak without queueing. It stands until it is answered."""
        fields = rest_input.body(request, serializers.InviteSerializer)
        made = invitations.invite(
            actor=person(request), room_id=room_id, person_id=fields["person"], kind=fields["kind"], now=timezone.now()
        )
        return Response({"data": {"id": str(made)}}, status=201)


class RoomInvitation(SignedInView):
    """One invitation of a room."""

    @extend_schema(operation_id="withdrawInvitation", tags=["invitations"], request=None, responses={204: None})
    def delete(self, request: Request, room_id: UUID, invitation_id: UUID) -> Response:
        """Host: take an invitation back. Twice is once."""
        invitations.withdraw(actor=person(request), room_id=room_id, invitation_id=invitation_id, now=timezone.now())
        return Response(status=204)


class InvitationLinks(SignedInView):
    """Links that invite whoever opens them."""

    @extend_schema(
        operation_id="makeInvitationLink",
        tags=["invitations"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.KindSerializer,
        responses={201: serializers.LinkAnswer},
        examples=[examples.KIND, examples.LINK],
    )
    @idempotent
    def post(self, request: Request, room_id: UUID) -> Response:
        """Host: a new link; it is told this once. It brings 500 people at most."""
        kind = rest_input.body(request, serializers.KindSerializer)["kind"]
        link = invitations.make_link(actor=person(request), room_id=room_id, kind=kind, now=timezone.now())
        url = request.build_absolute_uri(f"/rooms/{room_id}/?invitation={link.key}")
        return Response({"data": {"id": str(link.id), "key": link.key, "url": url}}, status=201)

    @extend_schema(operation_id="withdrawInvitationLinks", tags=["invitations"], request=None, responses={204: None})
    def delete(self, request: Request, room_id: UUID) -> Response:
        """Host: no link of this room works any more. Who came by one stays."""
        invitations.withdraw_links(actor=person(request), room_id=room_id, now=timezone.now())
        return Response(status=204)


class UseLink(SignedInView):
    """Coming by a link."""

    @extend_schema(
        operation_id="useInvitationLink",
        tags=["invitations"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.KeySerializer,
        responses={201: serializers.IdAnswer},
        examples=[examples.KEY, examples.MADE],
    )
    @idempotent
    def post(self, request: Request, room_id: UUID) -> Response:
        """Become invited by a link's key."""
        key = rest_input.body(request, serializers.KeySerializer)["key"]
        made = invitations.use_link(actor=person(request), room_id=room_id, key=key, now=timezone.now())
        return Response({"data": {"id": str(made)}}, status=201)


class Invitable(SignedInView):
    """Whom one could ask."""

    @extend_schema(
        operation_id="searchInvitable",
        tags=["invitations"],
        parameters=[OpenApiParameter("query", str, description="Part of a name or handle.")],
        responses=serializers.PeopleAnswer,
        examples=[examples.REMOVED],
    )
    def get(self, request: Request) -> Response:
        """Your followers whose name contains `query`, 20 at most."""
        query = rest_input.text(request.query_params, "query", limit=100)
        return Response(listed(queries.invitable(person=person(request), query=query)))


class OwnInvitations(SignedInView):
    """Where you are asked to come."""

    @extend_schema(
        operation_id="listOwnInvitations",
        tags=["invitations"],
        parameters=docs.ONWARDS,
        responses=serializers.InvitationsAnswer,
        examples=[examples.INVITATIONS],
    )
    def get(self, request: Request) -> Response:
        """Your standing invitations to rooms that are live or to come, newest first."""
        return Response(listed(*queries.invitations_of(person=person(request), page=page(request.query_params))))


class AcceptInvitation(SignedInView):
    """Yes."""

    @extend_schema(operation_id="acceptInvitation", tags=["invitations"], request=None, responses={204: None})
    def post(self, request: Request, room_id: UUID, invitation_id: UUID) -> Response:
        """Say yes. In the room and asked to speak, you come on stage muted."""
        invitations.accept(actor=person(request), room_id=room_id, invitation_id=invitation_id, now=timezone.now())
        return Response(status=204)


class DeclineInvitation(SignedInView):
    """No."""

    @extend_schema(operation_id="declineInvitation", tags=["invitations"], request=None, responses={204: None})
    def post(self, request: Request, room_id: UUID, invitation_id: UUID) -> Response:
        """Say no. They may ask again."""
        invitations.decline(actor=person(request), room_id=room_id, invitation_id=invitation_id, now=timezone.now())
        return Response(status=204)
