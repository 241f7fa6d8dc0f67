"""Text typed by people, cut into pieces: plain words, addresses on the web, and @names.

What becomes of a piece is for whoever shows it; nothing here makes markup, and nothing is fetched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from linkify_it import LinkifyIt

#: Nothing else is ever a link, whatever is typed.
SCHEMES = {"http", "https"}

#: As in an e-mail address or a path, an @ after a letter names nobody.
_NAME = re.compile(r"(?<![\w@/.])@([A-Za-z0-9_]{2,30})(?![\w@])")


class PieceKind(StrEnum):
    """What a piece of text is."""

    WORDS = "words"
    LINK = "link"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text as it was typed. `target` is a link's address, or a name in small letters without its @."""

    kind: PieceKind
    text: str
    target: str = ""


def pieces(text: str) -> tuple[Piece, ...]:
    """The whole text, in order: putting the pieces together gives it back."""
    return tuple(_pieces(text))


def links(text: str) -> list[str]:
    """Every address in a text, in its order."""
    return [piece.target for piece in pieces(text) if piece.kind is PieceKind.LINK]


def names(text: str) -> list[str]:
    """Every @name in a text, each once, in its order."""
    return list(dict.fromkeys(piece.target for piece in pieces(text) if piece.kind is PieceKind.NAME))


def _pieces(text: str) -> Iterator[Piece]:
    end = 0
    for found in _finder().match(text) or ():
        address = found.url if found.schema else found.url.replace("http://", "https://", 1)
        if urlsplit(address).scheme not in SCHEMES:
            continue
        yield from _words_and_names(text[end : found.index])
        yield Piece(PieceKind.LINK, text[found.index : found.last_index], address)
        end = found.last_index
    yield from _words_and_names(text[end:])


def _words_and_names(text: str) -> Iterator[Piece]:
    end = 0
    for found in _NAME.finditer(text):
        if found.start() > end:
            yield Piece(PieceKind.WORDS, text[end : found.start()])
        yield Piece(PieceKind.NAME, found.group(), found.group(1).lower())
        end = found.end()
    if end < len(text):
        yield Piece(PieceKind.WORDS, text[end:])


@lru_cache(maxsize=1)
def _finder() -> LinkifyIt:
    """`https://…`, `http://…`, and bare names such as `example.org`; no e-mail, no other scheme."""
    finder = LinkifyIt(options={"fuzzy_link": True, "fuzzy_email": False, "fuzzy_ip": False})
    for scheme in ("ftp:", "mailto:", "//"):
        finder.add(scheme, None)
    return finder
