"""Messages, mentions and replies: who is told of them, in which words, by which way, and when not."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core import mail

from accounts.models import Channel, Delivery, Notification, NotificationKind, PushDevice, Restriction, User
from accounts.queries import notifications as queries
from accounts.services import blocks, deliveries, follows, messages, notifications, posts, restrictions
from accounts.services.notifications import Telling
from accounts.services.wording import Draft
from tests.accounts.conftest import NOW, MakePerson


def write(sender: User, recipient: User, text: str = "Hello", *, after: float = 0, **more: Any) -> UUID:
    draft, now = Draft(text, **more), NOW + timedelta(seconds=after)
    return messages.send(actor=sender, person_id=recipient.pk, draft=draft, now=now)


def say(author: User, text: str, *, after: float = 0) -> UUID:
    return posts.publish(actor=author, draft=Draft(text), now=NOW + timedelta(seconds=after))


def answer(author: User, post_id: UUID, text: str = "So it is.", *, after: float = 0) -> UUID:
    return posts.reply(actor=author, post_id=post_id, draft=Draft(text), now=NOW + timedelta(seconds=after))


def lines(who: User, now: datetime = NOW) -> list[tuple[str, str]]:
    """The list of somebody: titles and texts, the newest first."""
    return [(line.title, line.body) for line in queries.page(person=who, now=now).lines]


def unread(who: User) -> int:
    return queries.unread_count(person_id=who.pk, now=NOW)


def phone(who: User) -> PushDevice:
    return PushDevice.objects.create(
        person=who, installation=f"phone-of-{who.handle}", platform="FCM", token=uuid4().hex, session_key="s",
        registered_at=NOW,
    )  # fmt: skip


def pushed(device: PushDevice) -> list[tuple[str, str]]:
    """What a phone was pushed, oldest first."""
    file = settings.VAR_DIR / "push" / "fcm.jsonl"
    told = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [(one["title"], one["body"]) for one in told if one["token"] == device.token]


def work(after: float = 0) -> None:
    deliveries.work(clock=lambda: NOW + timedelta(seconds=after))


def given_up(who: User) -> list[str]:
    return list(Delivery.objects.filter(notification__person=who).order_by("pk").values_list("given_up", flat=True))


@pytest.fixture
def friends(ana: User, bob: User) -> tuple[User, User]:
    """Bob follows Ana, so that what she writes reaches him."""
    follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    return ana, bob


# --- messages ---------------------------------------------------------------------------------------


def test_messages_of_one_person_are_one_line_and_one_push_that_grows(friends: tuple[User, User]) -> None:
    ana, bob = friends
    device = phone(bob)
    write(ana, bob, "Are you\nthere?")
    work()
    write(ana, bob, "It is about Sunday.", after=1)
    write(ana, bob, "Bring the map.", after=2)
    work(3)
    assert lines(bob) == [("3 messages from Ana Martin", "Bring the map.")]
    assert pushed(device) == [
        ("Ana Martin wrote to you", "Are you there?"),
        ("3 messages from Ana Martin", "Bring the map."),
    ]
    assert unread(bob) == 3
    assert lines(ana) == []


def test_reading_a_conversation_is_reading_its_line_and_what_waits_is_not_sent(friends: tuple[User, User]) -> None:
    ana, bob = friends
    device = phone(bob)
    notifications.set_wishes(actor=bob, choices=[("MESSAGE", "EMAIL", True)])
    write(ana, bob)
    messages.mark_read(actor=bob, person_id=ana.pk, until=NOW)
    assert (unread(bob), lines(bob)) == (0, [("Ana Martin wrote to you", "Hello")])
    work(600)
    assert (pushed(device), mail.outbox, set(given_up(bob))) == ([], [], {"read"})
    write(ana, bob, "Still there?", after=700)
    write(bob, ana, "I answer, so I have read it.", after=701)
    assert unread(bob) == 0


def test_mails_wait_for_what_comes_meanwhile_and_are_one(friends: tuple[User, User]) -> None:
    ana, bob = friends
    notifications.set_wishes(actor=bob, choices=[("MESSAGE", "EMAIL", True)])
    for after, text in enumerate(("One", "Two", "Three")):
        write(ana, bob, text, after=after * 60)
    work(299)
    assert mail.outbox == []
    work(300)
    work(900)
    (sent,) = mail.outbox
    assert sent.subject == "3 messages from Ana Martin"
    assert "Three" in sent.body
    assert given_up(bob) == ["", "gathered", "gathered"]


def test_a_request_is_a_line_without_a_name_in_its_title_and_goes_no_other_way(
    ana: User, bob: User, make_person: MakePerson
) -> None:
    device, eva = phone(bob), make_person("eva")
    notifications.set_wishes(actor=bob, choices=[("MESSAGE", "EMAIL", True)])
    write(ana, bob)
    write(eva, bob, after=1)
    work(600)
    assert lines(bob) == [
        ("2 message requests", "Eva would like to write to you. Whoever you do not follow waits here until you answer.")
    ]
    assert (pushed(device), mail.outbox) == ([], [])
    messages.accept(actor=bob, person_id=ana.pk)
    write(ana, bob, "Thank you", after=700)
    work(700)
    assert pushed(device) == [("Ana Martin wrote to you", "Thank you")]


def test_what_follows_a_declined_request_is_told_to_nobody(ana: User, bob: User) -> None:
    write(ana, bob)
    messages.clear(actor=bob, person_id=ana.pk, now=NOW)
    write(ana, bob, after=5)
    assert (lines(bob), Notification.objects.count()) == ([], 0)


def test_a_message_that_is_taken_back_is_in_no_list_and_no_push(friends: tuple[User, User]) -> None:
    ana, bob = friends
    device = phone(bob)
    write(ana, bob, "Hello")
    regretted = write(ana, bob, "What I should not have said", after=1)
    messages.delete(actor=ana, person_id=bob.pk, message_id=regretted)
    work(2)
    assert lines(bob) == pushed(device) == [("Ana Martin wrote to you", "Hello")]


# --- posts ------------------------------------------------------------------------------------------


def test_who_is_named_and_who_is_answered_are_told_each_once(ana: User, bob: User, make_person: MakePerson) -> None:
    eva = make_person("eva")
    post_id = say(ana, "The sea remembers, @bob and @ana.")
    assert lines(bob) == [("Ana Martin mentions you", "The sea remembers, @bob and @ana.")]
    answer(bob, post_id, "It does, @ana and @eva.", after=1)
    answer(eva, post_id, "Does it?", after=2)
    assert lines(ana) == [("2 replies to your post", "Eva: Does it?")]
    assert lines(eva) == [("Bob mentions you", "It does, @ana and @eva.")]
    answer(ana, post_id, "It does.", after=3)
    assert (unread(ana), unread(bob)) == (2, 1)


def test_mentions_by_one_person_are_one_line(ana: User, bob: User) -> None:
    for number in range(3):
        say(ana, f"{number}: @bob", after=number)
    assert lines(bob) == [("Ana Martin mentions you 3 times", "2: @bob")]
    newest = Notification.objects.filter(person=bob).latest("made_at")
    assert newest.path == f"/posts/{newest.post_id}/"
    notifications.mark_read(actor=bob, notification_id=newest.pk, now=NOW)
    assert unread(bob) == 0


def test_public_words_push_nobody_who_did_not_ask_for_it(ana: User, bob: User) -> None:
    device = phone(bob)
    say(ana, "First, @bob")
    notifications.set_wishes(actor=bob, choices=[("MENTION", "NATIVE", True)])
    say(ana, "Second, @bob", after=1)
    work(2)
    assert pushed(device) == [("Ana Martin mentions you 2 times", "Second, @bob")]


def test_a_post_that_is_deleted_is_told_no_more(ana: User, bob: User) -> None:
    first = say(ana, "First, @bob")
    answer(bob, first, after=1)
    say(ana, "Second, @bob", after=2)
    posts.delete(actor=ana, post_id=first)
    assert (lines(bob), lines(ana)) == ([("Ana Martin mentions you", "Second, @bob")], [])


def test_whom_staff_hid_names_only_those_who_follow_them(ana: User, bob: User, make_person: MakePerson) -> None:
    fan = make_person("fan")
    follows.follow(actor=fan, person_id=ana.pk, now=NOW)
    before = say(ana, "Before: @bob and @fan")
    until = NOW + timedelta(days=1)
    restrictions.set_until(person_id=ana.pk, restriction=Restriction.LIMITED, until=until)
    say(ana, "After: @bob and @fan", after=1)
    assert (lines(bob), len(lines(fan))) == ([], 1)
    # When it is over, what was said before it is there again.
    assert [body for _title, body in lines(bob, until + timedelta(seconds=1))] == ["Before: @bob and @fan"]
    assert Notification.objects.filter(person=bob).get().post_id == before


# --- blocks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_reader", [True, False])
def test_a_block_hides_what_was_told_before_and_stops_what_is_on_its_way(
    friends: tuple[User, User], by_reader: bool
) -> None:
    ana, bob = friends
    device = phone(bob)
    write(ana, bob)
    post_id = say(bob, "The sea remembers.")
    answer(ana, post_id, after=1)
    say(ana, "Is that so, @bob?", after=2)
    blocker, blocked = (bob, ana) if by_reader else (ana, bob)
    blocks.block_person(actor=blocker, person_id=blocked.pk, now=NOW)
    assert (lines(bob), unread(bob), queries.unread_counts(people_ids=[bob.pk], now=NOW)) == ([], 0, {})
    work(3)
    assert (pushed(device), set(given_up(bob))) == ([], {"out_of_sight"})
    blocks.unblock_person(actor=blocker, person_id=blocked.pk)
    assert len(lines(bob)) == 3


def test_a_reply_beneath_somebody_beyond_a_block_names_nobody_to_them(
    ana: User, bob: User, make_person: MakePerson
) -> None:
    eva = make_person("eva")
    blocks.block_person(actor=eva, person_id=ana.pk, now=NOW)
    post_id = say(ana, "The sea remembers.")
    answer(bob, post_id, "Do you hear, @eva?", after=1)
    assert lines(eva) == []
    blocks.unblock_person(actor=eva, person_id=ana.pk)
    answer(bob, post_id, "And now, @eva?", after=2)
    assert len(lines(eva)) == 1
    # A block that comes later hides the reply with what it answers.
    blocks.block_person(actor=ana, person_id=eva.pk, now=NOW)
    assert lines(eva) == []


def test_of_several_replies_one_beyond_a_block_is_not_counted(ana: User, bob: User, make_person: MakePerson) -> None:
    eva = make_person("eva")
    post_id = say(ana, "The sea remembers.")
    for after, who in enumerate((bob, eva)):
        answer(who, post_id, f"Says {who.handle}", after=after)
    blocks.block_person(actor=ana, person_id=eva.pk, now=NOW)
    assert (lines(ana), unread(ana)) == ([("Bob replied to your post", "Says bob")], 1)


def test_who_was_switched_off_is_in_no_list(friends: tuple[User, User]) -> None:
    ana, bob = friends
    write(ana, bob)
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert (lines(bob), unread(bob)) == ([], 0)


# --- ways -------------------------------------------------------------------------------------------


def test_what_one_wants_in_no_list_is_pushed_all_the_same_and_by_no_way_is_nothing(friends: tuple[User, User]) -> None:
    ana, bob = friends
    device = phone(bob)
    notifications.set_wishes(actor=bob, choices=[("MESSAGE", "IN_APP", False)])
    write(ana, bob)
    work()
    assert (pushed(device), lines(bob), unread(bob)) == ([("Ana Martin wrote to you", "Hello")], [], 0)
    notifications.set_wishes(actor=bob, choices=[("MESSAGE", "NATIVE", False), ("MESSAGE", "WEB_PUSH", False)])
    write(ana, bob, after=1)
    assert Notification.objects.filter(person=bob).count() == 1


def test_the_phone_may_be_silent_while_the_browser_shows_it(friends: tuple[User, User]) -> None:
    ana, bob = friends
    phone(bob)
    PushDevice.objects.create(
        person=bob, installation="browser-of-bob", platform="WEBPUSH", token="https://fcm.googleapis.com/a",
        session_key="s", registered_at=NOW,
    )  # fmt: skip
    write(ana, bob)
    notifications.set_wishes(actor=bob, choices=[("MESSAGE", "NATIVE", False)])
    write(ana, bob, after=1)
    ways = Delivery.objects.filter(notification__person=bob).order_by("pk").values_list("channel", "given_up")
    assert list(ways) == [(Channel.WEB_PUSH, ""), (Channel.NATIVE, "unwanted"), (Channel.WEB_PUSH, "")]


def test_three_pushes_a_day_though_five_are_due_at_one_moment_and_by_two_ways(bob: User) -> None:
    phone(bob)
    tellings = [
        Telling(bob, NotificationKind.HOST_LIVE, "room_live", "/", {"title": "Sea", "host": "Ana"}, uuid4())
        for _room in range(5)
    ]
    notifications.tell(tellings=tellings, now=NOW)
    twice = [
        Delivery(notification_id=pk, channel=Channel.WEB_PUSH, due_at=NOW)
        for pk in Notification.objects.values_list("pk", flat=True)
    ]
    Delivery.objects.bulk_create(twice)
    work()
    phones = Delivery.objects.filter(channel=Channel.NATIVE)
    assert (phones.filter(sent_at=NOW).count(), phones.filter(given_up="too_many").count()) == (3, 2)
    # By the browser the same three might have gone (there is none), and no other.
    browsers = Delivery.objects.filter(channel=Channel.WEB_PUSH)
    assert (browsers.filter(given_up="no_device").count(), browsers.filter(given_up="too_many").count()) == (3, 2)


def test_a_push_that_reached_nobody_is_not_counted(bob: User) -> None:
    def live() -> None:
        telling = Telling(bob, NotificationKind.HOST_LIVE, "room_live", "/", {"title": "Sea", "host": "Ana"}, uuid4())
        notifications.tell(tellings=[telling], now=NOW)
        work()

    device = phone(bob)
    for _room in range(3):
        live()
        PushDevice.objects.all().delete()
        PushDevice.objects.bulk_create([device])
    assert len(pushed(device)) == 3
    Delivery.objects.update(sent_at=None, claimed_by="")
    PushDevice.objects.all().delete()
    work()
    PushDevice.objects.bulk_create([device])
    live()
    assert len(pushed(device)) == 4


def test_a_list_of_many_takes_few_queries_and_pages_by_lines(
    friends: tuple[User, User], make_person: MakePerson, django_assert_max_num_queries: Any
) -> None:
    _ana, bob = friends
    people = [make_person(f"p{number}", email_verified=False) for number in range(5)]
    for number, person in enumerate(people):
        follows.follow(actor=bob, person_id=person.pk, now=NOW)
        for turn in range(4):
            write(person, bob, f"{turn}", after=number * 10 + turn)
    with django_assert_max_num_queries(4):
        first = queries.page(person=bob, size=3, now=NOW)
    assert [line.title for line in first.lines] == [f"4 messages from {name}" for name in ("P4", "P3", "P2")]
    # What moved up meanwhile does not come twice.
    write(people[4], bob, "again", after=90)
    second = queries.page(person=bob, size=3, token=first.next_token, now=NOW)
    assert [line.title for line in second.lines] == [f"4 messages from {name}" for name in ("P1", "P0")]
    assert second.next_token is None
