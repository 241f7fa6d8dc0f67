"""Pinned posts: who sees which, and who is told of what when that changes."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import FOREVER, Post, Restriction, User
from accounts.queries import posts as post_queries
from accounts.services import blocks, follows, posts, restrictions, suspension
from accounts.services.wording import Draft
from rooms import events
from rooms.models import Participant, Pin, Room
from rooms.protocol import PinsChanged
from rooms.queries import pins as queries
from rooms.services import catching_up, hosts, pins, snapshots
from tests.rooms.cast import NOW, Cast, come_in, later, open_room, person, place_of
from tests.rooms.test_pins import Told, cohost, pin, post_of, texts

pytestmark = pytest.mark.django_db


def block(blocker: User, blocked: User) -> None:
    blocks.block_person(actor=blocker, person_id=blocked.pk, now=NOW)


def unblock(blocker: User, blocked: User) -> None:
    blocks.unblock_person(actor=blocker, person_id=blocked.pk)


def heard_by(event: dict[str, Any], who: User) -> Any:
    everybody, instead = events.hearings(json.dumps(event))
    return json.loads(instead.get(str(who.pk), everybody))["data"]


def seq_of(*rooms: Room) -> list[int]:
    return [Room.objects.get(pk=room.pk).seq for room in rooms]


@pytest.mark.parametrize("what", ["their own", "a new one", "of somebody else"])
def test_nobody_pins_what_the_host_may_not_see(cast: Cast, what: str) -> None:
    second, foe = cohost(cast), person("foe")
    (block(cast.host, foe) if what == "of somebody else" else block(second, cast.host))
    named = {"text": "Not for the host"} if what == "a new one" else {"post_id": post_of(foe, "x")}
    if what == "their own":
        named = {"post_id": post_of(second)}
    with pytest.raises(post_queries.NoSuchPost):
        pin(cast, **{"post_id": None} | named, actor=second)
    assert not Pin.objects.exists()
    assert not Post.objects.filter(text="Not for the host").exists()


def test_what_the_host_may_see_no_longer_is_taken_down_for_everybody(cast: Cast, told: Told) -> None:
    second = cohost(cast)
    made = pin(cast, post_of(second), actor=second)
    (event,) = told(cast.room, lambda room_id: block(second, cast.host))
    assert event["data"]["pins"] == []
    assert "apart" not in event
    assert Pin.objects.get(pk=made).hidden_ms is not None
    for number in range(5):
        pin(cast, post_of(cast.host, f"No. {number}"))
    assert len(texts(cast, second)) == 0
    assert len(texts(cast)) == 5


def test_whoever_becomes_the_host_can_pin_five_that_they_see(cast: Cast) -> None:
    second, foe = cohost(cast), person("foe")
    block(second, foe)
    for number in range(5):
        pin(cast, post_of(foe, f"No. {number}"))
    place = place_of(second, cast.room)
    hosts.hand_over(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, now=NOW)
    for number in range(5):
        pin(cast, post_of(second, f"Mine, no. {number}"), actor=second)
    assert len(texts(cast, second)) == 5


def test_who_blocked_or_is_blocked_hears_the_event_without_the_post(cast: Cast, told: Told) -> None:
    foe, fan = person("foe"), person("fan")
    come_in(foe, cast.room)
    come_in(fan, cast.room)
    blocks.block_person(actor=cast.speaker, person_id=foe.pk, now=NOW)
    blocks.block_person(actor=cast.listener, person_id=cast.speaker.pk, now=NOW)
    pin(cast, post_of(cast.host, "For all"))
    (event,) = told(cast.room, pins.pin, actor=cast.host, post_id=post_of(cast.speaker, "For most"), now=later(70))
    (apart,) = event["apart"]
    assert set(apart["people"]) == {str(foe.pk), str(cast.listener.pk)}
    everybody, instead = events.hearings(json.dumps(event))
    assert "For most" in everybody
    assert "apart" not in everybody
    for who in (foe, cast.listener):
        assert "For most" not in instead[str(who.pk)]
        assert "For all" in instead[str(who.pk)]
        assert texts(cast, who) == ["For all"]
    assert texts(cast, fan) == ["For most", "For all"]


def test_a_block_while_inside_takes_the_post_away_at_once(cast: Cast, told: Told) -> None:
    pin(cast, post_of(cast.speaker))
    (event,) = told(cast.room, lambda room_id, **_: block(cast.listener, cast.speaker))
    assert event["type"] == "pins.changed"
    assert [one["people"] for one in event["apart"]] == [[str(cast.listener.pk)]]
    assert texts(cast, cast.listener) == []


def test_a_block_is_told_once_and_only_in_the_room_of_whoever_sees_another_wall_by_it(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    author, other_host = person("author"), person("other_host", follower_count=600)
    rooms = [cast.room, open_room(other_host)]
    for host, room in zip((cast.host, other_host), rooms, strict=True):
        pins.pin(actor=host, room_id=room.pk, post_id=post_of(author), now=later(60))

    def moved(*acts: Callable[[], object]) -> list[int]:
        before = seq_of(*rooms)
        for act in acts:
            with django_capture_on_commit_callbacks(execute=True):
                act()
        return [now - was for was, now in zip(before, seq_of(*rooms), strict=True)]

    assert moved(*[lambda: block(cast.stranger, author)] * 2) == [0, 0]
    assert moved(*[lambda: block(cast.listener, author)] * 2) == [1, 0]
    # They do not see one another's words already.
    assert moved(lambda: block(author, cast.listener)) == [0, 0]
    assert moved(lambda: block(author, cast.speaker)) == [1, 0]
    for who in (cast.speaker, cast.listener):
        pin(cast, post_of(who))
    assert moved(lambda: block(cast.listener, cast.speaker)) == [1, 0]


def test_what_is_allowed_again_comes_back_at_once_where_somebody_sees_it(
    cast: Cast, told: Told, django_capture_on_commit_callbacks: Any
) -> None:
    pin(cast, post_of(cast.speaker))
    for reader in (cast.listener, cast.stranger):
        block(reader, cast.speaker)
    block(cast.speaker, cast.guest)
    (event,) = told(cast.room, lambda room_id: unblock(cast.listener, cast.speaker))
    assert len(heard_by(event, cast.listener)["pins"]) == 1
    assert not told(cast.room, lambda room_id: unblock(cast.listener, cast.speaker))
    assert not told(cast.room, lambda room_id: unblock(cast.stranger, cast.speaker))
    # Blocked by both, it stays hidden.
    block(cast.listener, cast.speaker)
    block(cast.speaker, cast.listener)
    assert not told(cast.room, lambda room_id: unblock(cast.speaker, cast.listener))
    assert texts(cast, cast.listener) == []


@pytest.mark.parametrize("way", ["by staff", "by itself"])
def test_what_stood_through_a_suspension_is_shown_again_when_it_ends(cast: Cast, told: Told, way: str) -> None:
    """It is taken down at once; where that failed, it was not shown either."""
    pin(cast, post_of(cast.speaker))
    User.objects.filter(pk=cast.speaker.pk).update(is_active=False, suspended_until=later(10))
    assert texts(cast) == []
    ends = {
        "by staff": lambda room_id: suspension.unsuspend(actor=person("warden", is_staff=True), person=cast.speaker),
        "by itself": lambda room_id: suspension.end_suspensions(now=later(20)),
    }
    (event,) = told(cast.room, ends[way])
    assert len(heard_by(event, cast.listener)["pins"]) == 1


def test_what_staff_hide_leaves_the_walls_of_others_and_comes_back(cast: Cast, told: Told) -> None:
    author, fan, staff = person("author"), cast.listener, person("warden", is_staff=True)
    for follower in (cast.host, fan):
        follows.follow(actor=follower, person_id=author.pk, now=NOW)
    made = pin(cast, post_of(author))
    limit = {"person_id": author.pk, "restriction": Restriction.LIMITED}
    for until, others in ((FOREVER, 0), (None, 1), (FOREVER, 0)):
        (event,) = told(cast.room, lambda room_id, until=until: restrictions.set_until(until=until, **limit))
        now = timezone.now()
        for who, seen in ((fan, 1), (author, 1), (cast.stranger, others), (AnonymousUser(), others)):
            assert len(queries.pins_seen_by(room_id=cast.room.pk, viewer=who, now=now)) == seen
        heard = {str(one.pk): heard_by(event, one) for one in (cast.host, fan, cast.speaker, cast.guest)}
        assert [len(one["pins"]) for one in heard.values()] == [1, 1, others, others]
    (event,) = told(cast.room, lambda room_id: suspension.suspend(actor=staff, person=author))
    assert (event["data"]["pins"], "apart" in event) == ([], False)
    assert Pin.objects.get(pk=made).unpinned_at is not None


def test_nobody_is_told_apart_of_an_author_who_is_switched_off(cast: Cast) -> None:
    above = post_of(cast.speaker)
    for post_id in (above, posts.reply(actor=cast.listener, post_id=above, draft=Draft("So it is"), now=NOW)):
        pin(cast, post_id)
    User.objects.filter(pk=cast.speaker.pk).update(is_active=False)
    for present in (cast.room.participants.all(), Participant.objects.none()):
        cast.room.participants.exclude(pk__in=present).update(left_at=NOW)
        wall = queries.wall(room_id=cast.room.pk, now=NOW)
        assert (wall.everybody.pins, wall.apart) == ([], [])


def test_what_most_see_is_the_event_and_the_few_are_told_apart(cast: Cast) -> None:
    author = person("author")
    follows.follow(actor=cast.host, person_id=author.pk, now=NOW)
    pin(cast, post_of(cast.host, "For all"))
    pin(cast, post_of(author, "For one"))
    for number in range(12):
        come_in(person(f"listener_{number}"), cast.room)
    User.objects.filter(pk=author.pk).update(limited_until=FOREVER)
    wall = queries.wall(room_id=cast.room.pk, now=later(90))
    assert [card.post.text for card in wall.everybody.pins] == ["For all"]
    (apart,) = wall.apart
    assert apart.people == [str(cast.host.pk)]
    assert isinstance(apart.event, PinsChanged)
    assert [card.post.text for card in apart.event.pins] == ["For one", "For all"]


def test_what_a_host_does_not_follow_leaves_the_wall_when_staff_hide_it(cast: Cast, told: Told) -> None:
    pin(cast, post_of(cast.speaker))
    limit = {"person_id": cast.speaker.pk, "restriction": Restriction.LIMITED, "until": FOREVER}
    other = limit | {"restriction": Restriction.NO_REACTIONS}
    assert not told(cast.room, lambda room_id: restrictions.set_until(**other))
    (event,) = told(cast.room, lambda room_id: restrictions.set_until(**limit))
    assert (event["data"]["pins"], "apart" in event) == ([], False)


def test_many_at_one_time_are_asked_the_same_rule_as_one(cast: Cast) -> None:
    """`kept_from` and `visible_at` are the two sides of one rule: asked about everybody they agree."""
    author, above = person("author"), person("above")
    fan, foe, other_foe, both = (person(name) for name in ("fan", "foe", "other_foe", "both"))
    for follower in (fan, both):
        follows.follow(actor=follower, person_id=author.pk, now=NOW)
    follows.follow(actor=both, person_id=above.pk, now=NOW)
    blocks.block_person(actor=author, person_id=foe.pk, now=NOW)
    blocks.block_person(actor=other_foe, person_id=above.pk, now=NOW)
    beginning = post_of(above)
    reply = posts.reply(actor=author, post_id=beginning, draft=Draft("So it is"), now=NOW)
    everybody = User.objects.all()
    for change in ({}, {"limited_until": later(5)}, {"limited_until": FOREVER}, {"is_active": False}):
        for who in (author, above):
            User.objects.filter(pk=who.pk).update(**change)
        for post_id in (beginning, reply, post_of(author)):
            post = Post.objects.select_related("author", "reply_to__author").get(pk=post_id)
            kept = post_queries.kept_from(post=post, people=everybody, now=later(30))
            seen = {
                one.pk
                for one in everybody
                if Post.objects.filter(post_queries.visible_at("", viewer=one, now=later(30)), pk=post_id).exists()
            }
            assert kept == set(everybody.values_list("pk", flat=True)) - seen, (change, post.text)


def test_whoever_was_away_while_pins_changed_reads_the_room_anew(cast: Cast, told: Told) -> None:
    asked = {"actor": cast.listener, "room_id": cast.room.pk}
    (event,) = told(cast.room, pins.pin, actor=cast.host, post_id=post_of(cast.host), now=later(70))
    assert catching_up.frames_since(last_seq=event["seq"] - 1, **asked) is None
    assert catching_up.frames_since(last_seq=event["seq"], **asked) == []


def test_a_walls_cost_does_not_grow_with_the_people(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        pin(cast, post_of(cast.speaker, f"No. {number}"))
    for number in range(12):
        blocks.block_person(
            actor=cast.speaker, person_id=come_in(person(f"foe_{number}"), cast.room).person_id, now=NOW
        )
    with django_assert_max_num_queries(8):
        told = queries.wall(room_id=cast.room.pk, now=NOW)
    assert len(told.apart) == 1
    with django_assert_max_num_queries(14):
        snapshots.snapshot(room_id=cast.room.pk, viewer=cast.listener, now=NOW)
