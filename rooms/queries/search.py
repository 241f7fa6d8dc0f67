"""Finding people, rooms and topics by words, accents and typos forgiven.

The database brings up candidates, those that say the words first, and what is only like them where these are
few: PostgreSQL by trigrams (pg_trgm) and by full text in both languages of the site, SQLite by the trigrams of
FTS5. How near they are says rapidfuzz, the same on both.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q
from rapidfuzz import fuzz, process

from accounts import queries as accounts_queries
from accounts.models import User
from rooms import admission
from rooms.models import Room, RoomState, SearchEntry
from spaces_site.boundary.plain_text import LONGEST_QUERY, folded

#: Entries that are looked at more closely; a list of what was found is no longer.
CANDIDATES = 200
#: So many that say the words themselves, and what is only like them is not looked for.
ENOUGH = 20
#: How near a misspelt word must be, 0 to 100.
NEAR = 72.0
#: What stands beside the name counts so much of it.
WEIGHT_OF_MORE = 0.9
#: What full text finds by another form of a word ("running" by "run") is as good as this.
STEMMED = 90.0
#: Share of common trigrams from which PostgreSQL brings an entry up for a closer look.
LIKE = 0.3
PEOPLE, ROOMS = "person", "room"

Viewer = User | AnonymousUser
#: Id, name, more, and what the database itself says of how well it fits.
Entry = tuple[UUID, str, str, float]
#: What was found, in no order: its rank and its id; `cursor.page_of_found` puts them in order and cuts pages.
Found = tuple[int, UUID]
#: More than any room ranks by how well it fits.
_LIVE = 1_000_000
#: More followers than these count for no more; with it the highest rank, 100.0 %, is one that a page's token holds.
_FOLLOWERS = 2**21


def find_rooms(*, query: str, viewer: Viewer, now: datetime, states: Sequence[str]) -> list[Found]:
    """Rooms in these states that the viewer may see listed; live ones rank before all others."""
    found = find_rooms_by_state(query=query, viewer=viewer, now=now, states=states)
    return [
        (rank + (_LIVE if state == RoomState.LIVE else 0), pk) for state, rooms in found.items() for rank, pk in rooms
    ]


def find_rooms_by_state(*, query: str, viewer: Viewer, now: datetime, states: Sequence[str]) -> dict[str, list[Found]]:
    """State → its rooms that the viewer may see listed, by how well they fit; looked up once for all states."""
    scores = _scores(query, ROOMS)
    listed = admission.rooms_listed_for(viewer_id=viewer.pk, now=now)
    rooms = Room.objects.filter(listed, pk__in=scores, state__in=states).values_list("pk", "state")
    found: dict[str, list[Found]] = {}
    for pk, state in rooms:
        found.setdefault(state, []).append((round(scores[pk] * 1000), pk))
    return found


def find_people(*, query: str, viewer: Viewer, now: datetime) -> list[Found]:
    """People whom the viewer may see listed: by how well they fit, then by followers."""
    scores = _scores(query, PEOPLE)
    known = accounts_queries.not_estranged(viewer_id=viewer.pk, path="pk")
    people = User.objects.people().filter(known, pk__in=scores).exclude(limited_until__gt=now)
    rows = people.values_list("pk", "follower_count")
    return [(round(scores[pk] * 10) * _FOLLOWERS + min(followers, _FOLLOWERS - 1), pk) for pk, followers in rows]


def find_topics(*, query: str, rooms: Sequence[Found], most: int = 5) -> tuple[str, ...]:
    """Topics of these rooms that fit, the commonest first."""
    words = folded(query)
    named = Room.objects.filter(pk__in=[pk for _rank, pk in rooms]).values_list("topics", flat=True)
    counted = Counter(topic for topics in named for topic in topics)
    return tuple(topic for topic, _ in counted.most_common() if words and fuzz.ratio(words, folded(topic)) >= NEAR)[
        :most
    ]


def _scores(query: str, kind: str) -> dict[UUID, float]:
    """Id → how well it fits, `NEAR` to 100."""
    words = folded(query)[:LONGEST_QUERY]
    if len(words) < 2:
        return {}
    found = ((of, max(_nearness(words, name, more), said)) for of, name, more, said in _candidates(words, kind))
    return {of: score for of, score in found if score >= NEAR}


def _nearness(words: str, name: str, more: str) -> float:
    """How near each word of the question is to some word of the entry, 0 to 100: the worst of them."""
    named, said = name.split(), more.split()
    worst = 100.0
    for word in words.split():
        near = _nearest(word, named)
        if near < WEIGHT_OF_MORE * 100:
            near = max(near, WEIGHT_OF_MORE * _nearest(word, said))
        worst = min(worst, near)
    return worst


def _nearest(word: str, there: list[str]) -> float:
    if word in there:
        return 100.0
    # A beginning is nearly as good as the whole: people are still typing.
    if any(other.startswith(word) for other in there):
        return 99.0
    best = process.extractOne(word, there, scorer=fuzz.ratio, score_cutoff=NEAR)
    return best[1] if best else 0.0


def _candidates(words: str, kind: str) -> list[Entry]:
    """Entries with all the words in their name, then anywhere; only where these are few, those that are alike."""
    look = _by_postgresql if connection.vendor == "postgresql" else _by_sqlite
    found: dict[UUID, Entry] = {}
    with connection.cursor() as cursor:
        for step, entries in enumerate(look(cursor, words, kind)):
            for entry in entries:
                found.setdefault(entry[0], entry)
            if len(found) >= (CANDIDATES if step == 0 else ENOUGH):
                break
    return list(found.values())[:CANDIDATES]


def _from(kind: str) -> str:
    """What entries of a kind are joined with; `kind` is one of two words of ours."""
    if kind == PEOPLE:
        return "JOIN accounts_user AS p ON p.id = e.person_id"
    return "JOIN rooms_room AS r ON r.id = e.room_id"


def _first(kind: str) -> str:
    """Which candidates come first: the people most followed, the rooms that are live."""
    return "p.follower_count DESC" if kind == PEOPLE else "r.state = 'LIVE' DESC, e.id DESC"


def _by_postgresql(cursor: Any, words: str, kind: str) -> Iterator[list[Entry]]:
    """By trigrams (for LIKE and for likeness) and by full text in both languages, each with an index."""
    text = "(e.name || ' ' || e.more)"
    asked = {"words": words}
    conditions = []
    for number, word in enumerate(map(_literal, words.split())):
        # Trigrams know two letters only where a word begins.
        patterns = [f"%{word}%"] if len(word) > 2 else [f"{word}%", f"% {word}%"]
        keys = [f"w{number}_{each}" for each in range(len(patterns))]
        asked |= dict(zip(keys, patterns, strict=True))
        conditions.append(" OR ".join(f"{{}} LIKE %({key})s" for key in keys))
    whole = " AND ".join(f"({condition})" for condition in conditions)
    there, named = whole.replace("{}", text), whole.replace("{}", "e.name")
    said = f"""(to_tsvector('english', {text}) @@ websearch_to_tsquery('english', %(words)s)
        OR to_tsvector('french', {text}) @@ websearch_to_tsquery('french', %(words)s))"""

    def entries(where: str, order: str, fits: float = 0.0) -> list[Entry]:
        cursor.execute(
            f"""SELECT e.{kind}_id, e.name, e.more FROM rooms_searchentry AS e {_from(kind)}
            WHERE {where} ORDER BY {order} LIMIT {CANDIDATES}""",  # noqa: S608 - words of ours, values by parameter
            asked,
        )
        return [(of, name, more, fits) for of, name, more in cursor.fetchall()]

    yield entries(f"{there} AND {named}", _first(kind))
    yield entries(there, _first(kind))
    yield entries(said, _first(kind), STEMMED)
    cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, false)", [str(LIKE)])
    yield entries(f"{text} %%> %(words)s", f"word_similarity(%(words)s, {text}) DESC")


def _literal(word: str) -> str:
    """A word as LIKE takes it for itself."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _by_sqlite(cursor: Any, words: str, kind: str) -> Iterator[list[Entry]]:
    """By the trigrams of FTS5, which finds any three letters and more in a row."""
    long = [word for word in words.split() if len(word) >= 3]
    if not long:
        begins = Q(name__startswith=words) | Q(name__contains=f" {words}")
        short = SearchEntry.objects.filter(begins, **{f"{kind}__isnull": False})
        rows = short.values_list(f"{kind}_id", "name", "more")[:CANDIDATES]
        yield [(of, name, more, 0.0) for of, name, more in rows]
        return

    def entries(asked: str, order: str) -> list[Entry]:
        cursor.execute(
            f"""SELECT e.{kind}_id, e.name, e.more
            FROM rooms_search AS s JOIN rooms_searchentry AS e ON e.id = s.rowid {_from(kind)}
            WHERE rooms_search MATCH %s ORDER BY {order} LIMIT {CANDIDATES}""",  # noqa: S608 - words of ours
            [asked],
        )
        return [(UUID(of), name, more, 0.0) for of, name, more in cursor.fetchall()]

    whole = " AND ".join(map(_quoted, long))
    yield entries(f"name : ({whole})", _first(kind))
    yield entries(whole, _first(kind))
    alike = " AND ".join(f"({' OR '.join(map(_quoted, _pieces(word)))})" for word in long)
    yield entries(alike, "bm25(rooms_search, 4.0, 1.0)")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _pieces(word: str) -> list[str]:
    """Parts of a word of three letters and more, one of which a slip leaves whole; two slips in a long word."""
    count = min(3, len(word) // 4)
    if count < 2:
        return sorted({word[:3], word[-3:]})
    ends = [len(word) * part // count for part in range(count + 1)]
    return [word[start:end] for start, end in pairwise(ends)]
