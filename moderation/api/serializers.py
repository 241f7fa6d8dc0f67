"""What moderation's API takes and gives: shapes only, never saved."""

from typing import Any

from rest_framework import serializers

from moderation.models import Category, Concerns
from moderation.queries.own import DecisionRecord, NoticeRecord, ReportRecord
from rooms.api.serializers import MetaSerializer, wrapped, wrapped_list
from rooms.api.shapes import shape_of
from spaces_site.boundary.rest_fields import StrictBoolean, StrictId, StrictText


class _About(serializers.Serializer[Any]):
    category = serializers.ChoiceField(choices=[name.lower() for name in Category.values])
    concerns = serializers.ChoiceField(choices=[name.lower() for name in Concerns.values], required=False)
    details = StrictText(max_length=2000, required=False, allow_blank=True)
    at = serializers.DateTimeField(required=False)
    keep_sound = StrictBoolean(required=False, default=True)


class RoomReportSerializer(_About):
    """A report from within a room: a participant or person who is or was there; without one the room itself."""

    participant = StrictId(required=False)


class ReportSerializer(_About):
    """A report of a person, a room, a post, a message that you got, or an address.

    `illegal` is a notice by article 16 of the DSA: it needs `details` (the reasons), `good_faith`,
    and but for `child_abuse` a `name` and an `email`.
    """

    person = StrictId(required=False)
    room = StrictId(required=False)
    post = StrictId(required=False)
    message = StrictId(required=False)
    url = StrictText(max_length=500, required=False, allow_blank=True)
    name = StrictText(max_length=100, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    good_faith = StrictBoolean(required=False, default=False)
    child_abuse = StrictBoolean(required=False, default=False)


class ReceiptSerializer(serializers.Serializer[Any]):
    """Your report's id, within how many hours it is answered (0: at once), whom to call where a life is in danger."""

    report = serializers.UUIDField()
    answer_within = serializers.IntegerField()
    helplines = serializers.DictField(child=serializers.CharField())


class AppealSerializer(serializers.Serializer[Any]):
    """Why you think that the decision is wrong."""

    words = StrictText(max_length=2000)


ReportShape = shape_of(ReportRecord, "OwnReport")
DecisionShape = shape_of(DecisionRecord, "OwnDecision")


class ReportListSerializer(serializers.Serializer[Any]):
    """A page of your reports."""

    data = ReportShape(many=True)  # type: ignore[assignment]
    meta = MetaSerializer()


NoticesAnswer = wrapped_list("Notices", shape_of(NoticeRecord, "ModerationNotice")(many=True))
ReceiptAnswer = wrapped("Receipt", ReceiptSerializer())
OwnReportAnswer = wrapped("OwnReport", ReportShape())
DecisionsAnswer = wrapped_list("OwnDecisions", DecisionShape(many=True))
DecisionAnswer = wrapped("OwnDecision", DecisionShape())
