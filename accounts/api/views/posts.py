"""Posts: the feed, a person's posts, replies, likes."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import examples_said as examples
from accounts.api import said, serializers
from accounts.api.records import person_record
from accounts.api.views.people import paged
from accounts.queries import posts as queries
from accounts.services import posts
from accounts.services.access import check_has_account
from spaces_site.boundary import rest_input
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.plain_text import LONGEST_QUERY
from spaces_site.boundary.rest_view import ApiView, SignedIn, SignedInView

_WORDS = OpenApiParameter("query", {"type": "string", "maxLength": LONGEST_QUERY}, description="Words to look for.")
_PAGED = [rest_input.max_results_parameter(), rest_input.NEXT_TOKEN]


class Posts(SignedInView):
    """Your feed, and saying something."""

    @extend_schema(
        operation_id="listFeed",
        tags=["posts"],
        parameters=_PAGED,
        responses=said.PostsAnswer,
        examples=[examples.POSTS],
    )
    def get(self, request: Request) -> Response:
        """What you and those whom you follow have posted, newest first."""
        person = check_has_account(request.user)
        return listed(queries.feed(viewer=person, page=page_of(request), now=timezone.now()))

    @extend_schema(
        operation_id="publishPost",
        tags=["posts"],
        parameters=[rest_input.IDEMPOTENCY_KEY],
        request=said.NewPostSerializer,
        responses={201: said.PostAnswer},
        examples=[examples.NEW_POST, examples.POST],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Say something to everybody. Errors: `says_nothing`, `text_too_long`, `no_such_room`, `slow_down`."""
        told = rest_input.body(request, said.NewPostSerializer)
        draft = said.NewPostSerializer.draft(told, host=request.get_host())
        post_id = posts.publish(actor=request.user, draft=draft, now=timezone.now())
        return Response({"data": _one(request, post_id)}, status=201)


class PostSearch(SignedInView):
    """Finding a post again."""

    @extend_schema(
        operation_id="searchPosts",
        tags=["posts"],
        parameters=[_WORDS, rest_input.max_results_parameter()],
        responses=said.PostsAnswer,
        examples=[examples.POSTS],
    )
    def get(self, request: Request) -> Response:
        """Of your posts and those of whom you follow the newest that have all words of `query`; without words all.

        At most 60 times a minute.
        """
        query = rest_input.text(request.query_params, "query", limit=LONGEST_QUERY)
        size = rest_input.max_results(request.query_params)
        found = posts.search(query=query, actor=request.user, now=timezone.now(), size=size)
        return listed(queries.PostPage(found))


class Post(ApiView):
    """One post."""

    def get_permissions(self) -> list[Any]:
        return open_to_read(self.request)

    @extend_schema(operation_id="getPost", tags=["posts"], responses=said.PostAnswer, examples=[examples.POST])
    def get(self, request: Request, post_id: UUID) -> Response:
        """A post or a reply."""
        return Response({"data": _one(request, post_id)})

    @extend_schema(operation_id="deletePost", tags=["posts"], request=None, responses={204: None})
    def delete(self, request: Request, post_id: UUID) -> Response:
        """Delete your post, with its replies and likes."""
        posts.delete(actor=request.user, post_id=post_id)
        return Response(status=204)


class Replies(ApiView):
    """Replies to a post, one level deep."""

    def get_permissions(self) -> list[Any]:
        return open_to_read(self.request)

    @extend_schema(
        operation_id="listReplies",
        tags=["posts"],
        parameters=_PAGED,
        responses=said.PostsAnswer,
        examples=[examples.POSTS],
    )
    def get(self, request: Request, post_id: UUID) -> Response:
        """What others answered, oldest first."""
        page, now = page_of(request), timezone.now()
        return listed(queries.replies_to(post_id=post_id, viewer=request.user, page=page, now=now))

    @extend_schema(
        operation_id="replyToPost",
        tags=["posts"],
        parameters=[rest_input.IDEMPOTENCY_KEY],
        request=said.NewPostSerializer,
        responses={201: said.PostAnswer},
        examples=[examples.NEW_POST, examples.POST],
    )
    @idempotent
    def post(self, request: Request, post_id: UUID) -> Response:
        """Answer a post. A reply cannot be answered itself: `reply_to_reply`."""
        told = rest_input.body(request, said.NewPostSerializer)
        draft = said.NewPostSerializer.draft(told, host=request.get_host())
        reply_id = posts.reply(actor=request.user, post_id=post_id, draft=draft, now=timezone.now())
        return Response({"data": _one(request, reply_id)}, status=201)


class Likes(ApiView):
    """Liking a post, and who does."""

    def get_permissions(self) -> list[Any]:
        return open_to_read(self.request)

    @extend_schema(
        operation_id="listLikers",
        tags=["posts"],
        parameters=_PAGED,
        responses=serializers.PeopleAnswer,
        examples=[examples.PEOPLE],
    )
    def get(self, request: Request, post_id: UUID) -> Response:
        """Who likes a post, the newest first."""
        before, size = paged(request)
        people = queries.likers(post_id=post_id, viewer=request.user, before=before, size=size, now=timezone.now())
        meta: dict[str, Any] = {"result_count": len(people.people)}
        if people.next_before is not None:
            meta["next_token"] = str(people.next_before)
        return Response({"data": [person_record(one) for one in people.people], "meta": meta})

    @extend_schema(operation_id="likePost", tags=["posts"], request=None, responses={204: None})
    def put(self, request: Request, post_id: UUID) -> Response:
        """You like this post. Doing it twice changes nothing."""
        posts.like(actor=request.user, post_id=post_id, now=timezone.now())
        return Response(status=204)

    @extend_schema(operation_id="unlikePost", tags=["posts"], request=None, responses={204: None})
    def delete(self, request: Request, post_id: UUID) -> Response:
        """You like this post no more. Doing it twice changes nothing."""
        posts.unlike(actor=request.user, post_id=post_id)
        return Response(status=204)


class PostsOfPerson(ApiView):
    """What somebody posted."""

    @extend_schema(
        operation_id="listPostsOfPerson",
        tags=["posts"],
        parameters=_PAGED,
        responses=said.PostsAnswer,
        examples=[examples.POSTS],
    )
    def get(self, request: Request, person_id: UUID) -> Response:
        """Somebody's posts without their replies, newest first; none for whom they blocked."""
        page, now = page_of(request), timezone.now()
        return listed(queries.posts_of(person_id=person_id, viewer=request.user, page=page, now=now))


def page_of(request: Request) -> queries.Page:
    """`max_results` and `next_token` of a list of posts or messages."""
    token = request.query_params.get("next_token", "")[:200]
    return queries.Page(token=token, size=rest_input.max_results(request.query_params))


def open_to_read(request: Request) -> list[Any]:
    """Anybody reads; to change something one is signed in, and the rules say the rest."""
    return [] if request.method in {"GET", "HEAD", "OPTIONS"} else [SignedIn()]


def listed(page: queries.PostPage) -> Response:
    """A page of posts."""
    meta: dict[str, Any] = {"result_count": len(page.posts)}
    if page.next_token is not None:
        meta["next_token"] = page.next_token
    return Response({"data": [said.post_record(one) for one in page.posts], "meta": meta})


def _one(request: Request, post_id: UUID) -> dict[str, Any]:
    return said.post_record(queries.one_post(post_id=post_id, viewer=request.user, now=timezone.now()))
