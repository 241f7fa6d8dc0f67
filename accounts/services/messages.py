"""Writing to one person, reading what they wrote, and answering requests. The rule is in `eligibility`."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from limits import RateLimitItemPerMinute

from accounts import eligibility
from accounts.models import MESSAGE_MOST, Box, Conversation, ConversationSide, Message, User
from accounts.services import follows, wording
from accounts.services.access import Actor, check_has_account
from accounts.services.wording import Draft
from spaces_site.boundary import pace
from spaces_site.boundary.pace import Pace
from spaces_site.errors import DomainError, Kind

MESSAGES = Pace("message", (RateLimitItemPerMinute(30), RateLimitItemPerMinute(500, 60)))
#: Messages to people who have not answered.
REQUESTS = Pace("message_request", (RateLimitItemPerMinute(10, 60), RateLimitItemPerMinute(30, 24 * 60)))

#: Two messages never bear the same moment: the order of a conversation is that of its moments.
_TICK = timedelta(microseconds=1)


class NoSuchMessage(DomainError):
    """None by that id in this conversation, or not one's own."""

    kind = Kind.NOT_FOUND
    code = "no_such_message"
    text = _("There is no such message, or not any more.")


class NoSuchConversation(DomainError):
    """Nothing was said between the two."""

    kind = Kind.NOT_FOUND
    code = "no_such_conversation"
    text = _("There is no such conversation.")


def send(*, actor: Actor, person_id: UUID, draft: Draft, now: datetime) -> UUID:
    """Write to somebody; returns the message's id. A request that one answers becomes a conversation.

    Raises SignInFirst, AccountSuspended, SaysNothing, TooLong, NoRoomToShare, SlowDown, NoSuchPerson, and what
    `eligibility.where_it_lies` raises.
    """
    sender = check_has_account(actor)
    said = wording.ready(draft, author=sender, most=MESSAGE_MOST)
    pace.check(MESSAGES, sender.pk)
    if not _is_answered(sender, person_id):
        pace.check(REQUESTS, sender.pk)
    with transaction.atomic():
        # As follows and blocks of the pair do: one of them is first, and the other sees it.
        follows.hold_people(person_ids=(sender.pk, person_id))
        recipient = User.objects.people().filter(pk=person_id).first()
        if recipient is None:
            raise follows.NoSuchPerson
        theirs = ConversationSide.objects.filter(person=recipient, other=sender).first()
        sent = Message.objects.filter(conversation=theirs.conversation_id, sender=sender).count() if theirs else 0
        box = eligibility.where_it_lies(
            sender=sender, recipient=recipient, lies_in=theirs.box if theirs else None, sent=sent, now=now
        )
        return _keep(sender, recipient, said, box, now)


def mark_read(*, actor: Actor, person_id: UUID, until: datetime) -> None:
    """Everything that this person wrote until then is read. Doing it twice changes nothing. Raises SignInFirst."""
    reader = check_has_account(actor)
    with transaction.atomic():
        follows.hold_people(person_ids=(reader.pk, person_id))
        side = ConversationSide.objects.filter(person=reader, other_id=person_id).first()
        if side is None or (side.read_at is not None and side.read_at >= until):
            return
        side.read_at = until
        side.unread_count = _unread(side)
        side.save(update_fields=["read_at", "unread_count"])


def accept(*, actor: Actor, person_id: UUID) -> bool:
    """Let a request in among one's conversations; True if it was one. Raises SignInFirst."""
    person = check_has_account(actor)
    waiting = ConversationSide.objects.filter(person=person, other_id=person_id, box=Box.REQUEST)
    return waiting.update(box=Box.INBOX) > 0


def clear(*, actor: Actor, person_id: UUID, now: datetime) -> None:
    """Delete a conversation for oneself. A request that is deleted is declined: what follows it is not shown.

    The other one keeps theirs and is not told. Raises SignInFirst, NoSuchConversation.
    """
    person = check_has_account(actor)
    with transaction.atomic():
        follows.hold_people(person_ids=(person.pk, person_id))
        side = ConversationSide.objects.filter(person=person, other_id=person_id).first()
        if side is None or side.last_message_at is None:
            raise NoSuchConversation
        side.box = Box.DECLINED if side.box == Box.REQUEST else side.box
        side.cleared_at = side.read_at = max(now, side.last_message_at)
        side.last_message_at, side.unread_count = None, 0
        side.save(update_fields=["box", "cleared_at", "read_at", "last_message_at", "unread_count"])


def delete(*, actor: Actor, person_id: UUID, message_id: UUID) -> None:
    """Take one's own message back, from both. Raises SignInFirst, NoSuchMessage."""
    sender = check_has_account(actor)
    with transaction.atomic():
        follows.hold_people(person_ids=(sender.pk, person_id))
        mine = ConversationSide.objects.filter(person=sender, other_id=person_id).values("conversation_id")
        removed, _details = Message.objects.filter(pk=message_id, sender=sender, conversation__in=mine).delete()
        if not removed:
            raise NoSuchMessage
        for side in ConversationSide.objects.filter(conversation__in=mine):
            newest = Message.objects.shown_to(side).order_by("-sent_at").values_list("sent_at", flat=True).first()
            side.last_message_at, side.unread_count = newest, _unread(side)
            side.save(update_fields=["last_message_at", "unread_count"])


def _is_answered(sender: User, person_id: UUID) -> bool:
    return ConversationSide.objects.filter(person_id=person_id, other=sender, box=Box.INBOX).exists()


def _keep(sender: User, recipient: User, said: wording.Said, box: Box, now: datetime) -> UUID:
    conversation = _conversation(sender, recipient, now)
    sides = {side.person_id: side for side in conversation.sides.all()}
    # Later than all that was said, read or deleted: by that it is known as unread.
    marks = [(side.last_message_at, side.cleared_at, side.read_at) for side in sides.values()]
    sent_at = max([now, *(moment + _TICK for side in marks for moment in side if moment)])
    message = Message.objects.create(
        conversation=conversation,
        sender=sender,
        text=said.text,
        room_id=said.room_id,
        share=said.share,
        sent_at=sent_at,
    )
    own, theirs = sides[sender.pk], sides[recipient.pk]
    _open_again(own, Box.INBOX, sent_at)
    own.last_message_at = own.read_at = sent_at
    own.unread_count = 0
    _open_again(theirs, box, sent_at)
    if theirs.box != Box.DECLINED:
        theirs.last_message_at = sent_at
        theirs.unread_count += 1
    for side in (own, theirs):
        side.save(update_fields=["box", "last_message_at", "read_at", "unread_count", "cleared_at"])
    return message.pk


def _open_again(side: ConversationSide, box: Box, sent_at: datetime) -> None:
    """What was written to somebody who had declined stays out of sight when the conversation begins after all."""
    if side.box == Box.DECLINED and box != Box.DECLINED:
        side.cleared_at = side.read_at = sent_at - _TICK
        side.unread_count = 0
    side.box = box


def _conversation(sender: User, recipient: User, now: datetime) -> Conversation:
    """The pair's, made on the first message; the caller holds both people."""
    first, second = sorted((sender, recipient), key=lambda person: person.pk)
    conversation, is_new = Conversation.objects.get_or_create(first=first, second=second, defaults={"created_at": now})
    if is_new:
        ConversationSide.objects.bulk_create(
            ConversationSide(conversation=conversation, person=one, other=other, box=Box.REQUEST)
            for one, other in ((first, second), (second, first))
        )
    return conversation


def _unread(side: ConversationSide) -> int:
    rows = Message.objects.shown_to(side).filter(sender=side.other_id)
    return rows.filter(sent_at__gt=side.read_at).count() if side.read_at else rows.count()
