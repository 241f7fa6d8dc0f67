"""Raid mode: who may come in from now on, and who waits at the door."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api import docs, examples, serializers
from rooms.api.answers import listed, person
from rooms.services import catching_up, knocks
from spaces_site.boundary import rest_input
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.rest_view import SignedInView


class Entry(SignedInView):
    """Who may come in."""

    @extend_schema(
        operation_id="setEntry",
        tags=["hosting"],
        request=serializers.EntrySerializer,
        responses={204: None},
        examples=[examples.ENTRY],
    )
    def put(self, request: Request, room_id: UUID) -> Response:
        """Host: who may come in from now on. Nobody who is in has to go; invited people come in anyway."""
        fields = rest_input.body(request, serializers.EntrySerializer)
        knocks.set_entry(actor=person(request), room_id=room_id, now=timezone.now(), **fields)
        return Response(status=204)


class Knocks(SignedInView):
    """The door where hosts let people in one by one."""

    @extend_schema(
        operation_id="listKnocks", tags=["hosting"], responses=serializers.PeopleAnswer, examples=[examples.REMOVED]
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Host: who waits to be let in, longest waiting first, 100 at most."""
        told = catching_up.waiting_people(actor=person(request), room_id=room_id)
        return Response(listed(told))

    @extend_schema(
        operation_id="knock",
        tags=["people"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=None,
        responses={201: serializers.StateAnswer},
        examples=[examples.KNOCKED],
    )
    @idempotent
    def post(self, request: Request, room_id: UUID) -> Response:
        """Ask to come in. `state` is waiting, admitted (then join) or refused; ask again to learn it."""
        state = knocks.knock(actor=person(request), room_id=room_id, now=timezone.now())
        return Response({"data": {"state": state}}, status=201)


class KnockOfPerson(SignedInView):
    """One person at the door."""

    @extend_schema(
        operation_id="answerKnock",
        tags=["hosting"],
        request=serializers.AdmitSerializer,
        responses={204: None},
        examples=[examples.ADMIT],
    )
    def put(self, request: Request, room_id: UUID, person_id: UUID) -> Response:
        """Host: let somebody in who asked, or not; the answer may be changed."""
        admit = rest_input.body(request, serializers.AdmitSerializer)["admit"]
        knocks.answer(actor=person(request), room_id=room_id, person_id=person_id, admit=admit, now=timezone.now())
        return Response(status=204)
