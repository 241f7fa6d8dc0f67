"""What search brings up for a closer look: every word that one slip away, by indexes, the most followed first."""

from collections.abc import Callable, Iterator
from string import ascii_lowercase, digits
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rapidfuzz import fuzz

from accounts.models import User
from accounts.services import follows
from rooms.models import Room, RoomState, SearchEntry
from rooms.queries import search, search_candidates
from rooms.services import search_index
from spaces_site.boundary.plain_text import LONGEST_QUERY
from tests.rooms.cast import open_room, person

pytestmark = pytest.mark.django_db
Committed = Callable[..., Any]

NAMES = ("hugo", "chloe", "okafor", "cooking", "solution", "delacroix", "philosophie", "administration")


def named(name: str, **fields: Any) -> User:
    return User.objects.create(handle=f"x{User.objects.count()}", display_name=name, **fields)


def one_slip(name: str) -> Iterator[str]:
    """As somebody may type it: a letter left out, one too many, another one, two swapped."""
    for at in range(len(name)):
        before, behind = name[:at], name[at:]
        yield before + behind[1:]
        yield f"{before}z{behind}"
        yield f"{before}z{behind[1:]}"
        if len(behind) > 1:
            yield before + behind[1] + behind[0] + behind[2:]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", ["name", "more"])
def test_one_slip_anywhere_in_a_word_is_forgiven_wherever_the_word_stands(name: str, where: str) -> None:
    wanted = named(name) if where == "name" else named("Wim", bio=f"I say {name} now")
    named("Kurt Blum", bio="Nothing of the kind")
    least = search.NEAR if where == "name" else search.NEAR / search.WEIGHT_OF_MORE
    near = {typed for typed in one_slip(name) if fuzz.ratio(typed, name) >= least}
    assert len(near) >= 2 * len(name)
    assert {typed for typed in near if search._scores(typed, search_candidates.PEOPLE).keys() != {wanted.pk}} == set()


def test_all_words_are_asked_for_when_they_are_misspelt() -> None:
    both = open_room(
        person("host", follower_count=600), title="Cooking of the world", description="Talk about bread and coffee"
    )
    open_room(person("second", follower_count=600), title="Cooking at home", description="Talk about bread")
    assert search._scores("cookng bread cofee", search_candidates.ROOMS).keys() == {both.pk}


NOTES = ["amber", "birch", "cedar", "delta", "ember", "flint", "grape"]


def test_of_many_misspelt_words_six_are_looked_for_and_all_must_be_near() -> None:
    wanted = named("Wim", bio=" ".join(NOTES))
    named("Kurt", bio=" ".join(NOTES[:6]))
    typed = [f"{note[:2]}z{note[2:]}" for note in NOTES]
    assert len(typed) > search_candidates.MISSPELT
    for query in (typed, typed[::-1], [*NOTES[:6], typed[6]], [typed[0], *NOTES[1:]]):
        assert search._scores(" ".join(query), search_candidates.PEOPLE).keys() == {wanted.pk}


@pytest.mark.parametrize("size", range(1, 13))
@pytest.mark.parametrize("kind", [search_candidates.PEOPLE, search_candidates.ROOMS])
def test_no_query_is_looked_for_by_more_than_84_patterns_at_a_time(kind: str, size: int) -> None:
    """Six words of four letters take the most: fourteen patterns each."""
    letters = 4 * (ascii_lowercase + digits)
    words = " ".join(letters[at : at + size] for at in range(LONGEST_QUERY))
    asked = [patterns(*statement) for statement in statements(words, kind)]
    assert len(asked) == {"sqlite": 1, "postgresql": 2}[connection.vendor] + (size > 2)
    assert max(asked) <= 84
    # More letters are not looked for than are asked: their trigrams are counted in each row.
    assert max(sql.count("strpos") for sql, _ in statements(words, kind)) <= LONGEST_QUERY


def patterns(sql: str, params: Any) -> int:
    """What a statement has the database look for: by LIKE, or by phrases of FTS5 and what is counted beside them."""
    if connection.vendor == "sqlite":
        return int(params[0].count('"') // 2) + sql.count("instr")
    return sql.count(" LIKE ")


@pytest.mark.parametrize("query", ["bo", "BO", "le", "elodie lefe"])
def test_two_letters_begin_a_word_anywhere(query: str) -> None:
    wanted = named("Élodie Lefèvre", bio="Books and more")
    named("Rob", bio="Table tennis")
    assert search._scores(query, search_candidates.PEOPLE).keys() == {wanted.pk}


@pytest.mark.parametrize(
    ("said", "query", "stems_alone"),
    [
        ("chanson", "chansons", False),
        ("chansons", "chanson", False),
        ("running", "run", False),
        ("run", "running", True),
        ("lent", "lentement", True),
    ],
)
def test_other_forms_of_a_word_are_found_in_both_languages(said: str, query: str, stems_alone: bool) -> None:
    """By full text on PostgreSQL. FTS5 knows no forms: SQLite finds those that hold or resemble one another."""
    room = open_room(person("host", follower_count=600), title=f"Zu {said} um vier")
    found = search._scores(query, search_candidates.ROOMS)
    expected = {room.pk} if connection.vendor == "postgresql" or not stems_alone else set()
    assert found.keys() == expected


def test_the_word_itself_comes_before_other_forms_of_it() -> None:
    itself = person("itself", bio="All about running")
    form = person("form", bio="I run")
    found = search._scores("running", search_candidates.PEOPLE)
    assert found[itself.pk] > found.get(form.pk, 0)


def test_of_too_many_the_most_followed_are_brought_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_candidates, "CANDIDATES", 3)
    people = [person(f"tide{number}", bio="tides", follower_count=number) for number in range(8)]
    assert search._scores("tide", search_candidates.PEOPLE).keys() == {one.pk for one in people[-3:]}
    assert search._scores("tides", search_candidates.PEOPLE).keys() == {one.pk for one in people[-3:]}


def test_a_follow_that_comes_or_goes_counts_for_search(django_capture_on_commit_callbacks: Committed) -> None:
    fan, star = person("fan"), person("star")
    for change, followers in ((lambda: follows.follow(actor=fan, person_id=star.pk, now=timezone.now()), 1),
                              (lambda: follows.unfollow(actor=fan, person_id=star.pk), 0)):  # fmt: skip
        with django_capture_on_commit_callbacks(execute=True):
            change()
        assert SearchEntry.objects.get(person=star).followers == followers
    User.objects.filter(pk=star.pk).update(follower_count=7)
    search_index.index_all()
    assert SearchEntry.objects.get(person=star).followers == 7


@pytest.fixture
def town() -> None:
    """So many people and rooms that an index is better than reading all."""
    people = User.objects.bulk_create(
        User(handle=f"p{number}", display_name=f"Ana Martin {number}", bio=f"music and bread {number}")
        for number in range(3000)
    )
    Room.objects.bulk_create(
        Room(creator=one, title=f"Morning radio {number}", state=RoomState.SCHEDULED if number % 9 else RoomState.LIVE)
        for number, one in enumerate(people)
    )
    search_index.index_all()
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE rooms_searchentry, accounts_user, rooms_room")
        # Of a few thousand rooms it would read all, to learn which are live.
        cursor.execute("SET LOCAL enable_seqscan = off")


def statements(query: str, kind: str) -> list[tuple[str, Any]]:
    """With which search looks for candidates, and their parameters."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        search._scores(query, kind)
    return asked


def plans(query: str, kind: str) -> list[str]:
    """How the database goes about each statement."""
    with connection.cursor() as cursor:
        told = []
        for sql, params in statements(query, kind):
            cursor.execute(f"EXPLAIN {'QUERY PLAN' if connection.vendor == 'sqlite' else ''} {sql}", params)
            told.append("\n".join(str(line[-1]) for line in cursor.fetchall()))
    return told


@pytest.mark.parametrize("kind", [search_candidates.PEOPLE, search_candidates.ROOMS])
def test_search_goes_by_the_indexes_of_the_kind_and_reads_no_table_whole(town: None, kind: str) -> None:
    for query in ("xylophone", "breakfest", "brot", "universty student"):
        check_plans(plans(query, kind), kind, is_long=True)
    check_plans(plans("qx", kind), kind, is_long=False)


def check_plans(found: list[str], kind: str, *, is_long: bool) -> None:
    """Nothing is like a word of two letters: it is looked for once less."""
    if connection.vendor == "sqlite":
        assert len(found) == 1 + is_long
        for plan in found:
            assert "SCAN s VIRTUAL TABLE INDEX" in plan
            assert plan.count("SCAN") == 1
            assert "accounts_user" not in plan
        return
    assert len(found) == 2 + is_long
    for plan, index in zip(found, ("trigrams", "english", "trigrams"), strict=False):
        assert f"Bitmap Index Scan on search_{index}_{kind}" in plan
        assert "Seq Scan" not in plan
        # It takes tens of microseconds a row, and so does its operator.
        assert "word_similarity" not in plan
        assert "%>" not in plan
        # No account and no room is fetched for an entry; of rooms it is asked which are live.
        assert "accounts_user" not in plan
        assert "rooms_room_pkey" not in plan
