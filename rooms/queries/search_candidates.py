"""What may fit the words of a search: entries that the database brings up for a closer look, by its indexes.

Those that say the words come first, and what is only like them where these are few: PostgreSQL by trigrams
(pg_trgm) and by full text in both languages of the site, SQLite by the trigrams of FTS5. See docs/adr/0016.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection

from rooms.models import RoomState

#: Entries that are looked at more closely; a list of what was found is no longer.
CANDIDATES = 200
#: So many that say the words themselves, and what is only like them is not looked for.
ENOUGH = 20
#: Of so many more is looked at where the reader may not see some of what came first.
DEEP = 10
#: Words for which others that are like them are looked for, by up to fourteen patterns each.
MISSPELT = 6
#: What full text finds by another form of a word ("running" by "run") is as good as this: not quite as the word itself.
STEMMED = 89.0
PEOPLE, ROOMS = "person", "room"

#: Id, name, more, and what the database itself says of how well it fits.
Entry = tuple[UUID, str, str, float]


def candidates(*, words: str, kind: str, deep: bool = False) -> list[Entry]:
    """Entries with all the words (folded), in their name first; only where these are few, those that are alike.

    `deep` takes `DEEP` times as many, and those that are alike in any case.

    Of words that may be misspelt the `MISSPELT` longest are looked for, as few entries have them. The others are no
    condition there: whoever ranks the candidates asks for all the words, and forgives slips in each.
    """
    look = _by_postgresql if connection.vendor == "postgresql" else _by_sqlite
    most = CANDIDATES * DEEP if deep else CANDIDATES
    found: dict[UUID, Entry] = {}
    with connection.cursor() as cursor:
        for entries in look(cursor, words, kind, most):
            for entry in entries:
                found.setdefault(entry[0], entry)
            if len(found) >= ENOUGH and not deep:
                break
    return list(found.values())[:most]


def _first(kind: str) -> str:
    """Which candidates come first: the people most followed, the rooms that are live, and then the newest."""
    if kind == PEOPLE:
        return "e.followers DESC, e.id DESC"
    # Not by a join: that would fetch the room of every entry, to keep two hundred.
    return f"e.room_id IN (SELECT id FROM rooms_room WHERE state = '{RoomState.LIVE}') DESC, e.id DESC"  # noqa: S608 - a word of ours


def _by_postgresql(cursor: Any, words: str, kind: str, most: int) -> Iterator[list[Entry]]:
    """By trigrams (for LIKE and for likeness) and by full text in both languages, each with an index of its kind."""
    asked: dict[str, str] = {"words": words}

    def holds(text: str, wanted: Iterable[str]) -> str:
        """Whether one of these stands in the text; what they are goes by parameter."""
        keys = [_key(asked, _pattern(each)) for each in wanted]
        return f"({' OR '.join(f'{text} LIKE {key}' for key in keys)})"

    def entries(where: str, order: str, *, beside: str = "", fits: float = 0.0) -> list[Entry]:
        cursor.execute(
            f"""SELECT e.{kind}_id, e.name, e.more FROM rooms_searchentry AS e {beside}
            WHERE e.{kind}_id IS NOT NULL AND {where} ORDER BY {order} LIMIT {most}""",  # noqa: S608 - words of ours, values by parameter
            asked,
        )
        return [(of, name, more, fits) for of, name, more in cursor.fetchall()]

    there, named = (" AND ".join(holds(text, [_begun(word)]) for word in words.split()) for text in (_TEXT, _NAME))
    yield entries(there, f"({named}) DESC, {_first(kind)}")
    said = " OR ".join(
        f"to_tsvector('{language}', e.name || ' ' || e.more) @@ websearch_to_tsquery('{language}', %(words)s)"
        for language in ("english", "french")
    )
    yield entries(f"({said})", _first(kind), fits=STEMMED)
    misspelt = _misspelt(words)
    if not misspelt:
        return
    # Neither word_similarity() nor its operator: they take tens of microseconds for each row that the index brings.
    alike = " AND ".join(holds(_TEXT, _alike(word)) for word in misspelt)
    trigrams = sorted({f" {word} "[at : at + 3] for word in misspelt for at in range(len(word))})
    shared = " + ".join(f"(strpos(whole.text, {_key(asked, each)}) > 0)::int" for each in trigrams)
    whole = f"CROSS JOIN LATERAL (SELECT {_TEXT} AS text OFFSET 0) AS whole"
    yield entries(alike, f"{shared} DESC, {_first(kind)}", beside=whole)


#: What PostgreSQL's trigram indexes hold (migration 0013).
_TEXT, _NAME = "(' ' || e.name || ' ' || e.more || ' ')", "(' ' || e.name)"


def _key(asked: dict[str, str], value: str) -> str:
    """A place for one more parameter."""
    key = f"p{len(asked)}"
    asked[key] = value
    return f"%({key})s"


def _pattern(wanted: str) -> str:
    """For LIKE, what holds this; its own signs stand for themselves."""
    literal = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal.replace(ANY, '_')}%"


def _by_sqlite(cursor: Any, words: str, kind: str, most: int) -> Iterator[list[Entry]]:
    """By the trigrams of FTS5, which finds any three letters and more in a row."""

    def entries(asked: str, order: str, *parameters: str) -> list[Entry]:
        cursor.execute(
            f"""SELECT e.{kind}_id, e.name, e.more
            FROM rooms_search_{kind} AS s JOIN rooms_searchentry AS e ON e.id = s.rowid
            WHERE rooms_search_{kind} MATCH %s ORDER BY {order} LIMIT {most}""",  # noqa: S608 - words of ours
            [asked, *parameters],
        )
        return [(UUID(of), name, more, 0.0) for of, name, more in cursor.fetchall()]

    # Words of two letters are in too many texts to help, and of one in all, unless there are no others.
    short = [word for word in words.split() if len(word) == 2]
    there = [_begun(word) for word in _long(words) or short] or [f" {words}"]
    named = " AND ".join("instr(' ' || e.name, %s) > 0" for _ in there)
    yield entries(" AND ".join(map(_quoted, there)), f"({named}) DESC, {_first(kind)}", *there)
    if misspelt := _misspelt(words):
        alike = " AND ".join(f"({_any_phrases(_alike(word))})" for word in misspelt)
        yield entries(alike, f"bm25(rooms_search_{kind}, 4.0, 1.0)")


def _any_phrases(wanted: Iterable[str]) -> str:
    """For FTS5, one of these. It does not know any letter: the parts beside it stand there, if they are long enough."""
    parts = {tuple(part for part in each.split(ANY) if len(part) > 2) for each in wanted}
    widest = [one for one in parts if not any(one != other and _holds_all(one, other) for other in parts)]
    return " OR ".join(f"({' AND '.join(map(_quoted, each))})" for each in sorted(widest))


def _holds_all(texts: Iterable[str], parts: Iterable[str]) -> bool:
    return all(any(part in text for text in texts) for part in parts)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


#: Any letter, in what is looked for: no word has it, nor a space, which stands there for the end of a word.
ANY = "\n"


def _long(words: str) -> list[str]:
    """The words of which something is alike."""
    return [word for word in words.split() if len(word) > 2]


def _misspelt(words: str) -> list[str]:
    """The words for which others that are like them are looked for, the longest first."""
    return sorted(dict.fromkeys(_long(words)), key=len, reverse=True)[:MISSPELT]


def _begun(word: str) -> str:
    """What is looked for if a word is spelt right: trigrams know two letters only where a word begins."""
    return word if len(word) > 2 else f" {word}"


def _alike(word: str) -> list[str]:
    """What is looked for if a word is misspelt: one slip leaves a part of it whole, or makes it of one of a few others.

    In a word of twelve letters two slips leave a part whole. Ends are five letters: shorter ones stand in every text.
    """
    size = len(word)
    if size < 8:
        begin, others = word[:3], []
    elif size < 12:
        begin, others = word[: (size + 1) // 2], [word[-5:]]
    else:
        begin, others = word[: (size - 5) // 2], [word[(size - 5) // 2 : -5], word[-5:]]
    # In French much begins behind an apostrophe.
    parts = [f" {begin}", f"'{begin}", *others]
    edge = " " if size < 6 else ""
    meant = [edge + one + edge for one in _slips(word) if not any(part in f" {one}" for part in parts)]
    return parts + [one for one in meant if not any(other != one and other in one for other in meant)]


def _slips(word: str) -> list[str]:
    """The words of which one slip makes this one: a letter missing, one too many, another one, or two swapped."""
    parts = [(word[:at], word[at:]) for at in range(len(word))]
    meant = {before + ANY + behind for before, behind in parts} | {before + behind[1:] for before, behind in parts}
    # Of three letters, one that is another or stands elsewhere is too far from what was asked (NEAR).
    if len(word) > 3:
        meant |= {before + ANY + behind[1:] for before, behind in parts}
        meant |= {before + behind[1] + behind[0] + behind[2:] for before, behind in parts if len(behind) > 1}
    return sorted(meant)
