"""Search: accents, capitals and typos forgiven, in English and French; blocks and limits kept."""

import html
import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from accounts.services import blocks, profile
from rooms.api.serializers import FoundMetaSerializer
from rooms.models import Room, RoomState, SearchEntry
from rooms.queries import search, search_candidates, search_page
from rooms.services import lifecycle
from spaces_site.boundary.cursor import page_of_found
from tests.rooms.cast import NOW, later, open_room, person

pytestmark = pytest.mark.django_db
ALL = (RoomState.LIVE, RoomState.SCHEDULED)


@pytest.fixture
def host() -> User:
    return User.objects.create(handle="hugo", display_name="Hugo Délacroix", follower_count=600)


@pytest.fixture
def rooms(host: User) -> dict[str, Room]:
    return {
        "music": open_room(host, title="La musique d’Érik Satie", topics=["Piano", "classique"], language="fr"),
        "philosophy": lifecycle.schedule_room(
            creator=host, title="Philosophy for breakfast", scheduled_start=NOW + timedelta(hours=3), now=NOW,
            description="Running from Socrates to Simone Weil",
        ),
    }  # fmt: skip


def rooms_found(query: str, viewer: User) -> list[UUID]:
    return page_of_found(search.find_rooms(query=query, viewer=viewer, now=NOW, states=ALL), token="", size=200)[0]


def people_found(query: str, viewer: User) -> list[UUID]:
    return page_of_found(search.find_people(query=query, viewer=viewer, now=NOW), token="", size=200)[0]


def found(query: str, viewer: User) -> list[str]:
    return [Room.objects.get(pk=pk).title for pk in rooms_found(query, viewer)]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("musique", "La musique d’Érik Satie"),
        ("MUSIQUE", "La musique d’Érik Satie"),
        ("erik", "La musique d’Érik Satie"),
        ("érik satie", "La musique d’Érik Satie"),
        ("musque", "La musique d’Érik Satie"),
        ("satje", "La musique d’Érik Satie"),
        ("classique", "La musique d’Érik Satie"),
        ("philo", "Philosophy for breakfast"),
        ("philosphy", "Philosophy for breakfast"),
        ("breakfest", "Philosophy for breakfast"),
        ("socrates", "Philosophy for breakfast"),
    ],
)
def test_rooms_are_found_by_words_as_people_type_them(rooms: dict[str, Room], query: str, title: str) -> None:
    assert found(query, person("reader")) == [title]


@pytest.mark.parametrize("query", ["", "a", "qwertz", "%", '"', "' OR 1=1 --", "NEAR(", "*", "\x00", "🎹", "x" * 5000])
def test_what_fits_nothing_finds_nothing_and_breaks_nothing(rooms: dict[str, Room], query: str) -> None:
    assert found(query, person("reader")) == []


def test_the_host_finds_their_rooms_by_name_live_ones_first(rooms: dict[str, Room], host: User) -> None:
    assert found("delacroix", person("reader")) == ["La musique d’Érik Satie", "Philosophy for breakfast"]


def test_a_block_hides_rooms_and_people_from_one_another(rooms: dict[str, Room], host: User) -> None:
    reader = person("reader")
    blocks.block_person(actor=host, person_id=reader.pk, now=NOW)
    assert found("musique", reader) == []
    assert people_found("hugo", reader) == []
    assert people_found("reader", host) == []


@pytest.mark.parametrize("query", ["hugo", "HUGO", "delacroix", "Délacroix", "delacrois", "hug"])
def test_people_are_found_by_name_and_handle(host: User, query: str) -> None:
    assert people_found(query, person("reader")) == [host.pk]


def test_guests_suspended_and_limited_people_are_not_found(host: User) -> None:
    reader = person("reader")
    User.objects.create(handle="guest-hugo", display_name="Hugo", is_guest=True)
    limited = person("hugo_two", limited_until=later(3600))
    gone = person("hugo_three", is_active=False)
    assert people_found("hugo", reader) == [host.pk]
    assert not SearchEntry.objects.filter(person__is_guest=True).exists()
    assert {limited.pk, gone.pk}.isdisjoint(people_found("hugo", reader))


def test_new_names_are_found_and_old_ones_no_more(host: User, rooms: dict[str, Room]) -> None:
    reader = person("reader")
    lifecycle.change_room(actor=host, room_id=rooms["music"].pk, changes={"title": "Gnossiennes"}, now=NOW)
    assert found("gnossiennes", reader) == ["Gnossiennes"]
    assert found("musique", reader) == []
    profile.change_profile(actor=host, changes={"display_name": "Camille"})
    assert people_found("camille", reader) == [host.pk]


def test_a_room_that_is_over_or_called_off_is_in_nobodys_way(rooms: dict[str, Room], host: User) -> None:
    lifecycle.end_room(actor=host, room_id=rooms["music"].pk, now=later(60))
    lifecycle.cancel_room(actor=host, room_id=rooms["philosophy"].pk, now=later(60))
    assert not SearchEntry.objects.exclude(room=None).exists()
    assert call_command("index_search", verbosity=0) is None
    assert not SearchEntry.objects.exclude(room=None).exists()


def test_live_rooms_are_not_crowded_out_by_what_is_planned(host: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_candidates, "CANDIDATES", 5)
    live = open_room(host, title="Tides and tables")
    for number in range(9):
        room = Room.objects.create(creator=host, title=f"Tides {number}", scheduled_start=later(3600))
        assert SearchEntry.objects.filter(room=room).exists()
    assert rooms_found("tides", person("reader"))[0] == live.pk


def test_names_come_before_what_is_said_beside_and_words_before_what_is_like_them(host: User) -> None:
    reader = person("reader")
    said = person("tells", bio="All about the tides")
    named = person("tides")
    like = person("tidez")
    assert people_found("tides", reader) == [named.pk, said.pk, like.pk]


@pytest.mark.parametrize("query", ["100%", "a_b", "back\\slash"])
def test_signs_of_patterns_are_taken_for_themselves(host: User, query: str) -> None:
    wanted = open_room(host, title=f"All of {query} today")
    Room.objects.create(creator=host, title="All of 1000 axb backslash", scheduled_start=later(3600))
    assert rooms_found(query, person("reader"))[0] == wanted.pk


def test_topics_that_fit_are_offered(rooms: dict[str, Room]) -> None:
    ids = search.find_rooms(query="clasique", viewer=person("reader"), now=NOW, states=ALL)
    assert search.find_topics(query="clasique", rooms=ids) == ("classique",)


def test_topics_of_rooms_to_come_are_offered_as_those_of_live_ones(rooms: dict[str, Room], client: Client) -> None:
    Room.objects.filter(pk=rooms["philosophy"].pk).update(topics=["philosophie"])
    told = {"query": "philosphie", "viewer": person("reader"), "now": NOW}
    page = search_page.search_page(kind="all", token="", **told)
    assert (page.topics, page.cards, len(page.slots)) == (("philosophie",), (), 1)
    answer = client.get("/api/v1/rooms/search/", {"query": "philosphie"}).json()
    assert answer["meta"] == {"result_count": 1, "topics": ["philosophie"]}


def test_the_index_made_anew_is_the_same(host: User, rooms: dict[str, Room]) -> None:
    before = set(SearchEntry.objects.values_list("name", "more"))
    SearchEntry.objects.all().delete()
    assert found("musique", person("reader")) == []
    call_command("index_search", verbosity=0)
    assert before <= set(SearchEntry.objects.values_list("name", "more"))
    assert found("musique", User.objects.get(handle="reader")) == ["La musique d’Érik Satie"]


def test_the_page_and_the_api_rank_alike_and_page_on_by_the_same_tokens(host: User, client: Client) -> None:
    like = open_room(host, title="Tidez of the morning")
    said = open_room(person("second", follower_count=600), title="At the beach", description="All about tides")
    named = open_room(person("third", follower_count=600), title="Tides and tables")
    Room.objects.filter(pk=like.pk).update(started_at=later(600))
    planned = lifecycle.schedule_room(creator=host, title="Tides", scheduled_start=NOW + timedelta(hours=3), now=NOW)
    wanted = [str(room.pk) for room in (named, said, like, planned)]
    told, query = [], {"query": "tides", "max_results": 1}
    while query:
        answer = client.get("/api/v1/rooms/search/", query).json()
        told += [room["id"] for room in answer["data"]]
        token = answer["meta"].get("next_token")
        query = {**query, "next_token": token} if token else {}
    assert told == wanted
    page = search_page.search_page(query="tides", kind="live", token="", viewer=person("reader"), now=NOW)
    assert [str(card.id) for card in page.cards] == wanted[:3]


def test_whoever_comes_between_two_pages_pushes_nobody_out_and_doubles_nobody(client: Client) -> None:
    for number in range(25):
        person(f"tide{number}", follower_count=number)
    first = client.get("/search/", {"q": "tide", "kind": "people"}).content.decode()
    person("tides", follower_count=900)
    path = html.unescape(re.findall(r'rel="next" href="([^"]+)"', first)[0])
    second = client.get(path).content.decode()
    shown = [re.findall(r'href="/@(tide\d+)/"', text) for text in (first, second)]
    assert shown == [[f"tide{number}" for number in range(24, 4, -1)], [f"tide{number}" for number in range(4, -1, -1)]]
    assert client.get("/search/", {"q": "tide", "kind": "people", "after": "nonsense"}).status_code == 400


def test_people_who_fit_alike_are_told_one_after_another(client: Client) -> None:
    alike = {f"tide{number}" for number in range(5)}
    for handle in alike:
        person(handle, follower_count=3)
    told, query = [], {"query": "tide", "max_results": 2}
    while query:
        answer = client.get("/api/v1/users/search/", query).json()
        told += [one["handle"] for one in answer["data"]]
        token = answer["meta"].get("next_token")
        query = {**query, "next_token": token} if token else {}
    assert sorted(told) == sorted(alike)


def test_all_lists_begin_whichever_list_the_token_is_of(host: User) -> None:
    for number in range(25):
        person(f"tide{number}", follower_count=number)
    for number in range(3):
        Room.objects.create(creator=host, title=f"Tides {number}", scheduled_start=later(3600))
    told = {"query": "tide", "viewer": person("reader"), "now": NOW}
    token = search_page.search_page(kind="people", token="", **told).persons.next_token
    assert token
    begun = search_page.search_page(kind="all", token=token, **told)
    assert begun == search_page.search_page(kind="all", token="", **told)
    assert (begun.people[0].handle, len(begun.slots)) == ("tide24", 3)


@pytest.mark.parametrize("kind", ["rooms", "users"])
def test_what_was_found_is_read_in_one_direction(rooms: dict[str, Room], client: Client, kind: str) -> None:
    first = client.get(f"/api/v1/{kind}/search/", {"query": "delacroix"}).json()
    again = client.get(f"/api/v1/{kind}/search/", {"query": "delacroix", "previous_token": "nonsense"}).json()
    assert again == first
    assert set(FoundMetaSerializer().fields) == {"result_count", "next_token", "topics"}
