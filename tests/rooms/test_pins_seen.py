"""Who sees what is pinned where staff have a hand in it: limits, suspensions, and one rule asked in two ways."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import FOREVER, Post, Restriction, User
from accounts.queries import posts as post_queries
from accounts.services import blocks, follows, posts, restrictions, suspension
from accounts.services.wording import Draft
from rooms.models import Participant, Pin
from rooms.protocol import PinsChanged
from rooms.queries import pins as queries
from tests.rooms.cast import NOW, Cast, come_in, later, person
from tests.rooms.test_pins import heard_by, pin, post_of

pytestmark = pytest.mark.django_db
Told = Callable[..., list[dict[str, Any]]]


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
