"""What search knows of people and rooms stays true, whatever is known of them by whoever changes something."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services import follows, less, profile
from rooms import stage_rules
from rooms.models import SearchEntry
from rooms.queries import search, search_candidates
from rooms.services import pace, pins, search_index
from spaces_site.boundary.pace import SlowDown
from tests.rooms.cast import NOW, come_in, open_room, person

pytestmark = pytest.mark.django_db
Committed = Callable[..., Any]


def test_who_changes_a_profile_as_it_was_before_another_change_undoes_no_word_of_it() -> None:
    person("zoe")
    first, second = User.objects.get(handle="zoe"), User.objects.get(handle="zoe")
    profile.change_profile(actor=first, changes={"display_name": "Quentin Zimmermann"})
    profile.change_profile(actor=second, changes={"language": "fr"})
    assert [one.name for one in SearchEntry.objects.filter(person=first)] == ["quentin zimmermann zoe"]


def test_a_change_of_words_leaves_the_count_of_followers_alone(django_capture_on_commit_callbacks: Committed) -> None:
    fan, star = person("fan"), person("star")
    with django_capture_on_commit_callbacks(execute=True):
        follows.follow(actor=fan, person_id=star.pk, now=timezone.now())
    profile.change_profile(actor=star, changes={"bio": "I sing"})
    assert SearchEntry.objects.get(person=star).followers == 1


def test_rooms_are_found_by_the_name_that_their_host_has_now() -> None:
    host = person("host", follower_count=600)
    room = open_room(host, title="Tea time")
    profile.change_profile(actor=host, changes={"display_name": "Brandnew"})
    assert search._scores("brandnew", search.ROOMS).keys() == {room.pk}
    assert SearchEntry.objects.get(room=room).more.strip() == "brandnew host"


def test_all_is_made_anew_over_what_is_there() -> None:
    host = person("host", follower_count=600)
    room = open_room(host, title="Tea time")
    User.objects.filter(pk=host.pk).update(display_name="Ada", follower_count=700, bio="Bread")
    type(room).objects.filter(pk=room.pk).update(title="Coffee")
    over = open_room(host, title="Over now")
    type(room).objects.filter(pk=over.pk).update(state="ENDED")
    assert search_index.index_all() == 2
    told = SearchEntry.objects.get(person=host)
    assert (told.name, told.more, told.followers) == ("ada host", "bread", 700)
    assert SearchEntry.objects.get(room=room).name == "coffee"


def test_counts_that_are_mended_are_mended_for_search(django_capture_on_commit_callbacks: Committed) -> None:
    star = person("star")
    User.objects.filter(pk=star.pk).update(follower_count=9)
    search_index.index_all()
    with django_capture_on_commit_callbacks(execute=True):
        assert follows.recount() == 1
    assert SearchEntry.objects.get(person=star).followers == 0


def test_whoever_may_not_pin_makes_nobody_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    host, listener = person("host", follower_count=600), person("listener")
    room = open_room(host)
    come_in(listener, room)
    held: list[Any] = []
    monkeypatch.setattr(pins.posts, "hold", lambda **told: held.append(told))
    post_id = pins.posts.publish(actor=host, draft=pins.Draft("Tea"), now=NOW)
    with pytest.raises(stage_rules.NotAHost):
        pins.pin(actor=listener, room_id=room.pk, post_id=post_id, now=NOW)
    for _ in range(60):
        pace.check(pace.PINS, host.pk)
    with pytest.raises(SlowDown):
        pins.pin(actor=host, room_id=room.pk, post_id=post_id, now=NOW)
    assert held == []


def test_less_pressed_twice_can_still_be_undone() -> None:
    eva = person("eva")
    assert less.less(actor=eva, kind="HOST_LIVE") == less.less(actor=eva, kind="HOST_LIVE") != []


def test_people_and_rooms_that_nobody_may_see_stand_in_nobodys_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_candidates, "CANDIDATES", 4)
    monkeypatch.setattr(search, "CANDIDATES", 4)
    monkeypatch.setattr(search_candidates, "ENOUGH", 2)
    honest = User.objects.create(handle="e1", display_name="Elodie Lefebre", follower_count=600)
    wanted = open_room(honest, title="Jazz evening")
    for number in range(5):
        other = User.objects.create(handle=f"m{number}", display_name="Elodie Lefevre", follower_count=700)
        open_room(other, title="Jazz evening")
        User.objects.filter(pk=other.pk).update(is_active=False, limited_until=NOW.replace(year=9999))
    reader = person("reader")
    found = search.find_rooms(query="jazz", viewer=reader, now=NOW, states=("LIVE", "SCHEDULED"))
    assert [pk for _rank, pk in found] == [wanted.pk]
    people = search.find_people(query="elodie lefevre", viewer=reader, now=NOW)
    assert [pk for _rank, pk in people] == [honest.pk]
