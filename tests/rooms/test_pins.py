"""Pinned posts: who puts them up and in which order, how they are found, and what becomes of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from accounts.models import Post, User
from accounts.queries import posts as post_queries
from accounts.services import blocks, follows, posts
from accounts.services.wording import Draft, SaysNothing, post_at
from rooms import stage_rules
from rooms.models import Pin
from rooms.queries import pins as queries
from rooms.services import hosts, lifecycle, pins, snapshots
from tests.rooms.cast import NOW, Cast, bring_on_stage, later, person

pytestmark = pytest.mark.django_db
Told = Callable[..., list[dict[str, Any]]]


def post_of(author: User, text: str = "The sea remembers") -> UUID:
    return posts.publish(actor=author, draft=Draft(text), now=NOW)


def pin(cast: Cast, post_id: UUID | None, **more: Any) -> UUID:
    return pins.pin(**{"actor": cast.host, "room_id": cast.room.pk, "post_id": post_id, "now": later(60)} | more)


def texts(cast: Cast, viewer: User | None = None) -> list[str]:
    """What the viewer sees pinned, by the page's query and by the snapshot's."""
    seen = {"room_id": cast.room.pk, "viewer": viewer or cast.listener, "now": later(90)}
    told = [one.record.post.text for one in queries.pins_seen_by(**seen)]
    assert told == [card.post.text for card in queries.pin_cards(**seen)]
    return told


def test_the_newest_pin_comes_first_and_keeps_the_moment_on_the_rooms_clock(cast: Cast, told: Told) -> None:
    first, second = post_of(cast.speaker, "One"), post_of(cast.host, "Two")
    pin(cast, first)
    (event,) = told(cast.room, pins.pin, actor=cast.host, post_id=second, now=later(754.25))
    assert event["type"] == "pins.changed"
    assert [one["post"]["text"] for one in event["data"]["pins"]] == ["Two", "One"]
    assert event["data"]["pins"][0]["at_ms"] == 754_250
    assert "apart" not in event
    assert texts(cast) == ["Two", "One"]
    told_first = snapshots.snapshot(room_id=cast.room.pk, viewer=cast.listener, now=later(800)).pins
    assert [(card.post.id, card.at_ms) for card in told_first] == [(str(second), 754_250), (str(first), 60_000)]


def test_pinning_twice_is_pinning_once_and_place_moves_it(cast: Cast, told: Told) -> None:
    one, two = post_of(cast.host, "One"), post_of(cast.host, "Two")
    made = pin(cast, one)
    pin(cast, two)
    assert not told(cast.room, pins.pin, actor=cast.host, post_id=one, now=later(70))
    assert told(cast.room, pins.pin, actor=cast.host, post_id=one, place=0, now=later(70))
    assert texts(cast) == ["One", "Two"]
    assert pin(cast, one) == made


def test_a_post_is_pinned_by_its_address_or_written_on_the_spot(cast: Cast) -> None:
    post_id = post_of(cast.speaker)
    path = f"/posts/{post_id}/"
    for link in (path, f" https://rooms.example{path}#replies ", f"{settings.PUBLIC_URL}{path}"):
        made = pin(cast, None, link=link, host="rooms.example")
        assert Pin.objects.get(pk=made).post_id == post_id
    pin(cast, None, text="Questions here, please.")
    assert Post.objects.get(text="Questions here, please.").author == cast.host
    assert texts(cast)[0] == "Questions here, please."


@pytest.mark.parametrize("link", ["", "x", "https://[", "https://other.example/posts/{}/", "/posts/", "/rooms/{}/"])
def test_an_address_of_something_else_is_refused(cast: Cast, link: str) -> None:
    post_id = post_of(cast.speaker)
    with pytest.raises(pins.NoPostThere):
        pin(cast, None, link=link.format(post_id), host="rooms.example")
    assert post_at(link.format(post_id), host="") is None
    assert post_at(f"/posts/{post_id}/", host="") == post_id


def test_one_of_three_things_is_pinned(cast: Cast) -> None:
    post_id = post_of(cast.host)
    for named, more in ((None, {}), (post_id, {"text": "x"}), (None, {"link": "x", "text": "x"})):
        with pytest.raises(pins.PinOneThing):
            pin(cast, named, **more)
    with pytest.raises(SaysNothing):
        pin(cast, None, text=" ")
    with pytest.raises(post_queries.NoSuchPost):
        pin(cast, uuid4())
    assert not Pin.objects.exists()


def test_five_fit_and_no_post_is_written_for_a_sixth(cast: Cast) -> None:
    made = [pin(cast, post_of(cast.host, f"No. {number}")) for number in range(5)]
    with pytest.raises(stage_rules.PinsFull) as refused:
        pin(cast, None, text="One too many")
    assert refused.value.data == {"limit": 5}
    assert not Post.objects.filter(text="One too many").exists()
    pins.unpin(actor=cast.host, room_id=cast.room.pk, pin_id=made[0], now=later(61))
    pin(cast, None, text="It fits")
    assert len(texts(cast)) == 5


def test_cohosts_pin_and_nobody_else(cast: Cast) -> None:
    post_id, second = post_of(cast.listener), bring_on_stage(person("second"), cast.host, cast.room)
    made = pin(cast, post_id)
    for who in (cast.speaker, cast.listener, cast.guest):
        for act in (
            lambda told: pins.pin(post_id=post_id, **told),
            lambda told: pins.move(pin_id=made, place=0, **told),
            lambda told: pins.unpin(pin_id=made, **told),
        ):
            with pytest.raises(stage_rules.NotAHost):
                act({"actor": who, "room_id": cast.room.pk, "now": NOW})
    hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=second.pk, now=NOW)
    pins.unpin(actor=second.person, room_id=cast.room.pk, pin_id=made, now=NOW)
    assert texts(cast) == []


def test_a_pin_moves_among_the_others(cast: Cast, told: Told) -> None:
    made = {text: pin(cast, post_of(cast.host, text)) for text in "cba"}
    for text, place, order in (("a", 1, "bac"), ("c", 0, "cba"), ("c", 99, "bac"), ("a", 1, "bac")):
        before = texts(cast)
        heard = told(cast.room, pins.move, actor=cast.host, pin_id=made[text], place=place, now=later(80))
        assert "".join(texts(cast)) == order
        assert bool(heard) == (texts(cast) != before)
    with pytest.raises(stage_rules.NoSuchPin):
        pins.move(actor=cast.host, room_id=cast.room.pk, pin_id=uuid4(), place=0, now=NOW)


def test_a_cohost_moves_among_what_they_see(cast: Cast) -> None:
    """The host pinned somebody whom the co-host blocked: that place is not counted."""
    second, foe = cohost(cast), person("foe")
    blocks.block_person(actor=second, person_id=foe.pk, now=NOW)
    made = {text: pin(cast, post_of(cast.host, text)) for text in "cb"}
    pin(cast, post_of(foe, "hidden"))
    told = {"actor": second, "room_id": cast.room.pk, "pin_id": made["b"], "now": NOW}
    assert texts(cast, second) == ["b", "c"]
    pins.move(place=1, **told)
    assert (texts(cast, second), texts(cast)) == (["c", "b"], ["hidden", "c", "b"])
    pins.move(place=0, **told)
    assert texts(cast) == ["hidden", "b", "c"]


def cohost(cast: Cast) -> User:
    place = bring_on_stage(person("second"), cast.host, cast.room)
    hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, now=NOW)
    return place.person


def test_an_order_that_changed_meanwhile_is_not_changed_blindly(cast: Cast) -> None:
    one, two = pin(cast, post_of(cast.host, "One")), pin(cast, post_of(cast.host, "Two"))
    told = {"actor": cast.host, "room_id": cast.room.pk, "pin_id": one, "place": 0, "now": NOW}
    with pytest.raises(pins.ChangedMeanwhile):
        pins.move(version=pins.version_of([one, two]), **told)
    pins.move(version=pins.version_of([two, one]), **told)
    assert texts(cast) == ["One", "Two"]


def test_unpinning_keeps_when_it_was_shown_and_undo_puts_it_back(cast: Cast, told: Told) -> None:
    one, two = post_of(cast.host, "One"), post_of(cast.host, "Two")
    pin(cast, one)
    made = pin(cast, two)
    (event,) = told(cast.room, pins.unpin, actor=cast.host, pin_id=made, now=later(120))
    assert [card["post"]["text"] for card in event["data"]["pins"]] == ["One"]
    assert not told(cast.room, pins.unpin, actor=cast.host, pin_id=made, now=later(130))
    with pytest.raises(stage_rules.NoSuchPin):
        pins.unpin(actor=cast.host, room_id=cast.room.pk, pin_id=uuid4(), now=NOW)
    pin(cast, two, place=0, now=later(125))
    assert texts(cast) == ["Two", "One"]
    shown = Pin.objects.filter(post=two).order_by("shown_ms").values_list("shown_ms", "hidden_ms")
    assert list(shown) == [(60_000, 120_000), (125_000, None)]


def test_pins_stay_with_a_room_that_ends_and_nobody_changes_them_then(cast: Cast) -> None:
    made = pin(cast, post_of(cast.host))
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(200))
    told = {"actor": cast.host, "room_id": cast.room.pk, "now": later(300)}
    for act in (lambda: pins.unpin(pin_id=made, **told), lambda: pins.move(pin_id=made, place=0, **told)):
        with pytest.raises(Exception, match="ended"):
            act()
    assert texts(cast, cast.stranger) == ["The sea remembers"]


def test_a_deleted_post_leaves_the_wall_at_once_and_a_trace(cast: Cast, told: Told) -> None:
    post_id = post_of(cast.speaker)
    made = pin(cast, post_id)
    (event,) = told(cast.room, lambda room_id: posts.delete(actor=cast.speaker, post_id=post_id))
    assert event["data"]["pins"] == []
    trace = Pin.objects.get(pk=made)
    assert (trace.post, trace.unpinned_by, trace.pinned_by) == (None, None, cast.host)
    assert trace.unpinned_at is not None
    assert texts(cast) == []


def test_the_title_of_a_shared_room_is_told_where_its_author_opened_it(cast: Cast) -> None:
    draft = Draft("Next week again", cast.room.pk)
    for author in (cast.host, cast.speaker):
        pin(cast, posts.publish(actor=author, draft=draft, now=NOW))
    cards = queries.pin_cards(room_id=cast.room.pk, viewer=cast.listener, now=NOW)
    assert [(card.post.room_id, card.post.room_title) for card in cards] == [
        (str(cast.room.pk), ""),
        (str(cast.room.pk), cast.room.title),
    ]


def test_search_finds_ones_own_posts_and_those_of_whom_one_follows(cast: Cast) -> None:
    follows.follow(actor=cast.host, person_id=cast.speaker.pk, now=NOW)
    for author, text in ((cast.host, "Écoutez l'océan"), (cast.speaker, "The ocean, again"), (cast.stranger, "ocean")):
        post_of(author, text)

    def found(query: str, size: int = 20) -> list[str]:
        later_on = NOW + timedelta(hours=1)
        return [one.post.text for one in posts.search(query=query, actor=cast.host, now=later_on, size=size)]

    assert set(found("ocean")) == {"Écoutez l'océan", "The ocean, again"}
    assert found("OCEAN ecoutez") == ["Écoutez l'océan"]
    assert found("@speaker") == ["The ocean, again"]
    assert len(found("")) == 2
    assert found("ocean", 1) == found("", 1) == found("")[:1]
    assert found("nothing like it") == []


def test_search_reads_the_words_alone_of_what_it_looks_through(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(3):
        post_of(cast.host, f"No. {number}")
    with django_assert_max_num_queries(4) as asked:
        assert len(post_queries.search_posts(query="no", viewer=cast.host, now=NOW, size=2)) == 2
    looked_through = asked.captured_queries[0]["sql"]
    assert "display_name" in looked_through
    assert "bio" not in looked_through
