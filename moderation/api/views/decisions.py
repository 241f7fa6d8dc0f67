"""Decisions about you, and contesting them: signed in, or by the link of the mail."""

from dataclasses import asdict
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import access
from moderation.api import examples, serializers
from moderation.queries import own
from moderation.services import appeals, notices
from rooms.api import answers, docs
from spaces_site.boundary import rest_input
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.rest_view import ApiView, SignedIn


class OwnDecisions(ApiView):
    """What staff decided about you."""

    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="listOwnDecisions",
        tags=["moderation"],
        parameters=docs.ONWARDS,
        responses=serializers.DecisionsAnswer,
        examples=[examples.DECISIONS],
    )
    def get(self, request: Request) -> Response:
        """Decisions about you with their reasons, newest first."""
        person = access.check_has_account(request.user)
        asked = answers.page(request.query_params)
        return Response(answers.listed(*own.decisions_about(person=person, now=timezone.now(), page=asked)))


class OwnDecision(ApiView):
    """One of them."""

    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="getOwnDecision",
        tags=["moderation"],
        responses=serializers.DecisionAnswer,
        examples=[examples.DECISION],
    )
    def get(self, request: Request, decision_id: UUID) -> Response:
        """One decision about you: what, why, until when, and your appeal."""
        person = access.check_has_account(request.user)
        return _told(own.decision_about(person=person, decision_id=decision_id, now=timezone.now()))


class OwnAppeal(ApiView):
    """Contesting it."""

    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="appealDecision",
        tags=["moderation"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.AppealSerializer,
        responses={201: serializers.DecisionAnswer},
        examples=[examples.APPEAL, examples.DECISION],
    )
    @idempotent
    def post(self, request: Request, decision_id: UUID) -> Response:
        """Contest a decision about you, once; somebody else than who decided answers."""
        words = rest_input.body(request, serializers.AppealSerializer)["words"]
        person, now = access.check_has_account(request.user), timezone.now()
        appeals.appeal(person_id=person.pk, decision_id=decision_id, words=words, now=now)
        return _told(own.decision_about(person=person, decision_id=decision_id, now=now), status=201)


class DecisionByToken(ApiView):
    """For somebody who cannot sign in: a suspended person has the link of the mail."""

    @extend_schema(
        operation_id="getDecisionByToken",
        tags=["moderation"],
        responses=serializers.DecisionAnswer,
        examples=[examples.DECISION],
    )
    def get(self, request: Request, token: str) -> Response:
        """The decision that the mail was about."""
        return _told(own.decision_by_id(decision_id=notices.decision_of_token(token=token), now=timezone.now()))


class AppealByToken(ApiView):
    """Contesting it without signing in."""

    @extend_schema(
        operation_id="appealByToken",
        tags=["moderation"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.AppealSerializer,
        responses={201: serializers.DecisionAnswer},
        examples=[examples.APPEAL, examples.DECISION],
    )
    @idempotent
    def post(self, request: Request, token: str) -> Response:
        """Contest the decision that the mail was about, once."""
        words, now = rest_input.body(request, serializers.AppealSerializer)["words"], timezone.now()
        appeals.appeal_by_token(token=token, words=words, now=now)
        told = own.decision_by_id(decision_id=notices.decision_of_token(token=token), now=now)
        return _told(told, status=201)


def _told(decision: own.DecisionRecord, status: int = 200) -> Response:
    return Response({"data": asdict(decision)}, status=status)
