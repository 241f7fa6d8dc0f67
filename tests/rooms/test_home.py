"""Home: what it costs, whom it never shows, and how one chooses and turns pages."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import queries as people
from accounts.models import Notification, NotificationKind, User
from accounts.services import blocks, follows
from rooms.models import InvitedTo, Participant, Role, Room
from rooms.queries import home
from rooms.queries.filters import Filters
from rooms.queries.first_run import first_run
from rooms.services import invitations, lifecycle, reminders
from tests.rooms.cast import person

pytestmark = pytest.mark.django_db
#: Before the tests' present, so that rooms are live and plans lie ahead.
BEGUN = timedelta(minutes=20)


class Town:
    """A viewer who follows people on many stages, waits for rooms, is invited, and has something unread."""

    def __init__(self, rooms: int) -> None:
        self.now = timezone.now()
        self.ears: list[User] = []
        self.viewer = person("viewer")
        self.rooms = [self.live(number) for number in range(rooms)]
        self.plans = [self.planned(number) for number in range(rooms // 2)]
        enemy = person("enemy", follower_count=600)
        self.hidden = lifecycle.open_room(creator=enemy, title="Not for the viewer", now=self.now)
        blocks.block_person(actor=self.viewer, person_id=enemy.pk, now=self.now)
        for plan in self.plans[::2]:
            reminders.remind(actor=self.viewer, room_id=plan.pk, now=self.now)
        invitations.invite(
            actor=self.rooms[0].creator, room_id=self.rooms[0].pk, person_id=self.viewer.pk, kind=InvitedTo.LISTEN,
            now=self.now,
        )  # fmt: skip
        told = {"kind": NotificationKind.INVITATION, "wording": "invited_listen", "path": "/", "made_at": self.now}
        Notification.objects.bulk_create([Notification(person=self.viewer, **told) for _ in range(3)])

    def live(self, number: int, **fields: Any) -> Room:
        """A room with its host and a speaker on stage, both followed, and as many listeners as its number."""
        host, speaker = (person(f"{role}_{number}", follower_count=600) for role in ("host", "speaker"))
        begun = self.now - BEGUN + timedelta(seconds=number)
        told = {"title": f"Live number {number}", "language": ("en", "fr")[number % 2], "topics": [f"t{number % 3}"]}
        room = lifecycle.open_room(creator=host, now=begun, **{**told, **fields})
        self.fill(room, number)
        Participant.objects.create(room=room, person=speaker, role=Role.SPEAKER, joined_at=begun, stage_joined_at=begun)
        for who in (host, speaker):
            follows.follow(actor=self.viewer, person_id=who.pk, now=begun)
        return room

    def fill(self, room: Room, number: int) -> None:
        """So many listeners come in."""
        self.ears += [User(handle=f"ear_{len(self.ears) + one}") for one in range(number - len(self.ears))]
        User.objects.bulk_create([ear for ear in self.ears if ear._state.adding])
        places = [Participant(room=room, person=ear, joined_at=self.now) for ear in self.ears[:number]]
        Participant.objects.bulk_create(places)

    def planned(self, number: int, **fields: Any) -> Room:
        """A room to come, `number` hours from now."""
        host = person(f"planner_{number}_{len(fields)}", follower_count=600)
        start = self.now + timedelta(hours=number + 1)
        told = {"title": f"Plan number {number}", "scheduled_start": start, "topics": [f"t{number % 3}"]}
        return lifecycle.schedule_room(creator=host, now=self.now, **{**told, **fields})


def queries_of(browser: Client, path: str = "/") -> list[str]:
    """What the database is asked for one page."""
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(path).status_code == 200
    return [one["sql"] for one in asked]


def signed_in(viewer: User) -> Client:
    browser = Client()
    browser.force_login(viewer)
    return browser


def test_home_asks_ten_times_at_most_also_when_all_that_is_remembered_is_forgotten() -> None:
    town = Town(rooms=16)
    browser = signed_in(town.viewer)
    browser.get("/")
    people.forget_switches()
    told = queries_of(browser)
    assert len(told) <= 9, told
    # The page of a minute later notes that the browser was seen.
    other = browser.get("/", headers={"User-Agent": "Another/1.0"})
    assert other.context["home"].is_first
    people.forget_switches()
    with CaptureQueriesContext(connection) as asked:
        browser.get("/", headers={"User-Agent": "A third/1.0"})
    assert len(asked) <= 10, [one["sql"] for one in asked]


def test_more_rooms_and_people_cost_no_more_queries() -> None:
    town = Town(rooms=2)
    browser = signed_in(town.viewer)
    browser.get("/")
    few = len(queries_of(browser))
    for number in range(2, 20):
        town.live(number)
    assert len(queries_of(browser)) <= few + 1, "one more may read the switches anew"


def test_everything_is_on_it() -> None:
    town = Town(rooms=16)
    page = signed_in(town.viewer).get("/")
    html = page.content.decode()
    shown = page.context["home"]
    assert [card.title for card in shown.cards[:2]] == ["Live number 15", "Live number 14"]
    assert (shown.cards[0].listeners, shown.cards[0].followed_on_stage, shown.cards[0].on_stage) == (15, 2, 2)
    assert (shown.overview.rooms, shown.overview.listeners) == (16, sum(range(16)))
    assert [choice.value for choice in shown.overview.languages] == ["en", "fr"]
    assert html.count("data-ringer=") == home.RINGERS
    assert html.count('class="ring ring-fit" data-ring') >= 2 * home.CARDS_PER_PAGE, "faces of cards have rings as well"
    assert len(re.findall('aria-pressed="true"', html)) == 3
    assert 'data-unread="4"' in html, "the invitation is one of them"
    assert "1 invitation waits for your answer" in html
    assert town.hidden.title not in html
    assert "Rooms are not recorded yet" in html


@pytest.mark.parametrize("by_viewer", [True, False], ids=["blocked", "blocking"])
def test_a_profile_across_a_block_does_not_tell_whose_stage_they_are_on(by_viewer: bool) -> None:
    town = Town(1)
    speaker = User.objects.get(handle="speaker_0")
    seen = home.rooms_of_person(handle="speaker_0", viewer=town.viewer, now=timezone.now())
    assert seen is not None
    assert seen.live is not None
    one, other = (town.viewer, speaker) if by_viewer else (speaker, town.viewer)
    blocks.block_person(actor=one, person_id=other.pk, now=timezone.now())
    seen = home.rooms_of_person(handle="speaker_0", viewer=town.viewer, now=timezone.now())
    assert seen is not None
    assert seen.live is None


def test_who_was_blocked_a_moment_ago_is_nowhere_any_more() -> None:
    town = Town(rooms=2)
    browser = signed_in(town.viewer)
    room, other = town.rooms
    speaker = User.objects.get(handle="speaker_0")
    assert browser.get("/").content.decode().count(f'data-face="{speaker.pk}"') == 1
    blocks.block_person(actor=town.viewer, person_id=speaker.pk, now=timezone.now())
    blocks.block_person(actor=other.creator, person_id=town.viewer.pk, now=timezone.now())
    page = browser.get("/")
    html = page.content.decode()
    assert str(speaker.pk) not in html, "neither a ring nor a face"
    assert (other.title in html, str(other.creator.pk) in html) == (False, False)
    card = next(card for card in page.context["home"].cards if card.id == room.pk)
    assert (card.on_stage, card.more, [face.handle for face in card.faces]) == (2, 1, ["host_0"])
    follows.unfollow(actor=town.viewer, person_id=room.creator_id)
    assert "data-ringer=" not in browser.get("/").content.decode()


def test_a_host_at_odds_with_the_viewer_does_not_name_the_card() -> None:
    """The room stays listed, for who opened it is another; it is told by that person."""
    town = Town(rooms=1)
    room = town.rooms[0]
    Participant.objects.filter(room=room, role=Role.HOST).update(role=Role.CO_HOST)
    Participant.objects.filter(room=room, person__handle="speaker_0").update(role=Role.HOST)
    blocks.block_person(actor=User.objects.get(handle="speaker_0"), person_id=town.viewer.pk, now=timezone.now())
    shown = home.home(viewer=town.viewer, filters=Filters(), now=timezone.now())
    assert shown.cards[0].host.handle == "host_0"


def titles(answer: Any) -> set[str]:
    return {card.title for card in answer.context["home"].cards}


def test_filters_add_up_and_each_is_switched_for_itself() -> None:
    town = Town(rooms=6)
    Room.objects.filter(pk=town.rooms[0].pk).update(needs_pass=True)
    follows.unfollow(actor=town.viewer, person_id=town.rooms[3].creator_id)
    Participant.objects.filter(room=town.rooms[3], person__handle="speaker_3").delete()
    browser = signed_in(town.viewer)
    live = [room.title for room in town.rooms]
    assert titles(browser.get("/?lang=fr")) == {live[1], live[3], live[5]}
    assert titles(browser.get("/?topic=t0")) == {live[0], live[3]}
    assert titles(browser.get("/?free=1")) == set(live[1:])
    assert titles(browser.get("/?following=1")) == {*live[:3], *live[4:]}
    both = browser.get("/?free=1&topic=t0")
    assert titles(both) == {live[3]}
    html = both.content.decode()
    assert 'href="?free=1&amp;topic=t1"' in html, "another topic keeps the other choice"
    assert 'href="?free=1" aria-current="true"' in html, "a topic that is chosen is given up by its own link"
    assert "No live room fits" in browser.get("/?topic=silence").content.decode()
    assert titles(Client().get("/?following=1")) == set(), "nobody follows nobody"


def test_pages_by_cursor_bring_every_room_once_though_others_come_to_the_top() -> None:
    town = Town(rooms=home.CARDS_PER_PAGE + 3)
    seen: list[UUID] = []
    browser, path = signed_in(town.viewer), "/"
    while path:
        page = browser.get(path).context["home"]
        seen += [card.id for card in page.cards]
        path = f"/?after={page.next_token}" if page.next_token else ""
        newest = person(f"newcomer_{len(seen)}", follower_count=600)
        town.fill(lifecycle.open_room(creator=newest, title="Came between", now=town.now), 40)
    assert seen == [room.pk for room in reversed(town.rooms)]


@pytest.mark.parametrize("name", ["%20", "%20%0A", "%E2%80%8B", "%E2%80%AE%20"])
def test_there_is_no_page_of_a_topic_without_a_name(client: Client, name: str) -> None:
    assert client.get(f"/topics/{name}/").status_code == 404


@pytest.mark.parametrize("path", ["/?after=nonsense", "/upcoming/?after=W10", "/topics/t0/?after=%00"])
def test_a_token_that_was_not_made_here_is_refused(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 400
    assert "This page token is not one of ours" in answer.content.decode()


def test_a_topic_has_a_page_of_what_is_live_and_what_comes() -> None:
    town = Town(rooms=6)
    odd = lifecycle.open_room(
        creator=person("odd", follower_count=600), title="About odd things", topics=["a/b & c?"], now=town.now
    )
    page = signed_in(town.viewer).get("/topics/t1/")
    assert [card.title for card in page.context["page"].cards] == ["Live number 4", "Live number 1"]
    assert [slot.title for slot in page.context["page"].slots] == ["Plan number 1"]
    door = Client().get(f"/rooms/{odd.pk}/").content.decode()
    address = unescape(re.search('href="(/topics/[^"]+)"', door)[1])  # type: ignore[index]
    assert [card.id for card in Client().get(address).context["page"].cards] == [odd.pk]
    assert "Nobody talks about it now" in Client().get("/topics/nothing at all/").content.decode()


def test_rooms_that_need_a_ticket_say_so() -> None:
    town = Town(rooms=2)
    for pk in (town.rooms[1].pk, town.plans[0].pk):
        Room.objects.filter(pk=pk).update(needs_pass=True)
    html = Client().get("/").content.decode()
    assert html.count("#ticket") == 2
    assert [card.is_free for card in home.home(viewer=town.viewer, filters=Filters(), now=town.now).cards] == [
        False,
        True,
    ]


def test_the_first_page_leads_to_a_room_where_somebody_is_heard() -> None:
    """Not to one whose host is away, and which ends while one comes in; to nothing only where nothing is live."""
    now = timezone.now()

    def offered() -> UUID | None:
        steps = first_run(viewer=AnonymousUser(), secure=False, host="localhost")
        assert steps is not None
        return steps.room_id

    assert offered() is None
    left, quiet, heard = (
        lifecycle.open_room(
            creator=person(f"host_{age}", follower_count=600), now=now - timedelta(hours=age), title="A room to hear"
        )
        for age in (3, 2, 1)
    )
    assert offered() == left.pk, "the oldest, while all are alike"
    Room.objects.filter(pk=left.pk).update(host_lost_at=now)
    assert offered() == quiet.pk
    Participant.objects.filter(room=heard).update(media_connected=True)
    assert offered() == quiet.pk, "a closed microphone is not heard"
    Participant.objects.filter(room=heard).update(muted=False)
    assert offered() == heard.pk
