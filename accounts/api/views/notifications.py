"""What you were told, and what you want to be told."""

from datetime import time
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import examples, serializers
from accounts.queries import notifications as queries
from accounts.services import notifications, pushes
from accounts.services.access import Person, check_has_account
from spaces_site.boundary import rest_input
from spaces_site.boundary.rest_view import SignedInView


class Notifications(SignedInView):
    """Everything that you were told."""

    @extend_schema(
        operation_id="listNotifications",
        tags=["notifications"],
        parameters=[
            OpenApiParameter("next_token", str, description="Of an earlier answer."),
            rest_input.max_results_parameter(),
        ],
        responses=serializers.NotificationsAnswer,
        examples=[examples.NOTIFICATIONS],
    )
    def get(self, request: Request) -> Response:
        """Newest first, in the language of the request. What belongs together (the messages of one) stands as one."""
        person = check_has_account(request.user)
        token, size = request.query_params.get("next_token", ""), rest_input.max_results(request.query_params)
        page = queries.page(person=person, token=token, size=size, now=timezone.now())
        meta: dict[str, Any] = {"result_count": len(page.lines), "unread_count": page.unread}
        if page.next_token:
            meta["next_token"] = page.next_token
        return Response({"data": [_record(line) for line in page.lines], "meta": meta})


class AllRead(SignedInView):
    """Nothing is unread."""

    @extend_schema(operation_id="readAllNotifications", tags=["notifications"], request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Mark everything as read."""
        notifications.mark_all_read(actor=request.user, now=timezone.now())
        return Response(status=204)


class Read(SignedInView):
    """One of them is read."""

    @extend_schema(operation_id="readNotification", tags=["notifications"], request=None, responses={204: None})
    def post(self, request: Request, notification_id: UUID) -> Response:
        """Mark one as read, and those that it stands for."""
        notifications.mark_read(actor=request.user, notification_id=notification_id, now=timezone.now())
        return Response(status=204)


class Wishes(SignedInView):
    """What you are told by which way, and when nothing is pushed."""

    @extend_schema(
        operation_id="getNotificationWishes",
        tags=["notifications"],
        responses=serializers.WishesAnswer,
        examples=[examples.OWN_WISHES],
    )
    def get(self, request: Request) -> Response:
        """The matrix of kinds and channels, your quiet hours, and the key for Web Push."""
        return Response({"data": _wishes(check_has_account(request.user))})

    @extend_schema(
        operation_id="setNotificationWishes",
        tags=["notifications"],
        request=serializers.WishesSerializer,
        responses=serializers.WishesAnswer,
        examples=[examples.WISHES, examples.OWN_WISHES],
    )
    def put(self, request: Request) -> Response:
        """Change some fields of the matrix, or the quiet hours; what is left out stays."""
        fields = rest_input.body(request, serializers.WishesSerializer)
        named = fields.pop("choices", [])
        choices = [(one["kind"].upper(), one["channel"].upper(), one["wanted"]) for one in named]
        person = notifications.set_wishes(actor=request.user, choices=choices, **fields)
        return Response({"data": _wishes(person)})


def _record(line: queries.Line) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "kind": line.kind.lower(),
        "title": line.title,
        "body": line.body,
        "path": line.path,
        "made_at": line.made_at,
        "read": line.is_read,
        "earlier": line.earlier,
    }


def _wishes(person: Person) -> dict[str, Any]:
    choices = [
        {"kind": kind.lower(), "channel": channel.lower(), "wanted": wanted}
        for kind, ways in queries.matrix(person=person).items()
        for channel, wanted in ways.items()
    ]
    hours = {name: _clock(getattr(person, name)) for name in ("quiet_from", "quiet_until")}
    return {"choices": choices, **hours, "vapid_public_key": pushes.public_key()}


def _clock(moment: time | None) -> str | None:
    return None if moment is None else f"{moment:%H:%M}"
