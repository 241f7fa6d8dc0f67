"""Finding people, rooms and topics by words, accents and typos forgiven.

The database brings up candidates (`search_candidates`). How near they are says rapidfuzz, the same on both databases.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from rapidfuzz import fuzz, process

from accounts import queries as accounts_queries
from accounts.models import User
from rooms import admission
from rooms.models import Room, RoomState
from rooms.queries.search_candidates import CANDIDATES, PEOPLE, ROOMS, candidates
from spaces_site.boundary.plain_text import LONGEST_QUERY, folded

#: How near a misspelt word must be, 0 to 100.
NEAR = 72.0
#: What stands beside the name counts so much of it.
WEIGHT_OF_MORE = 0.9

Viewer = User | AnonymousUser
_Fact = TypeVar("_Fact")
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
    listed = admission.rooms_listed_for(viewer_id=viewer.pk, now=now)
    rooms = Room.objects.filter(listed)
    found: dict[str, list[Found]] = {state: [] for state in states}
    for score, (pk, state) in _seen(query, ROOMS, lambda ids: rooms.filter(pk__in=ids).values_list("pk", "state")):
        if state in found:
            found[state].append((round(score * 1000), pk))
    return found


def find_people(*, query: str, viewer: Viewer, now: datetime) -> list[Found]:
    """People whom the viewer may see listed: by how well they fit, then by followers."""
    known = accounts_queries.not_estranged(viewer_id=viewer.pk, path="pk")
    people = User.objects.people().filter(known).exclude(limited_until__gt=now)
    seen = _seen(query, PEOPLE, lambda ids: people.filter(pk__in=ids).values_list("pk", "follower_count"))
    return [(round(score * 10) * _FOLLOWERS + min(followers, _FOLLOWERS - 1), pk) for score, (pk, followers) in seen]


def find_topics(*, query: str, rooms: Sequence[Found], most: int = 5) -> tuple[str, ...]:
    """Topics of these rooms that fit, the commonest first."""
    words = folded(query)
    named = Room.objects.filter(pk__in=[pk for _rank, pk in rooms]).values_list("topics", flat=True)
    counted = Counter(topic for topics in named for topic in topics)
    return tuple(topic for topic, _ in counted.most_common() if words and fuzz.ratio(words, folded(topic)) >= NEAR)[
        :most
    ]


def _seen(
    query: str, kind: str, visible: Callable[[Iterable[UUID]], Iterable[tuple[UUID, _Fact]]]
) -> list[tuple[float, tuple[UUID, _Fact]]]:
    """(How well it fits, row) of what the reader may see.

    Where something is kept from them it has taken the place of something else: then it is looked for once more, deeper.
    """
    for deep in (False, True):
        scores = _scores(query, kind, deep=deep)
        rows = list(visible(scores))
        if len(rows) == len(scores) or len(rows) >= CANDIDATES // 2:
            break
    return [(scores[row[0]], row) for row in rows]


def _scores(query: str, kind: str, *, deep: bool = False) -> dict[UUID, float]:
    """Id → how well it fits, `NEAR` to 100."""
    words = folded(query)[:LONGEST_QUERY]
    if len(words) < 2:
        return {}
    entries = candidates(words=words, kind=kind, deep=deep)
    found = ((of, max(_nearness(words, name, more), said)) for of, name, more, said in entries)
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
