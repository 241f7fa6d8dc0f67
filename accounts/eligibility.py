"""Rule book: who may write to whom, and where what they write lies. One condition a line."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import Block, Box, Follow, User
from spaces_site.errors import DomainError, Kind

#: Messages that somebody may write before the other one has answered for the first time.
UNANSWERED_MOST = 3


class NotToYourself(DomainError):
    """Writing to oneself."""

    kind = Kind.INVALID
    code = "write_to_yourself"
    text = _("You cannot write to yourself. Choose somebody else.")


class UnblockFirst(DomainError):
    """Writing to somebody whom one has blocked."""

    kind = Kind.CONFLICT
    code = "unblock_first"
    text = _("You have blocked this person. Unblock them first.")


class CannotWrite(DomainError):
    """Blocked by that person, which is not told."""

    kind = Kind.FORBIDDEN
    code = "cannot_write"
    text = _("You cannot write to this person.")


class Limited(DomainError):
    """Staff limited the sender: only people who follow them, or who answered them, hear from them."""

    kind = Kind.FORBIDDEN
    code = "limited"
    text = _("Your account is limited: you can write to people who follow you.")


class WaitForAnswer(DomainError):
    """The other one has not answered, and enough was said."""

    kind = Kind.CONFLICT
    code = "wait_for_answer"
    text = _("They have not answered yet. You can write more once they do.")


def where_it_lies(*, sender: User, recipient: User, lies_in: str | None, sent: int, now: datetime) -> Box:
    """Where the next message from `sender` lies for `recipient`: with their conversations, or held back.

    `lies_in` is where their conversation lies for the recipient, None before the first message; `sent` counts what
    the sender wrote in it. Raises NotToYourself, UnblockFirst, CannotWrite, Limited, WaitForAnswer.
    """
    if sender.pk == recipient.pk:
        raise NotToYourself
    if Block.objects.filter(blocker=sender, blocked=recipient).exists():
        raise UnblockFirst
    if Block.objects.filter(blocker=recipient, blocked=sender).exists():
        raise CannotWrite
    if lies_in == Box.INBOX or Follow.objects.filter(follower=recipient, followee=sender).exists():
        return Box.INBOX
    if sender.limited_until is not None and sender.limited_until > now:
        raise Limited
    if sent >= UNANSWERED_MOST:
        raise WaitForAnswer
    return Box(lies_in or Box.REQUEST)
