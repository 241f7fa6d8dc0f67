"""Texts in pieces: what becomes a link or a name, and that nothing is lost on the way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaces_site.boundary.linked_text import SCHEMES, PieceKind, links, names, pieces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://example.org/a?b=1#c.", ["https://example.org/a?b=1#c"]),
        ("(http://example.org/wiki/A_(b))", ["http://example.org/wiki/A_(b)"]),
        ("example.org and www.example.org", ["https://example.org", "https://www.example.org"]),
        ("https://user:pw@example.org/", ["https://user:pw@example.org/"]),
        ("write to ana@example.org", []),
        ("javascript:alert(1) ftp://example.org //example.org mailto:a@example.org data:text/html,x", []),
        ("JAVASCRIPT://example.org/%0aalert(1)", []),
        ("192.168.0.1 and 3.14", []),
    ],
)
def test_only_addresses_of_the_web_are_links(text: str, found: list[str]) -> None:
    assert links(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@ana, @Bo and @ana again", ["ana", "bo"]),
        ("(@ana)", ["ana"]),
        ("ana@example.org, https://example.org/@ana and a/@ana", []),
        ("@@ana @a @" + "x" * 31, []),
    ],
)
def test_names_are_told_from_addresses(text: str, found: list[str]) -> None:
    assert names(text) == found


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(max_size=120) | st.lists(st.sampled_from(["@ana", " ", "https://a.org", "<b>", "é", "\n"])).map("".join))
def test_the_pieces_are_the_text_and_links_are_of_the_web(text: str) -> None:
    cut = pieces(text)
    assert "".join(piece.text for piece in cut) == text
    for piece in cut:
        if piece.kind is PieceKind.LINK:
            assert piece.target.partition(":")[0].lower() in SCHEMES
