"""Posts and messages by many at once, in threads that commit: counts stay right. On SQLite and on PostgreSQL."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from accounts.models import Conversation, ConversationSide, Message, Post, PostLike
from accounts.queries.posts import NoSuchPost
from accounts.services import blocks, follows, messages, posts
from accounts.services.wording import Draft
from tests.accounts.conftest import NOW, MakePerson
from tests.rooms.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(transactional_db: None, make_person: MakePerson) -> list:
    return [make_person(f"person_{number}") for number in range(6)]


def test_likes_of_many_and_of_one_many_times_are_counted_right(people: list) -> None:
    post_id = posts.publish(actor=people[0], draft=Draft("Hello"), now=NOW)
    likes = [partial(posts.like, actor=one, post_id=post_id, now=NOW) for one in people]
    at_once(*likes, *likes[:2], *[partial(posts.unlike, actor=people[5], post_id=post_id)])
    assert Post.objects.get().like_count == PostLike.objects.count() >= 5


def test_replies_and_the_end_of_what_they_answer(people: list) -> None:
    post_id = posts.publish(actor=people[0], draft=Draft("Hello"), now=NOW)
    answer = partial(posts.reply, post_id=post_id, draft=Draft("So it is"), now=NOW)
    first = answer(actor=people[1])
    answers = [partial(answer, actor=one) for one in people[1:]]
    results = at_once(*answers, partial(posts.delete, actor=people[1], post_id=first))
    assert all(isinstance(result, UUID) for result in results[:-1])
    assert Post.objects.get(pk=post_id).reply_count == Post.objects.filter(reply_to=post_id).count() == 5
    for _ in range(4):
        post_id = posts.publish(actor=people[0], draft=Draft("Hello again"), now=NOW)
        answers = [partial(posts.reply, actor=one, post_id=post_id, draft=Draft("So"), now=NOW) for one in people[1:4]]
        results = at_once(*answers, partial(posts.delete, actor=people[0], post_id=post_id))
        assert all(isinstance(result, NoSuchPost | UUID) for result in results[:-1])
        assert not Post.objects.filter(text__startswith="Hello again").exists()


def test_two_who_write_first_have_one_conversation(people: list) -> None:
    one, other = people[:2]
    write = partial(messages.send, draft=Draft("Hello"), now=NOW)
    results = at_once(
        *[partial(write, actor=one, person_id=other.pk) for _ in range(2)],
        *[partial(write, actor=other, person_id=one.pk) for _ in range(2)],
    )
    assert not any(isinstance(result, Exception) for result in results)
    assert Conversation.objects.count() == 1
    assert Message.objects.count() == Message.objects.values("sent_at").distinct().count() == 4
    for side in ConversationSide.objects.all():
        others = Message.objects.filter(sender=side.other)
        assert side.unread_count == others.filter(sent_at__gt=side.read_at).count()


def test_reading_while_it_is_written_loses_no_message(people: list) -> None:
    one, other = people[:2]
    follows.follow(actor=other, person_id=one.pk, now=NOW)
    for number in range(6):
        now = NOW + timedelta(seconds=number)
        at_once(
            *[partial(messages.send, actor=one, person_id=other.pk, draft=Draft("more"), now=now) for _ in range(4)],
            *[partial(messages.mark_read, actor=other, person_id=one.pk, until=now) for _ in range(2)],
        )
        side = ConversationSide.objects.get(person=other)
        unread = Message.objects.filter(sender=one)
        assert side.unread_count == (unread.filter(sent_at__gt=side.read_at) if side.read_at else unread).count()


def test_no_message_gets_past_a_block_that_was_first(people: list) -> None:
    one, other = people[:2]
    for _ in range(5):
        at_once(
            partial(blocks.block_person, actor=other, person_id=one.pk, now=NOW),
            partial(messages.send, actor=one, person_id=other.pk, draft=Draft("Hello"), now=NOW),
        )
        said = Message.objects.count()
        refused = at_once(partial(messages.send, actor=one, person_id=other.pk, draft=Draft("Hello"), now=NOW))
        assert refused[0].code == "cannot_write"
        assert Message.objects.count() == said
        blocks.unblock_person(actor=other, person_id=one.pk)
        Conversation.objects.all().delete()
