"""Direct messages: where they lie, who reads them, and what a block, a refusal or a deletion does."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import eligibility
from accounts.models import ConversationSide, Message, Restriction, User
from accounts.queries import messages as queries
from accounts.queries.posts import Page
from accounts.services import blocks, follows, messages, restrictions, wording
from accounts.services.access import SignInFirst
from accounts.services.follows import NoSuchPerson
from accounts.services.wording import Draft
from spaces_site.boundary.pace import SlowDown
from tests.accounts.conftest import NOW, MakePerson


def write(sender: User, recipient: User, text: str = "Hello", *, after: float = 0) -> UUID:
    return messages.send(actor=sender, person_id=recipient.pk, draft=Draft(text), now=NOW + timedelta(seconds=after))


def follow(follower: User, followee: User) -> None:
    follows.follow(actor=follower, person_id=followee.pk, now=NOW)


def texts(person: User, other: User, **page: object) -> list[str]:
    talk = queries.talk_with(person=person, other=other, page=Page(**page), now=NOW)
    return [record.message.text for record in talk.messages]


def listed(person: User, *, requests: bool = False) -> list[tuple[str, int]]:
    page = queries.conversations(person=person, requests=requests, page=Page())
    return [(heading.other.handle, heading.unread) for heading in page.headings]


def unread(person: User) -> tuple[int, int]:
    return queries.unread_conversations(person=person), queries.waiting_requests(person=person)


def test_who_is_followed_by_the_reader_is_in_their_inbox(ana: User, bob: User) -> None:
    follow(bob, ana)
    write(ana, bob)
    assert (listed(bob), listed(bob, requests=True), unread(bob)) == ([("ana", 1)], [], (1, 0))
    assert (listed(ana), unread(ana)) == ([("bob", 0)], (0, 0))
    assert texts(bob, ana) == texts(ana, bob) == ["Hello"]


def test_what_a_stranger_writes_is_held_back_until_it_is_answered(ana: User, bob: User) -> None:
    write(ana, bob)
    assert (listed(bob), listed(bob, requests=True), unread(bob)) == ([], [("ana", 1)], (0, 1))
    write(bob, ana, "Hello you")
    assert (listed(bob), listed(bob, requests=True)) == ([("ana", 0)], [])
    assert (listed(ana), unread(ana)) == ([("bob", 1)], (1, 0))
    write(ana, bob, "How are you?", after=9)
    assert unread(bob) == (1, 0)


def test_a_request_that_is_accepted_lies_with_the_others_and_the_sender_writes_on(ana: User, bob: User) -> None:
    for number in range(3):
        write(ana, bob, f"{number}")
    with pytest.raises(eligibility.WaitForAnswer):
        write(ana, bob)
    assert [messages.accept(actor=bob, person_id=ana.pk) for _ in range(2)] == [True, False]
    assert listed(bob) == [("ana", 3)]
    write(ana, bob)


def test_a_request_that_is_deleted_is_declined_and_nobody_is_told(ana: User, bob: User) -> None:
    write(ana, bob)
    messages.clear(actor=bob, person_id=ana.pk, now=NOW + timedelta(seconds=1))
    write(ana, bob, "Are you there?", after=2)
    assert (listed(bob), listed(bob, requests=True), unread(bob), texts(bob, ana)) == ([], [], (0, 0), [])
    assert texts(ana, bob) == ["Hello", "Are you there?"]
    assert not messages.accept(actor=bob, person_id=ana.pk)
    # Whoever declined may begin after all; what was written in between stays out of sight.
    write(bob, ana, "Now I am", after=3)
    assert texts(bob, ana) == ["Now I am"]
    write(ana, bob, "Good", after=4)
    assert (texts(bob, ana), unread(bob)) == (["Now I am", "Good"], (1, 0))


def test_following_after_a_declined_request_opens_the_door_again(ana: User, bob: User) -> None:
    write(ana, bob)
    messages.clear(actor=bob, person_id=ana.pk, now=NOW)
    follow(bob, ana)
    write(ana, bob, "Thank you", after=5)
    assert (listed(bob), texts(bob, ana)) == ([("ana", 1)], ["Thank you"])


def test_a_block_refuses_neutrally_and_takes_the_conversation_from_both(ana: User, bob: User) -> None:
    follow(bob, ana)
    write(ana, bob)
    write(bob, ana, "Hello you")
    blocks.block_person(actor=ana, person_id=bob.pk, now=NOW)
    with pytest.raises(eligibility.CannotWrite) as refused:
        write(bob, ana)
    assert "block" not in str(refused.value.text).lower()
    with pytest.raises(eligibility.UnblockFirst):
        write(ana, bob)
    for one, other in ((ana, bob), (bob, ana)):
        assert (listed(one), unread(one), texts(one, other)) == ([], (0, 0), [])
    blocks.unblock_person(actor=ana, person_id=bob.pk)
    assert texts(bob, ana) == ["Hello", "Hello you"]


def test_whoever_is_limited_writes_to_followers_and_to_whom_answered_alone(
    ana: User, bob: User, make_person: MakePerson
) -> None:
    friend = make_person("friend")
    follow(friend, ana)
    until = NOW + timedelta(days=1)
    restrictions.set_until(person_id=ana.pk, restriction=Restriction.LIMITED, until=until)
    ana.refresh_from_db()
    with pytest.raises(eligibility.Limited):
        write(ana, bob)
    write(ana, friend)
    write(bob, ana)
    write(ana, bob)


def test_oneself_nobody_guests_and_visitors(ana: User, bob: User, guest: User) -> None:
    with pytest.raises(eligibility.NotToYourself):
        write(ana, ana)
    with pytest.raises(NoSuchPerson):
        messages.send(actor=ana, person_id=uuid4(), draft=Draft("Hello"), now=NOW)
    with pytest.raises(NoSuchPerson):
        write(ana, guest)
    for nobody in (guest, AnonymousUser()):
        with pytest.raises(SignInFirst):
            write(nobody, bob)
    with pytest.raises(wording.SaysNothing):
        write(ana, bob, " ")
    with pytest.raises(wording.TooLong):
        write(ana, bob, "x" * 1001)
    assert not Message.objects.exists()


def test_what_was_read_until_a_moment_is_read(ana: User, bob: User) -> None:
    follow(bob, ana)
    for number in range(3):
        write(ana, bob, f"{number}", after=number)
    messages.mark_read(actor=bob, person_id=ana.pk, until=NOW + timedelta(seconds=1))
    assert listed(bob) == [("ana", 1)]
    messages.mark_read(actor=bob, person_id=ana.pk, until=NOW)
    assert listed(bob) == [("ana", 1)]
    messages.mark_read(actor=bob, person_id=ana.pk, until=NOW + timedelta(seconds=9))
    assert (listed(bob), unread(bob)) == ([("ana", 0)], (0, 0))
    messages.mark_read(actor=ana, person_id=uuid4(), until=NOW)


def test_ones_own_message_is_taken_back_from_both_and_from_the_count(ana: User, bob: User) -> None:
    follow(bob, ana)
    write(ana, bob, "first")
    second = write(ana, bob, "second", after=1)
    for actor, person, message_id in ((bob, ana, second), (ana, bob, uuid4())):
        with pytest.raises(messages.NoSuchMessage):
            messages.delete(actor=actor, person_id=person.pk, message_id=message_id)
    messages.delete(actor=ana, person_id=bob.pk, message_id=second)
    assert (texts(bob, ana), listed(bob)) == (["first"], [("ana", 1)])
    messages.delete(actor=ana, person_id=bob.pk, message_id=Message.objects.get().pk)
    assert (listed(ana), listed(bob), unread(bob)) == ([], [], (0, 0))


def test_a_conversation_deleted_for_oneself_is_kept_by_the_other_and_begins_anew(ana: User, bob: User) -> None:
    follow(bob, ana)
    write(ana, bob)
    messages.clear(actor=bob, person_id=ana.pk, now=NOW)
    assert (listed(bob), texts(bob, ana), texts(ana, bob)) == ([], [], ["Hello"])
    with pytest.raises(messages.NoSuchConversation):
        messages.clear(actor=bob, person_id=ana.pk, now=NOW)
    # The clock of another process may be behind: what comes later is later all the same.
    write(ana, bob, "Again", after=-5)
    assert (texts(bob, ana), listed(bob)) == (["Again"], [("ana", 1)])


def test_pages_go_back_from_the_newest_and_new_ones_come_after_the_last_seen(ana: User, bob: User) -> None:
    follow(bob, ana)
    for number in range(5):
        write(ana, bob, f"{number}")
    newest = queries.talk_with(person=bob, other=ana, page=Page(size=2), now=NOW)
    assert [record.message.text for record in newest.messages] == ["3", "4"]
    assert texts(bob, ana, token=newest.earlier_token, size=2) == ["1", "2"]
    assert newest.newest is not None
    assert queries.messages_after(person=bob, other=ana, token=newest.newest.token) == []
    write(ana, bob, "5")
    later = queries.messages_after(person=bob, other=ana, token=newest.newest.token)
    assert [record.message.text for record in later] == ["5"]


def test_the_refusal_is_known_before_writing(ana: User, bob: User) -> None:
    def refusal() -> str:
        talk = queries.talk_with(person=ana, other=bob, page=Page(), now=NOW)
        return talk.refusal.code if talk.refusal else ""

    assert refusal() == ""
    for _ in range(3):
        write(ana, bob)
    assert refusal() == "wait_for_answer"
    blocks.block_person(actor=bob, person_id=ana.pk, now=NOW)
    assert refusal() == "cannot_write"


def test_a_message_can_be_seen_by_the_two_alone(ana: User, bob: User, make_person: MakePerson) -> None:
    message_id = write(ana, bob)
    blocks.block_person(actor=bob, person_id=ana.pk, now=NOW)
    assert queries.message_seen_by(message_id=message_id, person=bob) is not None
    assert queries.message_seen_by(message_id=message_id, person=make_person("third")) is None


def test_first_messages_to_strangers_have_a_pace_of_their_own(ana: User, make_person: MakePerson) -> None:
    for number in range(10):
        write(ana, make_person(f"stranger_{number}"))
    with pytest.raises(SlowDown):
        write(ana, make_person("one_more"))
    assert ConversationSide.objects.filter(person=ana).count() == 10
