"""Waiting for rooms."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services.access import check_has_account
from rooms.api import answers, docs, examples, serializers
from rooms.api.answers import person
from rooms.queries import calendars, catalogue
from rooms.services import calendar_feeds, reminders
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.rest_view import SignedInView


class OwnReminder(SignedInView):
    """Whether you are reminded of a room."""

    @extend_schema(operation_id="remindMe", tags=["reminders"], request=None, responses={204: None})
    def put(self, request: Request, room_id: UUID) -> Response:
        """Be reminded a day and ten minutes before, and when it begins; be told when it is moved or cancelled."""
        reminders.remind(actor=person(request), room_id=room_id, now=timezone.now())
        return Response(status=204)

    @extend_schema(operation_id="remindMeNoMore", tags=["reminders"], request=None, responses={204: None})
    def delete(self, request: Request, room_id: UUID) -> Response:
        """Be reminded of it no more. Twice is once."""
        reminders.forget(actor=person(request), room_id=room_id)
        return Response(status=204)


class OwnReminders(SignedInView):
    """Rooms that you wait for."""

    @extend_schema(
        operation_id="listReminders",
        tags=["reminders"],
        parameters=[*docs.PAGED, *docs.SPARSE],
        responses=serializers.RoomListSerializer,
        examples=[examples.ROOM_LIST],
    )
    def get(self, request: Request) -> Response:
        """Rooms to come that you are reminded of."""
        told = catalogue.awaited_rooms(
            person=check_has_account(request.user), now=timezone.now(), page=answers.page(request.query_params)
        )
        return Response(answers.room_list(told, request.query_params))


class OwnCalendar(SignedInView):
    """The secret address of your calendar."""

    @extend_schema(
        operation_id="getCalendarAddress",
        tags=["reminders"],
        responses=serializers.CalendarAnswer,
        examples=[examples.CALENDAR],
    )
    def get(self, request: Request) -> Response:
        """Where a calendar program finds the rooms that you wait for or host. Whoever has it sees them."""
        path = calendars.feed_path(person=check_has_account(request.user))
        return Response({"data": {"url": request.build_absolute_uri(path)}})

    @extend_schema(
        operation_id="renewCalendarAddress",
        tags=["reminders"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=None,
        responses=serializers.CalendarAnswer,
        examples=[examples.CALENDAR],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """A new address; every older one leads nowhere from now on."""
        path = calendars.feed_path(person=calendar_feeds.renew(actor=request.user))
        return Response({"data": {"url": request.build_absolute_uri(path)}})
