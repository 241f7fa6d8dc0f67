"""Posts as somebody sees them: the feed, a person's posts, one post with its replies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import Follow, Post, PostLike, PostMention, User
from accounts.models.post import PostQuerySet
from accounts.queries.shared import SharedRoom, shared_rooms
from spaces_site.boundary import cursor, linked_text
from spaces_site.boundary.linked_text import Piece, PieceKind
from spaces_site.boundary.plain_text import folded
from spaces_site.errors import DomainError, Kind

Viewer = User | AnonymousUser

#: Posts through which a search for words looks, the newest first.
SEARCHED = 1000


class NoSuchPost(DomainError):
    """No such post, or none that this person may see."""

    kind = Kind.NOT_FOUND
    code = "no_such_post"
    text = _("There is no such post, or not any more.")


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A post as the viewer sees it; `post.author` is loaded. `liked` is None for whoever cannot like."""

    post: Post
    pieces: tuple[Piece, ...]
    names: dict[str, UUID]
    room: SharedRoom | None
    liked: bool | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class PostPage:
    """One page of posts; `next_token` fetches the next one, None: this is the last."""

    posts: list[PostRecord]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """One post with the first of its replies, oldest first. For a reply, `above` is what it answers."""

    record: PostRecord
    above: PostRecord | None
    replies: PostPage


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: `token` from an earlier page or empty, and how many rows."""

    token: str = ""
    size: int = 20


def feed(*, viewer: User, page: Page, now: datetime) -> PostPage:
    """Posts of the viewer and of those whom they follow, newest first. Raises BadCursor."""
    followed = Follow.objects.filter(follower=viewer).values("followee_id")
    rows = _visible(viewer, now).beginnings().filter(Q(author=viewer) | Q(author__in=followed))
    return _page(rows, viewer, page)


def search_posts(*, query: str, viewer: User, now: datetime, size: int) -> list[PostRecord]:
    """One's own posts and those of whom one follows that have all these words, whatever accents and capitals.

    Newest first, out of the `SEARCHED` newest.
    """
    followed = Follow.objects.filter(follower=viewer).values("followee_id")
    rows = _visible(viewer, now).beginnings().filter(Q(author=viewer) | Q(author__in=followed))
    rows = rows.order_by("-created_at", "-pk")
    words = folded(query).split()
    if words:
        said = rows.values_list("pk", "text", "author__display_name", "author__handle")[:SEARCHED]
        found = (pk for pk, *parts in said if _has_all(words, "{} {} @{}".format(*parts)))
        rows = rows.filter(pk__in=list(islice(found, size)))
    return records_of(list(rows.select_related("author")[:size]), viewer)


def posts_of(*, person_id: UUID, viewer: Viewer, page: Page, now: datetime) -> PostPage:
    """What somebody posted, newest first, without replies. Raises BadCursor."""
    return _page(_visible(viewer, now).beginnings().filter(author_id=person_id), viewer, page)


def one_post(*, post_id: UUID, viewer: Viewer, now: datetime) -> PostRecord:
    """One post or reply. Raises NoSuchPost."""
    return records_of([visible_post(post_id=post_id, viewer=viewer, now=now)], viewer)[0]


def own_post(*, post_id: UUID, author: User) -> PostRecord:
    """A post or reply of one's own, also below a post that one may not see any more. Raises NoSuchPost."""
    post = Post.objects.filter(pk=post_id, author=author).select_related("author").first()
    if post is None:
        raise NoSuchPost
    return records_of([post], author)[0]


def replies_to(*, post_id: UUID, viewer: Viewer, page: Page, now: datetime) -> PostPage:
    """Replies to a post, oldest first. Raises NoSuchPost, BadCursor."""
    post = visible_post(post_id=post_id, viewer=viewer, now=now)
    return _page(_visible(viewer, now).filter(reply_to=post), viewer, page, newest_first=False)


def thread(*, post_id: UUID, viewer: Viewer, page: Page, now: datetime) -> Thread:
    """What a post's page shows. Raises NoSuchPost, BadCursor."""
    record = one_post(post_id=post_id, viewer=viewer, now=now)
    above_id = record.post.reply_to_id
    if above_id is not None:
        return Thread(record, one_post(post_id=above_id, viewer=viewer, now=now), PostPage([]))
    return Thread(record, None, replies_to(post_id=post_id, viewer=viewer, page=page, now=now))


def likers(*, post_id: UUID, viewer: Viewer, before: int | None, size: int, now: datetime) -> queries.PeoplePage:
    """Who likes a post, the newest first; nobody with a block between them and the viewer. Raises NoSuchPost."""
    post = visible_post(post_id=post_id, viewer=viewer, now=now)
    known = queries.not_estranged(viewer_id=viewer.pk, path="person")
    rows = PostLike.objects.filter(known, post=post, person__is_active=True).select_related("person").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    people = queries.seen_by(viewer, [like.person for like in found[:size]])
    return queries.PeoplePage(people, next_before=found[size - 1].pk if len(found) > size else None)


def visible_post(*, post_id: UUID, viewer: Viewer, now: datetime) -> Post:
    """The post, with its author, for whoever may see it. Raises NoSuchPost."""
    post = _visible(viewer, now).filter(pk=post_id).select_related("author").first()
    if post is None:
        raise NoSuchPost
    return post


def visible_at(path: str, *, viewer: Viewer, now: datetime) -> Q:
    """A condition for lists: the viewer may see the post at `path` (empty, or with its two underscores).

    Nothing of somebody with a block between them and the viewer, at any depth; nor of whom staff hid.
    """
    beginning = Q(**{f"{path}reply_to": None}) | _by_known(f"{path}reply_to__author", viewer, now)
    return _by_known(f"{path}author", viewer, now) & beginning


def kept_from(*, post: Post, people: "QuerySet[User]", now: datetime) -> set[UUID]:
    """Those of these people who may not see a post: `visible_at`, asked for many at one time.

    `post.author` and `post.reply_to.author` are loaded.
    """
    may = _known_by("pk", post.author, now)
    if post.reply_to is not None:
        may &= _known_by("pk", post.reply_to.author, now)
    return set(people.filter(~may).values_list("pk", flat=True))


def _visible(viewer: Viewer, now: datetime) -> PostQuerySet:
    return Post.objects.filter(visible_at("", viewer=viewer, now=now))


def _has_all(words: Sequence[str], text: str) -> bool:
    looked_through = folded(text)
    return all(word in looked_through for word in words)


def _by_known(path: str, viewer: Viewer, now: datetime) -> Q:
    near = queries.not_estranged(viewer_id=viewer.pk, path=path)
    return near & queries.not_limited(viewer_id=viewer.pk, path=path, now=now) & Q(**{f"{path}__is_active": True})


def _known_by(path: str, author: User, now: datetime) -> Q:
    """The same from the other side: at `path` stands somebody who may see what this author says."""
    if not author.is_active:
        return Q(**{f"{path}__in": User.objects.none()})
    near = queries.not_estranged(viewer_id=author.pk, path=path)
    if author.limited_until is None or author.limited_until <= now:
        return near
    followers = Follow.objects.filter(followee=author).values("follower_id")
    return near & (Q(**{f"{path}__in": followers}) | Q(**{path: author.pk}))


def _page(rows: PostQuerySet, viewer: Viewer, page: Page, *, newest_first: bool = True) -> PostPage:
    loaded = rows.select_related("author")
    found, token = cursor.page_of(loaded, key="created_at", token=page.token, size=page.size, newest_first=newest_first)
    return PostPage(records_of(found, viewer), token)


def records_of(posts: Sequence[Post], viewer: Viewer) -> list[PostRecord]:
    """Records of these posts in their order, with a fixed number of queries."""
    account = viewer if isinstance(viewer, User) and not viewer.is_guest else None
    ids = [post.pk for post in posts]
    liked: set[UUID] = set()
    if account is not None and ids:
        liked = set(PostLike.objects.filter(person=account, post__in=ids).values_list("post_id", flat=True))
    named: dict[UUID, dict[str, UUID]] = {}
    mentions = PostMention.objects.filter(post__in=ids, person__is_active=True)
    for post_id, handle, person_id in mentions.values_list("post_id", "person__handle", "person_id"):
        named.setdefault(post_id, {})[handle] = person_id
    rooms = shared_rooms(room_ids=[post.room_id for post in posts], viewer=viewer)
    return [
        PostRecord(
            post=post,
            pieces=pieces_of(post.text, names=named.get(post.pk, {})),
            names=named.get(post.pk, {}),
            room=rooms.get(post.room_id) if post.room_id else None,
            liked=post.pk in liked if account is not None else None,
            is_own=account is not None and post.author_id == account.pk,
        )
        for post in posts
    ]


def pieces_of(text: str, *, names: dict[str, UUID]) -> tuple[Piece, ...]:
    """A text in pieces, where only those @names lead somewhere that were somebody's when it was written."""
    return tuple(
        Piece(PieceKind.WORDS, piece.text) if piece.kind is PieceKind.NAME and piece.target not in names else piece
        for piece in linked_text.pieces(text)
    )
