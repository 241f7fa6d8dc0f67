"""Whom a post, a reply or a message concerns, and what they are told of it. All in the caller's transaction."""

from collections.abc import Collection
from datetime import datetime

from django.urls import reverse

from accounts.models import Box, Message, NotificationKind, Post, User
from accounts.queries.posts import NoSuchPost, visible_post
from accounts.services import notifications
from accounts.services.notifications import Telling


def post_was_written(*, post: Post, named: Collection[User], now: datetime) -> None:
    """Tell whoever is named in a post or reply, and whose post it answers; each once, and who may see it alone."""
    answered = post.reply_to.author if post.reply_to else None
    told = {answered.pk: answered} if answered else {}
    told |= {person.pk: person for person in named if person.pk not in told}
    told.pop(post.author_id, None)
    tellings = [
        _of_post(post, person, is_reply=person == answered)
        for person in told.values()
        if person.is_active and _may_see(person, post, now)
    ]
    notifications.tell(tellings=tellings, now=now)


def message_was_sent(*, message: Message, recipient: User, box: str, now: datetime) -> None:
    """Tell who was written to. A request is held back: a line in the list, whoever they all are from."""
    if box == Box.DECLINED:
        return
    is_request = box == Box.REQUEST
    telling = Telling(
        person=recipient,
        kind=NotificationKind.MESSAGE,
        wording="message_request" if is_request else "message",
        path=reverse("message-requests") if is_request else reverse("conversation", args=[message.sender.handle]),
        about=recipient.pk if is_request else message.conversation_id,
        by=message.sender,
        message_id=message.pk,
        held_back=is_request,
    )
    notifications.tell(tellings=[telling], now=now)


def _of_post(post: Post, person: User, *, is_reply: bool) -> Telling:
    # Replies to one post stand as one line, and so does everything in which one person names another.
    return Telling(
        person=person,
        kind=NotificationKind.REPLY if is_reply else NotificationKind.MENTION,
        wording="reply" if is_reply else "mention",
        path=reverse("post", args=[post.pk]),
        about=post.reply_to_id if is_reply else post.author_id,
        by=post.author,
        post_id=post.pk,
    )


def _may_see(person: User, post: Post, now: datetime) -> bool:
    try:
        visible_post(post_id=post.pk, viewer=person, now=now)
    except NoSuchPost:
        return False
    return True
