"""Posting, replying, liking, and taking it back. Counts change with the rows that they count."""

from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from limits import RateLimitItemPerMinute

from accounts import queries, signals
from accounts.models import POST_MOST, Post, PostLike, PostMention, User
from accounts.queries.posts import NoSuchPost, PostRecord, search_posts, visible_post
from accounts.services import follows, notifications, staff, tidings, wording
from accounts.services.access import Actor, check_has_account
from accounts.services.wording import Draft
from spaces_site.boundary import linked_text, pace
from spaces_site.boundary.pace import Pace
from spaces_site.errors import DomainError, Kind

log = structlog.get_logger(__name__)

#: People whom one post can name; the names behind them are words.
MENTIONS_MOST = 10

POSTS = Pace("post", (RateLimitItemPerMinute(10), RateLimitItemPerMinute(100, 60)))
LIKES = Pace("like", (RateLimitItemPerMinute(60),))
SEARCHES = Pace("find", (RateLimitItemPerMinute(60),))


class ReplyToTheBeginning(DomainError):
    """Replying to a reply."""

    kind = Kind.CONFLICT
    code = "reply_to_reply"
    text = _("Replies are one level deep. Answer the post itself.")


def publish(*, actor: Actor, draft: Draft, now: datetime) -> UUID:
    """Say something to everybody; returns the post's id.

    Raises SignInFirst, AccountSuspended, SaysNothing, TooLong, NoRoomToShare, SlowDown.
    """
    author = check_has_account(actor)
    said = wording.ready(draft, author=author, most=POST_MOST)
    pace.check(POSTS, author.pk)
    with transaction.atomic():
        return _keep(author, said, None, now)


def reply(*, actor: Actor, post_id: UUID, draft: Draft, now: datetime) -> UUID:
    """Answer a post; returns the reply's id. Raises as `publish` does, NoSuchPost, ReplyToTheBeginning."""
    author = check_has_account(actor)
    said = wording.ready(draft, author=author, most=POST_MOST)
    pace.check(POSTS, author.pk)
    with transaction.atomic():
        _hold(post_id)
        if visible_post(post_id=post_id, viewer=author, now=now).reply_to_id is not None:
            raise ReplyToTheBeginning
        reply_id = _keep(author, said, post_id, now)
        Post.objects.filter(pk=post_id).update(reply_count=F("reply_count") + 1)
    return reply_id


def delete(*, actor: Actor, post_id: UUID) -> None:
    """Delete one's own post, with its replies; somebody else's is none. Raises SignInFirst, NoSuchPost."""
    author = check_has_account(actor)
    _delete(Post.objects.filter(pk=post_id, author=author).first())


def delete_as_staff(*, actor: User, post_id: UUID, why: str) -> None:
    """Delete anybody's post, with its replies; what it said is written into the log. Raises NotStaff, NoSuchPost."""
    staff.check_is_staff(actor)
    with transaction.atomic():
        post = Post.objects.select_related("author").filter(pk=post_id).first()
        if post is None:
            raise NoSuchPost
        said = {"post": str(post.pk), "text": post.text, "room": str(post.room_id or ""), "replies": post.reply_count}
        staff.tell_act(actor=actor, act="post.deleted", why=why, person=post.author, before=said)
        _delete(post)
    log.info("post_deleted_by_staff", post=str(post_id), by=str(actor.pk))


def search(*, actor: Actor, query: str, now: datetime, size: int) -> list[PostRecord]:
    """`search_posts`, as often as one may look. Raises SignInFirst, AccountSuspended, SlowDown."""
    person = check_has_account(actor)
    pace.check(SEARCHES, person.pk)
    return search_posts(query=query, viewer=person, now=now, size=size)


def like(*, actor: Actor, post_id: UUID, now: datetime) -> bool:
    """Like a post; True if that is new. Doing it twice is no error. Raises SignInFirst, NoSuchPost, SlowDown."""
    person = check_has_account(actor)
    pace.check(LIKES, person.pk)
    with transaction.atomic():
        _hold(post_id)
        visible_post(post_id=post_id, viewer=person, now=now)
        _like, is_new = PostLike.objects.get_or_create(post_id=post_id, person=person, defaults={"created_at": now})
        if is_new:
            Post.objects.filter(pk=post_id).update(like_count=F("like_count") + 1)
    return is_new


def unlike(*, actor: Actor, post_id: UUID) -> bool:
    """Like a post no more; True if one did. Also where one may not see it any more. Raises SignInFirst, NoSuchPost."""
    person = check_has_account(actor)
    with transaction.atomic():
        _hold(post_id)
        removed, _details = PostLike.objects.filter(post_id=post_id, person=person).delete()
        if removed:
            Post.objects.filter(pk=post_id).update(like_count=F("like_count") - 1)
    return removed > 0


def hold(*, post_id: UUID) -> None:
    """Hold a post for this transaction, if there is one: meanwhile nobody deletes it, or blocks who wrote it.

    For those above, who note it down somewhere; before they hold anything of their own.
    """
    post = Post.objects.filter(pk=post_id).values_list("author_id", "reply_to__author_id", "reply_to_id").first()
    if post is not None:
        author_id, author_above_id, above_id = post
        follows.hold_people(person_ids={author_id, author_above_id or author_id})
        # What it answers is held, as in `_delete`: both ways to delete it begin there.
        Post.objects.filter(pk=above_id or post_id).update(like_count=F("like_count"))


def _keep(author: User, said: wording.Said, reply_to: UUID | None, now: datetime) -> UUID:
    post = Post.objects.create(
        author=author, text=said.text, room_id=said.room_id, share=said.share, reply_to_id=reply_to, created_at=now
    )
    handles = linked_text.names(said.text)[:MENTIONS_MOST]
    named: list[User] = []
    if handles:
        near = queries.not_estranged(viewer_id=author.pk, path="pk")
        named = list(User.objects.people().filter(near, handle__in=handles))
        PostMention.objects.bulk_create(PostMention(post=post, person=person) for person in named)
    tidings.post_was_written(post=post, named=named, now=now)
    return post.pk


def _hold(post_id: UUID) -> None:
    """Hold the post for this transaction, on both databases: its counts and its end take turns. Raises NoSuchPost."""
    if not Post.objects.filter(pk=post_id).update(like_count=F("like_count")):
        raise NoSuchPost


def _delete(post: Post | None) -> None:
    """What it answers is held first, as in `reply`: two orders could wait for each other."""
    if post is None:
        raise NoSuchPost
    with transaction.atomic():
        _hold(post.reply_to_id or post.pk)
        notifications.forget_post(post_id=post.pk)
        _all, removed = Post.objects.filter(pk=post.pk).delete()
        if not removed.get("accounts.Post"):
            raise NoSuchPost
        if post.reply_to_id is not None:
            Post.objects.filter(pk=post.reply_to_id).update(reply_count=F("reply_count") - 1)
        transaction.on_commit(partial(signals.post_deleted.send_robust, sender=Post, post_id=post.pk))
