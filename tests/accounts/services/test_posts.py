"""Posts: what may be said, who sees it, and counts that stay right."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Post, PostMention, Restriction, User
from accounts.queries import posts as queries
from accounts.queries.posts import NoSuchPost, Page
from accounts.services import blocks, follows, posts, restrictions, wording
from accounts.services.access import SignInFirst
from accounts.services.staff import NotStaff
from accounts.services.wording import Draft
from moderation.models import AuditEntry
from spaces_site.boundary.cursor import BadCursor
from spaces_site.boundary.pace import SlowDown
from tests.accounts.conftest import NOW, MakePerson


def say(author: User, text: str, *, after: float = 0, **more: Any) -> UUID:
    return posts.publish(actor=author, draft=Draft(text, **more), now=NOW + timedelta(seconds=after))


def answer(author: User, post_id: UUID, text: str = "So it is.") -> UUID:
    return posts.reply(actor=author, post_id=post_id, draft=Draft(text), now=NOW)


def feed_of(viewer: User, **page: Any) -> list[str]:
    told = queries.feed(viewer=viewer, page=Page(**page), now=NOW)
    return [record.post.text for record in told.posts]


def texts_of(author: User, viewer: User | AnonymousUser, now: datetime = NOW) -> list[str]:
    told = queries.posts_of(person_id=author.pk, viewer=viewer, page=Page(), now=now)
    return [record.post.text for record in told.posts]


def test_a_post_is_in_the_feed_of_followers_and_on_the_profile(ana: User, bob: User) -> None:
    follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    say(ana, "  The sea\u202e remembers.\r\n\r\n\r\nAlways.  ")
    assert feed_of(bob) == feed_of(ana) == texts_of(ana, AnonymousUser()) == ["The sea remembers.\n\nAlways."]
    assert feed_of(ana, size=5)
    assert texts_of(bob, ana) == []


def test_strangers_posts_are_not_in_the_feed(ana: User, bob: User) -> None:
    say(ana, "For those who follow")
    assert feed_of(bob) == []


def test_five_hundred_characters_fit_however_many_bytes_they_take(ana: User) -> None:
    assert say(ana, "🎉" * 500)
    with pytest.raises(wording.TooLong) as refused:
        say(ana, "é" * 501)
    assert refused.value.field == "text"
    assert refused.value.data == {"length": 501, "most": 500}


@pytest.mark.parametrize("text", ["", "   \n ", "\u200b\u200d", "\u0301\u0301"])
def test_nothing_is_no_post(ana: User, text: str) -> None:
    with pytest.raises(wording.SaysNothing):
        say(ana, text)
    assert not Post.objects.exists()


def test_guests_and_visitors_post_like_and_reply_nothing(ana: User, guest: User) -> None:
    post_id = say(ana, "Hello")
    for nobody in (guest, AnonymousUser()):
        with pytest.raises(SignInFirst):
            say(nobody, "Hello")
        with pytest.raises(SignInFirst):
            answer(nobody, post_id)
        with pytest.raises(SignInFirst):
            posts.like(actor=nobody, post_id=post_id, now=NOW)


def test_mentions_are_kept_for_people_whom_one_may_name(ana: User, bob: User, make_person: MakePerson) -> None:
    blocker = make_person("blocker")
    blocks.block_person(actor=blocker, person_id=ana.pk, now=NOW)
    post_id = say(ana, "@BOB and @nobody_here and @blocker, @bob again; not ana@bob.example")
    assert list(PostMention.objects.values_list("person__handle", flat=True)) == ["bob"]
    record = queries.one_post(post_id=post_id, viewer=bob, now=NOW)
    led = [(piece.text, piece.target) for piece in record.pieces if piece.kind == "name"]
    assert led == [("@BOB", "bob"), ("@bob", "bob")]


def test_the_feed_goes_on_page_by_page_whatever_comes_meanwhile(ana: User) -> None:
    # Two of one moment too: the id decides then.
    for number in range(5):
        say(ana, f"post {number}", after=number // 2)
    first = queries.feed(viewer=ana, page=Page(size=2), now=NOW)
    say(ana, "newer than all", after=60)
    rest, token = [record.post.text for record in first.posts], first.next_token
    while token:
        page = queries.feed(viewer=ana, page=Page(token=token, size=2), now=NOW)
        rest += [record.post.text for record in page.posts]
        token = page.next_token
    assert sorted(rest) == [f"post {number}" for number in range(5)]
    assert rest[0] == "post 4"


@pytest.mark.parametrize("token", ["x", "WzFd", "bnVsbA", "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwgIngiXQ", "\0"])
def test_a_token_that_is_none_of_ours_is_refused(ana: User, token: str) -> None:
    with pytest.raises(BadCursor):
        queries.feed(viewer=ana, page=Page(token=token), now=NOW)


def test_replies_are_one_level_deep_counted_and_oldest_first(ana: User, bob: User) -> None:
    post_id = say(ana, "Hello")
    first = answer(bob, post_id, "first")
    posts.reply(actor=ana, post_id=post_id, draft=Draft("second"), now=NOW + timedelta(seconds=1))
    thread = queries.thread(post_id=post_id, viewer=bob, page=Page(), now=NOW)
    assert [record.post.text for record in thread.replies.posts] == ["first", "second"]
    assert thread.record.post.reply_count == 2
    with pytest.raises(posts.ReplyToTheBeginning):
        answer(ana, first)
    above = queries.thread(post_id=first, viewer=bob, page=Page(), now=NOW).above
    assert above is not None
    assert above.post.pk == post_id
    assert texts_of(bob, bob) == []


def test_whoever_wrote_it_deletes_it_and_nobody_else(ana: User, bob: User) -> None:
    post_id = say(ana, "Hello")
    reply_id = answer(bob, post_id)
    for somebody_elses, actor in ((post_id, bob), (reply_id, ana), (uuid4(), ana)):
        with pytest.raises(NoSuchPost):
            posts.delete(actor=actor, post_id=somebody_elses)
    posts.delete(actor=bob, post_id=reply_id)
    assert Post.objects.get().reply_count == 0
    answer(bob, post_id)
    posts.like(actor=bob, post_id=post_id, now=NOW)
    posts.delete(actor=ana, post_id=post_id)
    assert not Post.objects.exists()


def test_a_like_counts_once_and_is_taken_back_once(ana: User, bob: User) -> None:
    post_id = say(ana, "Hello")
    assert [posts.like(actor=bob, post_id=post_id, now=NOW) for _ in range(2)] == [True, False]
    assert posts.like(actor=ana, post_id=post_id, now=NOW)
    record = queries.one_post(post_id=post_id, viewer=bob, now=NOW)
    assert (record.post.like_count, record.liked, record.is_own) == (2, True, False)
    assert [posts.unlike(actor=bob, post_id=post_id) for _ in range(2)] == [True, False]
    assert Post.objects.get().like_count == 1
    listed = queries.likers(post_id=post_id, viewer=bob, before=None, size=1, now=NOW)
    assert [one.person for one in listed.people] == [ana]
    with pytest.raises(NoSuchPost):
        posts.like(actor=bob, post_id=uuid4(), now=NOW)


@pytest.mark.parametrize("blocks_back", [False, True])
def test_with_a_block_neither_sees_posts_replies_or_likes_of_the_other(
    ana: User, bob: User, make_person: MakePerson, blocks_back: bool
) -> None:
    third = make_person("third")
    of_ana, of_bob, of_third = say(ana, "ana's"), say(bob, "bob's"), say(third, "third's")
    for one in (ana, bob):
        answer(one, of_third, f"reply of {one.handle}")
        posts.like(actor=one, post_id=of_third, now=NOW)
    reply_to_ana = answer(third, of_ana)
    blocker, blocked = (bob, ana) if blocks_back else (ana, bob)
    blocks.block_person(actor=blocker, person_id=blocked.pk, now=NOW)
    for viewer, other, theirs in ((ana, bob, of_bob), (bob, ana, of_ana)):
        assert texts_of(other, viewer) == []
        with pytest.raises(NoSuchPost):
            queries.one_post(post_id=theirs, viewer=viewer, now=NOW)
        with pytest.raises(NoSuchPost):
            posts.like(actor=viewer, post_id=theirs, now=NOW)
        with pytest.raises(NoSuchPost):
            answer(viewer, theirs)
        thread = queries.thread(post_id=of_third, viewer=viewer, page=Page(), now=NOW)
        assert [record.post.author for record in thread.replies.posts] == [viewer]
        liked_by = queries.likers(post_id=of_third, viewer=viewer, before=None, size=9, now=NOW)
        assert [one.person for one in liked_by.people] == [viewer]
    # A third person's reply under a post that one may not see is not there either.
    with pytest.raises(NoSuchPost):
        queries.one_post(post_id=reply_to_ana, viewer=bob, now=NOW)
    assert texts_of(ana, third) == ["ana's"]


def test_a_like_can_be_taken_back_after_a_block(ana: User, bob: User) -> None:
    post_id = say(ana, "Hello")
    posts.like(actor=bob, post_id=post_id, now=NOW)
    blocks.block_person(actor=ana, person_id=bob.pk, now=NOW)
    assert posts.unlike(actor=bob, post_id=post_id)


def test_whoever_is_limited_is_read_by_followers_alone(ana: User, bob: User, make_person: MakePerson) -> None:
    stranger = make_person("stranger")
    follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    post_id = say(ana, "Hello")
    until = NOW + timedelta(days=1)
    restrictions.set_until(person_id=ana.pk, restriction=Restriction.LIMITED, until=until)
    ana.refresh_from_db()
    assert texts_of(ana, ana) == texts_of(ana, bob) == ["Hello"]
    assert texts_of(ana, stranger) == texts_of(ana, AnonymousUser()) == []
    with pytest.raises(NoSuchPost):
        queries.one_post(post_id=post_id, viewer=stranger, now=NOW)
    assert texts_of(ana, stranger, now=until) == ["Hello"]


def test_posts_of_a_suspended_person_are_gone_while_it_lasts(ana: User, bob: User) -> None:
    follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    say(ana, "Hello")
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert feed_of(bob) == []


def test_staff_delete_with_a_trace_and_others_are_no_staff(ana: User, bob: User, staff: User) -> None:
    post_id = say(ana, "Buy my coins")
    with pytest.raises(NotStaff):
        posts.delete_as_staff(actor=bob, post_id=post_id, why="no")
    posts.delete_as_staff(actor=staff, post_id=post_id, why="Spam")
    assert not Post.objects.exists()
    entry = AuditEntry.objects.get(act="post.deleted")
    assert (entry.actor, entry.person, entry.why, entry.before["text"]) == (staff, ana, "Spam", "Buy my coins")
    with pytest.raises(NoSuchPost):
        posts.delete_as_staff(actor=staff, post_id=post_id, why="Spam")


def test_posting_has_a_pace(ana: User) -> None:
    for number in range(10):
        say(ana, f"post {number}")
    with pytest.raises(SlowDown):
        say(ana, "one more")


def test_a_page_of_posts_costs_the_same_however_many_they_are(ana: User, django_assert_max_num_queries: Any) -> None:
    for number in range(9):
        say(ana, f"@ana {number}")
    with django_assert_max_num_queries(4):
        assert len(queries.feed(viewer=ana, page=Page(), now=NOW).posts) == 9
