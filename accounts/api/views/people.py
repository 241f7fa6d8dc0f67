"""People: look-ups, follows, lists."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import queries
from accounts.api import examples, serializers
from accounts.api.records import found, person_record
from accounts.services import access, blocks, follows
from spaces_site.boundary import rest_input
from spaces_site.boundary.rest_view import ApiView, SignedIn, SignedInView

_PAGED = [rest_input.max_results_parameter(), rest_input.NEXT_TOKEN]


class People(ApiView):
    """Several people by their ids."""

    @extend_schema(
        operation_id="lookUpPeople",
        tags=["people"],
        parameters=[rest_input.ids_parameter("ids", "Ids of people.")],
        responses=serializers.PeopleAnswer,
        examples=[examples.PEOPLE],
    )
    def get(self, request: Request) -> Response:
        """The people of these ids that there are."""
        pages = queries.profile_pages(ids=rest_input.ids(request.query_params, "ids"), viewer=request.user)
        return Response({"data": [person_record(page) for page in pages], "meta": {"result_count": len(pages)}})


class Person(ApiView):
    """One person by id."""

    @extend_schema(
        operation_id="getPerson", tags=["people"], responses=serializers.PersonAnswer, examples=[examples.PERSON]
    )
    def get(self, request: Request, person_id: UUID) -> Response:
        """Somebody's profile."""
        page = found(queries.profile_page_by_id(person_id=person_id, viewer=request.user))
        return Response({"data": person_record(page)})


class PersonByHandle(ApiView):
    """One person by user name."""

    @extend_schema(
        operation_id="getPersonByHandle",
        tags=["people"],
        responses=serializers.PersonAnswer,
        examples=[examples.PERSON],
    )
    def get(self, request: Request, handle: str) -> Response:
        """Somebody's profile; capitals don't matter."""
        return Response({"data": person_record(found(queries.profile_page(handle=handle, viewer=request.user)))})


class Following(ApiView):
    """Whom somebody follows; following them yourself."""

    def get_permissions(self) -> list[Any]:
        return [] if self.request.method in {"GET", "HEAD", "OPTIONS"} else [SignedIn()]

    @extend_schema(
        operation_id="listFollowing",
        tags=["people"],
        parameters=_PAGED,
        responses=serializers.PeopleAnswer,
        examples=[examples.PEOPLE],
    )
    def get(self, request: Request, person_id: UUID) -> Response:
        """The people whom this person follows, newest first."""
        return _people(request, person_id, queries.Side.FOLLOWING)

    @extend_schema(
        operation_id="follow",
        tags=["people"],
        request=None,
        responses=serializers.PersonAnswer,
        examples=[examples.PERSON],
    )
    def post(self, request: Request, person_id: UUID) -> Response:
        """You follow this person from now on. Doing it twice changes nothing."""
        follows.follow(actor=request.user, person_id=person_id, now=timezone.now())
        page = found(queries.profile_page_by_id(person_id=person_id, viewer=request.user))
        return Response({"data": person_record(page)})

    @extend_schema(operation_id="unfollow", tags=["people"], request=None, responses={204: None})
    def delete(self, request: Request, person_id: UUID) -> Response:
        """You follow this person no more. Doing it twice changes nothing."""
        follows.unfollow(actor=request.user, person_id=person_id)
        return Response(status=204)


class Blocking(SignedInView):
    """Blocking somebody."""

    @extend_schema(operation_id="blockPerson", tags=["people"], request=None, responses={204: None})
    def post(self, request: Request, person_id: UUID) -> Response:
        """Block somebody: your rooms are closed to them, both follows end, and they are not told."""
        blocks.block_person(actor=request.user, person_id=person_id, now=timezone.now())
        return Response(status=204)

    @extend_schema(operation_id="unblockPerson", tags=["people"], request=None, responses={204: None})
    def delete(self, request: Request, person_id: UUID) -> Response:
        """Take a block back. Follows stay ended. Doing it twice changes nothing."""
        blocks.unblock_person(actor=request.user, person_id=person_id)
        return Response(status=204)


class Blocked(SignedInView):
    """Your own list."""

    @extend_schema(
        operation_id="listBlocked",
        tags=["people"],
        parameters=_PAGED,
        responses=serializers.PeopleAnswer,
        examples=[examples.PEOPLE],
    )
    def get(self, request: Request) -> Response:
        """Whom you blocked, newest first. Nobody else can read it."""
        before, size = paged(request)
        person = access.check_has_account(request.user)
        return _listed(queries.blocked_page(person=person, before=before, size=size))


class Followers(ApiView):
    """Who follows somebody."""

    @extend_schema(
        operation_id="listFollowers",
        tags=["people"],
        parameters=_PAGED,
        responses=serializers.PeopleAnswer,
        examples=[examples.PEOPLE],
    )
    def get(self, request: Request, person_id: UUID) -> Response:
        """The people who follow this person, newest first."""
        return _people(request, person_id, queries.Side.FOLLOWERS)


def _people(request: Request, person_id: UUID, side: queries.Side) -> Response:
    page = found(queries.profile_page_by_id(person_id=person_id, viewer=request.user))
    before, size = paged(request)
    return _listed(queries.people_page(person=page.person, side=side, viewer=request.user, before=before, size=size))


def paged(request: Request) -> tuple[int | None, int]:
    """`next_token` and `max_results` of a list of people."""
    token = request.query_params.get("next_token", "")
    before = rest_input.number(token, "next_token", most=2**62) if token else None
    return before, rest_input.max_results(request.query_params)


def _listed(listed: queries.PeoplePage) -> Response:
    meta: dict[str, Any] = {"result_count": len(listed.people)}
    if listed.next_before is not None:
        meta["next_token"] = str(listed.next_before)
    return Response({"data": [person_record(one) for one in listed.people], "meta": meta})
