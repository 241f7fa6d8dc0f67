"""Reporting, and what became of it."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import access
from moderation.api import examples, serializers
from moderation.queries import own
from moderation.services import reports
from rooms.api import answers, docs
from spaces_site.boundary import rest_input
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.rest_view import ApiView, SignedIn


class Reports(ApiView):
    """For everybody, an account or not."""

    @extend_schema(
        operation_id="sendReport",
        tags=["moderation"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.ReportSerializer,
        responses={201: serializers.ReceiptAnswer},
        examples=[examples.REPORT, examples.RECEIPT],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Report a person, a room, a post, a message or an address; a notice of illegal content needs no account."""
        told = rest_input.body(request, serializers.ReportSerializer)
        sent = reports.send_report(sender=reports.Sender(request.user), words=words_of(told), now=timezone.now())
        return Response({"data": sent.receipt()}, status=201)


class RoomReports(ApiView):
    """From within a room, or about it."""

    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="reportFromRoom",
        tags=["moderation"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.RoomReportSerializer,
        responses={201: serializers.ReceiptAnswer},
        examples=[examples.ROOM_REPORT, examples.RECEIPT],
    )
    @idempotent
    def post(self, request: Request, room_id: UUID) -> Response:
        """Report somebody who is or was in this room, or the room. Its last two minutes are kept as evidence."""
        told = rest_input.body(request, serializers.RoomReportSerializer)
        told["at"] = told["at"].isoformat() if "at" in told else ""
        sent = reports.report_from_room(
            sender=reports.Sender(request.user),
            room_id=room_id,
            participant_id=told.get("participant"),
            told=told,
            now=timezone.now(),
        )
        return Response({"data": sent.receipt()}, status=201)


class OwnReports(ApiView):
    """What you reported."""

    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="listOwnReports",
        tags=["moderation"],
        parameters=[rest_input.NEXT_TOKEN],
        responses=serializers.ReportListSerializer,
        examples=[examples.OWN_REPORTS],
    )
    def get(self, request: Request) -> Response:
        """Your reports, newest first, and what became of them."""
        person = access.check_has_account(request.user)
        page = own.reports_of(person=person, token=request.query_params.get("next_token", ""))
        meta: dict[str, Any] = {"result_count": len(page.reports)}
        if page.next_token:
            meta["next_token"] = page.next_token
        return Response({"data": [asdict(report) for report in page.reports], "meta": meta})


class OwnReport(ApiView):
    """One of them."""

    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="getOwnReport",
        tags=["moderation"],
        responses=serializers.OwnReportAnswer,
        examples=[examples.OWN_REPORT],
    )
    def get(self, request: Request, report_id: UUID) -> Response:
        """One report of yours."""
        person = access.check_has_account(request.user)
        return Response({"data": asdict(own.report_of(person=person, report_id=report_id))})


class OwnNotices(ApiView):
    """What the moderation team wrote to you."""

    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="listOwnNotices",
        tags=["moderation"],
        parameters=docs.ONWARDS,
        responses=serializers.NoticesAnswer,
        examples=[examples.NOTICES],
    )
    def get(self, request: Request) -> Response:
        """Messages, newest first: reports received and answered, decisions, measures lifted, appeals answered."""
        person = access.check_has_account(request.user)
        return Response(answers.listed(*own.notices_of(person=person, page=answers.page(request.query_params))))


def words_of(told: dict[str, Any]) -> reports.Words:
    """A checked body as the service takes it."""
    named = ("details", "url", "name", "email", "good_faith", "child_abuse", "keep_sound")
    return reports.Words(
        category=told["category"].upper(),
        concerns=told.get("concerns", "").upper(),
        person_id=told.get("person"),
        room_id=told.get("room"),
        post_id=told.get("post"),
        message_id=told.get("message"),
        moment=told.get("at"),
        **{name: told[name] for name in named if name in told},
    )
