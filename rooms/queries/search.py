"""Finding people, rooms and topics by words, accents and typos forgiven.

The database brings up candidates: PostgreSQL by full text in both languages of the site and by trigrams
(pg_trgm), SQLite by the trigrams of FTS5. How near they are says rapidfuzz, the same on both.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q
from rapidfuzz import fuzz

from accounts import queries as accounts_queries
from accounts.models import User
from rooms import admission
from rooms.models import Room, RoomState, SearchEntry
from spaces_site.boundary.plain_text import folded

#: Entries that are looked at more closely.
CANDIDATES = 400
#: Longer questions are cut: nobody types them.
LONGEST = 80
#: How near a misspelt word must be, 0 to 100.
NEAR = 72.0
#: What full text finds by another form of a word ("running" by "run") is as good as this.
STEMMED = 90.0
#: Share of common trigrams from which PostgreSQL brings an entry up for a closer look.
LIKE = 0.3
PEOPLE, ROOMS = "person", "room"

Viewer = User | AnonymousUser
#: Id, name, more, and what the database itself says of how well it fits.
Entry = tuple[UUID, str, str, float]


def find_rooms(*, query: str, viewer: Viewer, now: datetime, states: Sequence[str]) -> list[UUID]:
    """Rooms in these states that the viewer may see listed: live ones first, then by how well they fit."""
    found = find_rooms_by_state(query=query, viewer=viewer, now=now, states=states)
    return [pk for state in sorted(found, key=lambda state: state != RoomState.LIVE) for pk in found[state]]


def find_rooms_by_state(*, query: str, viewer: Viewer, now: datetime, states: Sequence[str]) -> dict[str, list[UUID]]:
    """State → its rooms that the viewer may see listed, by how well they fit; looked up once for all states."""
    scores = _scores(query, ROOMS)
    listed = admission.rooms_listed_for(viewer_id=viewer.pk, now=now)
    rooms = Room.objects.filter(listed, pk__in=scores, state__in=states).values_list("pk", "state")
    found: dict[str, list[UUID]] = {}
    for pk, state in sorted(rooms, key=lambda row: (-scores[row[0]], str(row[0]))):
        found.setdefault(state, []).append(pk)
    return found


def find_people(*, query: str, viewer: Viewer, now: datetime) -> list[UUID]:
    """People whom the viewer may see listed: by how well they fit, then by followers."""
    scores = _scores(query, PEOPLE)
    known = accounts_queries.not_estranged(viewer_id=viewer.pk, path="pk")
    people = User.objects.people().filter(known, pk__in=scores).exclude(limited_until__gt=now)
    rows = people.values_list("pk", "follower_count")
    return [pk for pk, _ in sorted(rows, key=lambda row: (-scores[row[0]], -row[1], str(row[0])))]


def find_topics(*, query: str, rooms: Sequence[UUID], most: int = 5) -> tuple[str, ...]:
    """Topics of these rooms that fit, the commonest first."""
    words = folded(query)
    counted = Counter(
        topic for topics in Room.objects.filter(pk__in=rooms).values_list("topics", flat=True) for topic in topics
    )
    return tuple(topic for topic, _ in counted.most_common() if words and fuzz.ratio(words, folded(topic)) >= NEAR)[
        :most
    ]


def _scores(query: str, kind: str) -> dict[UUID, float]:
    """Id → how well it fits, `NEAR` to 100."""
    words = folded(query)[:LONGEST]
    if len(words) < 2:
        return {}
    look = _by_postgresql if connection.vendor == "postgresql" else _by_sqlite
    found = ((of, max(_nearness(words, name, more), said)) for of, name, more, said in look(words, kind))
    return {of: score for of, score in found if score >= NEAR}


def _nearness(words: str, name: str, more: str) -> float:
    """How near each word of the question is to some word of the entry, 0 to 100: the worst of them."""
    named, said = name.split(), more.split()
    return min(max(_nearest(word, named), 0.9 * _nearest(word, said)) for word in words.split())


def _nearest(word: str, there: list[str]) -> float:
    return max((_likeness(word, other) for other in there), default=0.0)


def _likeness(word: str, other: str) -> float:
    # A beginning is nearly as good as the whole: people are still typing.
    return 99.0 if other.startswith(word) and other != word else fuzz.ratio(word, other)


def _by_postgresql(words: str, kind: str) -> list[Entry]:
    text = "name || ' ' || more"
    said = f"""(to_tsvector('english', {text}) @@ websearch_to_tsquery('english', %(words)s)
        OR to_tsvector('french', {text}) @@ websearch_to_tsquery('french', %(words)s))"""
    # `kind` is one of two words of ours.
    sql = f"""
        SELECT {kind}_id, name, more, CASE WHEN {said} THEN {STEMMED} ELSE 0 END AS said
        FROM rooms_searchentry
        WHERE {kind}_id IS NOT NULL AND (({text}) %%> %(words)s OR {said})
        ORDER BY said DESC, word_similarity(%(words)s, {text}) DESC LIMIT {CANDIDATES}"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, false)", [str(LIKE)])
        cursor.execute(sql, {"words": words})
        return [(of, name, more, float(said)) for of, name, more, said in cursor.fetchall()]


def _by_sqlite(words: str, kind: str) -> list[Entry]:
    trigrams = {word[at : at + 3] for word in words.split() for at in range(len(word) - 2)}
    if not trigrams:
        begins = Q(name__startswith=words) | Q(name__contains=f" {words}")
        short = SearchEntry.objects.filter(begins, **{f"{kind}__isnull": False})
        return [
            (of, name, more, 0.0) for of, name, more in short.values_list(f"{kind}_id", "name", "more")[:CANDIDATES]
        ]
    asked = " OR ".join('"' + trigram.replace('"', '""') + '"' for trigram in sorted(trigrams))
    # `kind` is one of two words of ours.
    sql = f"""
        SELECT e.{kind}_id, e.name, e.more, 0.0
        FROM rooms_search AS s JOIN rooms_searchentry AS e ON e.id = s.rowid
        WHERE rooms_search MATCH %s AND e.{kind}_id IS NOT NULL
        ORDER BY bm25(rooms_search, 4.0, 1.0) LIMIT {CANDIDATES}"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked])
        return [(UUID(of), name, more, said) for of, name, more, said in cursor.fetchall()]
