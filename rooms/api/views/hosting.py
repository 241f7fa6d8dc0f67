"""What hosts do for the whole room: microphones, roles, and who may be here."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api import docs, examples, serializers
from rooms.api.answers import listed, page, person
from rooms.services import audio, catching_up, hosts, removals
from spaces_site.boundary import rest_input
from spaces_site.boundary.rest_view import SignedInView


class MuteEveryone(SignedInView):
    """All microphones but the hosts'."""

    @extend_schema(
        operation_id="muteEveryone",
        tags=["hosting"],
        request=serializers.MuteEveryoneSerializer,
        responses={204: None},
        examples=[examples.MUTE_EVERYONE],
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        """Host: close all microphones but the hosts'; with `lock` nobody can open theirs."""
        lock = rest_input.body(request, serializers.MuteEveryoneSerializer)["lock"]
        audio.mute_everyone(actor=person(request), room_id=room_id, lock=lock, now=timezone.now())
        return Response(status=204)


class MicsLocked(SignedInView):
    """Whether speakers can open their microphones."""

    @extend_schema(
        operation_id="lockMics",
        tags=["hosting"],
        request=serializers.LockedSerializer,
        responses={204: None},
        examples=[examples.LOCKED],
    )
    def put(self, request: Request, room_id: UUID) -> Response:
        """Host: keep all speakers' microphones closed, newcomers' too; or let them be opened again."""
        locked = rest_input.body(request, serializers.LockedSerializer)["locked"]
        audio.set_locked(actor=person(request), room_id=room_id, is_locked=locked, now=timezone.now())
        return Response(status=204)


class Cohosts(SignedInView):
    """Naming co-hosts."""

    @extend_schema(
        operation_id="nameCohost",
        tags=["hosting"],
        request=serializers.ParticipantSerializer,
        responses={204: None},
        examples=[examples.PARTICIPANT],
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        """Host: make a speaker co-host."""
        who = rest_input.body(request, serializers.ParticipantSerializer)["participant"]
        hosts.name_cohost(actor=person(request), room_id=room_id, participant_id=who, now=timezone.now())
        return Response(status=204)


class Cohost(SignedInView):
    """One co-host."""

    @extend_schema(operation_id="takeCohostRole", tags=["hosting"], request=None, responses={204: None})
    def delete(self, request: Request, room_id: UUID, participant_id: UUID) -> Response:
        """Host: make a co-host a speaker again. A co-host may give the role back."""
        hosts.take_role(actor=person(request), room_id=room_id, participant_id=participant_id, now=timezone.now())
        return Response(status=204)


class Host(SignedInView):
    """Who hosts."""

    @extend_schema(
        operation_id="handOver",
        tags=["hosting"],
        request=serializers.ParticipantSerializer,
        responses={204: None},
        examples=[examples.PARTICIPANT],
    )
    def put(self, request: Request, room_id: UUID) -> Response:
        """Host: give the room to somebody on stage. You stay there as co-host."""
        who = rest_input.body(request, serializers.ParticipantSerializer)["participant"]
        hosts.hand_over(actor=person(request), room_id=room_id, participant_id=who, now=timezone.now())
        return Response(status=204)


class Removals(SignedInView):
    """Out of the room."""

    @extend_schema(
        operation_id="listRemovals",
        tags=["hosting"],
        parameters=docs.ONWARDS,
        responses=serializers.PeopleAnswer,
        examples=[examples.REMOVED],
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Host: who was put out for good and can't come back, newest first."""
        asked = page(request.query_params)
        return Response(listed(*catching_up.removed_people(actor=person(request), room_id=room_id, page=asked)))

    @extend_schema(
        operation_id="removePerson",
        tags=["hosting"],
        request=serializers.RemovalSerializer,
        responses={204: None},
        examples=[examples.REMOVAL],
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        """Host: put somebody out, on all devices; unless `for_good` is false they can't come back to this room."""
        fields = rest_input.body(request, serializers.RemovalSerializer)
        removals.remove_person(
            actor=person(request),
            room_id=room_id,
            participant_id=fields["participant"],
            for_good=fields["for_good"],
            now=timezone.now(),
        )
        return Response(status=204)


class Removal(SignedInView):
    """One person who was put out."""

    @extend_schema(operation_id="readmitPerson", tags=["hosting"], request=None, responses={204: None})
    def delete(self, request: Request, room_id: UUID, person_id: UUID) -> Response:
        """Host: let them come in again. Nobody to let in is no error."""
        removals.readmit(actor=person(request), room_id=room_id, person_id=person_id, now=timezone.now())
        return Response(status=204)
