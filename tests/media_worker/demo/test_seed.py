"""Filling an empty site: all of the demo or nothing, once however often, and never somebody else's database."""

import re
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Block, Follow, Message, Post, PostLike, User
from accounts.services import signup
from media_worker.demo import cast, talk
from media_worker.demo.seed import check_may_seed, seed
from moderation.models import Case, Report
from rooms.models import Invitation, Participant, Pin, Room, ShareLink
from rooms.queries.cards import you
from rooms.services import entry
from rooms.services.wording import BadField

pytestmark = pytest.mark.django_db


def counts() -> tuple[int, ...]:
    models = (User, Follow, Room, Post, PostLike, Message, Pin, Invitation, ShareLink)
    came = sum(ShareLink.objects.values_list("came", flat=True))
    return (*(model.objects.count() for model in models), came)


def test_the_demo_is_there_once_however_often_it_is_seeded() -> None:
    rooms = seed(now=timezone.now())
    first = counts()
    assert first[0] == len(cast.PEOPLE) + 1
    assert {room.title for room in rooms} == {room.title for room in cast.ROOMS}
    assert first[3:7] == (
        sum(1 + len(post.replies) for post in talk.POSTS),
        sum(len(post.liked_by) for post in talk.POSTS),
        len(talk.MESSAGES),
        len({post.author for post in talk.POSTS} & {room.host for room in cast.ROOMS}),
    )
    assert {post.room_id for post in Post.objects.exclude(room_id=None)} == {room.pk for room in rooms}
    assert seed(now=timezone.now()) == rooms
    assert counts() == first


def test_who_is_told_to_raise_a_hand_can_raise_one() -> None:
    now = timezone.now()
    sam_can = []
    for room in seed(now=now):
        sam = User.objects.get(handle="sam")
        joined = entry.join_room(actor=sam, room_id=room.pk, device="tab-of-sam-0001", now=now)
        sam_can.append(you(room=room, place=Participant.objects.get(pk=joined.participant_id)).can)
    assert "hand.raise" in sam_can[0], "as make run says"
    assert "stage.take" in sam_can[1], "invited there"


@pytest.mark.parametrize("handle", ["sam", "eva"])
def test_no_list_of_whoever_looks_round_is_empty(handle: str, client: Client) -> None:
    rooms = seed(now=timezone.now())
    client.force_login(User.objects.get(handle=handle))
    lists = (
        "/", "/upcoming/", "/topics/audio/", "/search/?q=reading", "/posts/", "/messages/", "/notifications/",
        "/reminders/", "/invitations/", f"/@{handle}/posts/", f"/@{handle}/followers/", f"/@{handle}/following/",
    )  # fmt: skip
    pages = {path: client.get(path) for path in lists}
    assert {path: page.status_code for path, page in pages.items() if page.status_code != 200} == {}
    assert {path for path, page in pages.items() if 'class="empty' in page.content.decode()} == set()
    assert "Official" in pages["/upcoming/"].content.decode()
    assert re.search(
        r"(1 person|2 people) came by your link", client.get(f"/rooms/{rooms[0].pk}/share/").content.decode()
    )
    over = Room.objects.get(title=cast.PAST.title)
    assert "Théo Marchand" in client.get(f"/rooms/{over.pk}/").content.decode(), "who was on stage"


def test_one_pair_has_a_block_between_them_once_however_often_it_is_seeded() -> None:
    seed(now=timezone.now())
    (block,) = Block.objects.select_related("blocker", "blocked")
    assert (block.blocker.handle, block.blocked.handle) == cast.BLOCKED_PAIR
    pair = (block.blocker, block.blocked)
    assert not Follow.objects.filter(follower__in=pair, followee__in=pair).exists()
    seed(now=timezone.now())
    assert Block.objects.count() == 1


def test_staff_find_something_to_look_at_once_however_often_it_is_seeded(client: Client) -> None:
    for _ in range(2):
        call_command("seed_demo")
    cases = Case.objects.order_by("-severity", "opened_at")
    told = [(str(case), case.state, case.reporter_count) for case in cases]
    assert told == [("@omar", "DECIDED", 1), ("@theo", "NEW", 2), ("@hugo", "NEW", 1)]
    known = {person.handle for person in cast.PEOPLE}
    assert {report.reporter.handle for report in Report.objects.select_related("reporter") if report.reporter} <= known
    client.force_login(User.objects.get(handle=cast.STAFF_HANDLE))
    queue = client.get("/admin/moderation/case/").content.decode()
    assert ("@theo" in queue, "@hugo" in queue, "Live now: <b>1</b>" in queue) == (True, True, True)
    case = client.get(f"/admin/moderation/case/{Case.objects.get(person__handle='hugo').pk}/change/")
    assert "1 other report" in case.content.decode()


def test_the_reports_of_the_demo_need_its_people(settings: pytest.FixtureRequest) -> None:
    with pytest.raises(CommandError, match="people first"):
        call_command("seed_demo_reports")
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="never seeded in production"):
        call_command("seed_demo_reports")
    assert not Report.objects.exists()


def test_everybody_signs_in_with_the_one_password() -> None:
    seed(now=timezone.now())
    assert all(person.check_password(cast.PASSWORD) for person in User.objects.all())


def test_what_fails_half_way_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cast, "ROOMS", (cast.ROOMS[0], replace(cast.ROOMS[1], title="")))
    with pytest.raises(BadField):
        seed(now=timezone.now())
    assert not any(counts())


def test_a_database_with_people_of_its_own_is_refused() -> None:
    signup.create_person(
        handle="anna", display_name="Anna", email="anna@example.com", password=None, now=timezone.now()
    )
    with pytest.raises(CommandError, match="people of its own"):
        seed(now=timezone.now())
    assert counts() == (1, *[0] * 9)


def test_people_who_signed_up_at_the_demo_do_not_forbid_the_next_start() -> None:
    seed(now=timezone.now())
    signup.create_person(
        handle="anna", display_name="Anna", email="anna@example.com", password=None, now=timezone.now()
    )
    check_may_seed()


def test_production_is_refused_before_its_tables_are_touched(settings: pytest.FixtureRequest) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="never seeded in production"):
        call_command("seed_demo", "--migrate")
    assert not any(counts())
