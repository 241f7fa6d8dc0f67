"""Direct messages by pages alone: written, read, held back, accepted, deleted."""

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ConversationSide, Message, User
from accounts.services import blocks, follows, messages, switches
from accounts.services.wording import Draft
from tests.accounts.conftest import MakePerson
from tests.rooms.cast import full_cast

pytestmark = pytest.mark.django_db
AsPerson = Callable[[User], Client]


def page(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def write(sender: User, recipient: User, text: str = "Hello") -> None:
    messages.send(actor=sender, person_id=recipient.pk, draft=Draft(text), now=timezone.now())


@pytest.fixture
def friends(ana: User, bob: User) -> tuple[User, User]:
    """Two who follow one another."""
    for one, other in ((ana, bob), (bob, ana)):
        follows.follow(actor=one, person_id=other.pk, now=timezone.now())
    return ana, bob


def test_a_message_arrives_is_counted_and_is_read_by_opening(friends: tuple[User, User], as_person: AsPerson) -> None:
    ana, bob = friends
    assert 'href="/messages/@bob/"' in page(as_person(ana), "/@bob/")
    sent = as_person(ana).post("/messages/@bob/", {"text": "The sea remembers"}, follow=True)
    assert sent.redirect_chain[-1][0] == "/messages/@bob/"
    assert "1 unread conversation" in page(as_person(bob), "/upcoming/")
    inbox = page(as_person(bob), "/messages/")
    assert "The sea remembers" in inbox
    assert 'class="unread-count">1<' in inbox
    assert "The sea remembers" in page(as_person(bob), "/messages/@ana/")
    assert "1 unread conversation" not in page(as_person(bob), "/messages/")
    assert as_person(bob).get("/messages/unread/").content.decode().strip() == ""


def test_looking_at_the_headers_alone_reads_nothing(friends: tuple[User, User], as_person: AsPerson) -> None:
    ana, bob = friends
    write(ana, bob)
    as_person(bob).head("/messages/@ana/")
    assert ConversationSide.objects.get(person=bob).unread_count == 1


def test_while_the_site_is_read_only_messages_are_read_and_nothing_is_changed(
    friends: tuple[User, User], as_person: AsPerson, staff: User
) -> None:
    ana, bob = friends
    write(ana, bob)
    switches.set_switches(actor=staff, no_new_rooms=False, read_only=True, why="Mending")
    assert "Hello" in page(as_person(bob), "/messages/@ana/")
    assert ConversationSide.objects.get(person=bob).unread_count == 1
    assert as_person(bob).post("/messages/@ana/", {"text": "Hello you"}).status_code == 503
    assert as_person(bob).post("/posts/new/", {"text": "Hello all"}).status_code == 503


def test_a_request_waits_and_is_accepted(ana: User, bob: User, as_person: AsPerson) -> None:
    write(ana, bob)
    browser = as_person(bob)
    assert "No messages yet" in page(browser, "/messages/")
    assert "Hello" in page(browser, "/messages/requests/")
    told = page(browser, "/messages/@ana/")
    assert "Ana Martin would like to write to you" in told
    assert 'name="text"' not in told
    assert ConversationSide.objects.get(person=bob).unread_count == 1
    browser.post("/messages/@ana/accept/")
    assert 'name="text"' in page(browser, "/messages/@ana/")


def test_a_request_is_deleted_after_a_question(ana: User, bob: User, as_person: AsPerson) -> None:
    write(ana, bob)
    browser = as_person(bob)
    assert "Delete this conversation?" in page(browser, "/messages/@ana/delete/")
    browser.post("/messages/@ana/delete/")
    assert "No requests" in page(browser, "/messages/requests/")
    assert browser.post("/messages/@ana/delete/").status_code == 404


def test_new_ones_come_to_a_page_that_is_open(friends: tuple[User, User], as_person: AsPerson) -> None:
    ana, bob = friends
    write(ana, bob)
    browser = as_person(bob)
    asks = page(browser, "/messages/@ana/").partition('hx-get="/messages/@ana/new/')[2].partition('"')[0]
    path = f"/messages/@ana/new/{asks}"
    assert browser.get(path).status_code == 204
    write(ana, bob, "And more")
    told = page(browser, path)
    assert "And more" in told
    assert "<html" not in told
    assert "Hello" not in told
    assert ConversationSide.objects.get(person=bob).unread_count == 0
    assert browser.get("/messages/@ana/new/?after=nonsense").status_code == 400


def test_ones_own_message_is_deleted_for_both(friends: tuple[User, User], as_person: AsPerson) -> None:
    ana, bob = friends
    write(ana, bob)
    path = f"/messages/@bob/{Message.objects.get().pk}/delete/"
    assert path in page(as_person(ana), "/messages/@bob/")
    assert as_person(bob).post(path.replace("@bob", "@ana")).status_code == 404
    as_person(ana).post(path)
    assert "Nothing said yet" in page(as_person(bob), "/messages/@ana/")


def test_why_one_cannot_write_is_said_instead_of_a_form(ana: User, bob: User, as_person: AsPerson) -> None:
    for _ in range(3):
        write(ana, bob)
    told = page(as_person(ana), "/messages/@bob/")
    assert "They have not answered yet." in told
    assert 'name="text"' not in told
    blocks.block_person(actor=bob, person_id=ana.pk, now=timezone.now())
    told = page(as_person(ana), "/messages/@bob/")
    assert "You cannot write to this person." in told
    assert "Hello" not in told
    assert as_person(ana).post("/messages/@bob/", {"text": "Hello"}).status_code == 403


def test_a_room_goes_along_from_choosing_to_whom_to_the_message(as_person: AsPerson) -> None:
    cast = full_cast()
    follows.follow(actor=cast.stranger, person_id=cast.listener.pk, now=timezone.now())
    browser = as_person(cast.listener)
    chosen = page(browser, f"/messages/new/?room={cast.room.pk}&q=stran")
    assert f"/messages/@stranger/?room={cast.room.pk}" in chosen
    assert "Nobody found" in page(browser, "/messages/new/?q=zz")
    assert cast.room.title in page(browser, f"/messages/@stranger/?room={cast.room.pk}")
    browser.post("/messages/@stranger/", {"text": "", "room": str(cast.room.pk)})
    assert cast.room.title in page(as_person(cast.stranger), "/messages/@listener/")
    assert cast.room.title in page(as_person(cast.stranger), "/messages/")


def test_a_message_can_be_reported_by_whoever_got_it(friends: tuple[User, User], as_person: AsPerson) -> None:
    ana, bob = friends
    write(ana, bob)
    assert f'/report/?message={Message.objects.get().pk}"' in page(as_person(bob), "/messages/@ana/")
    assert "/report/?message" not in page(as_person(ana), "/messages/@bob/")


@pytest.mark.parametrize("path", ["/messages/", "/messages/requests/", "/messages/new/", "/messages/@ana/"])
def test_messages_are_for_accounts(ana: User, guest: User, as_person: AsPerson, path: str) -> None:
    for browser in (Client(), as_person(guest)):
        assert browser.get(path)["Location"].startswith("/accounts/login/?next=")


def test_long_lists_have_pages(ana: User, as_person: AsPerson, make_person: MakePerson) -> None:
    now = timezone.now()
    for number in range(21):
        other = make_person(f"other_{number:02d}")
        follows.follow(actor=ana, person_id=other.pk, now=now)
        write(other, ana, f"from {number:02d}")
    told = page(as_person(ana), "/messages/")
    assert told.count("talk-row") == 20
    more = told.partition('rel="next" href="')[2].partition('"')[0]
    assert "from 00" in page(as_person(ana), "/messages/" + more)


def test_whom_one_may_write_to_goes_on_by_its_link(ana: User, make_person: MakePerson, as_person: AsPerson) -> None:
    handles = [f"fan_{number:02}" for number in range(33)]
    for handle in handles:
        follows.follow(actor=make_person(handle), person_id=ana.pk, now=timezone.now())
    first = page(as_person(ana), "/messages/new/?q=fan")
    onwards = re.search(r'rel="next" href="([^"]+)"', first)
    assert onwards
    second = page(as_person(ana), f"/messages/new/{html.unescape(onwards[1])}")
    shown = [re.findall(r"@(fan_\d\d)<", text) for text in (first, second)]
    assert [len(rows) for rows in shown] == [30, 3]
    assert shown[0] + shown[1] == handles
    assert 'rel="next"' not in second
