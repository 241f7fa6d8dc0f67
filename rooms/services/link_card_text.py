"""Text in pictures: which of our fonts has the letters, and where lines break.

Bidirectional text and joined letters are laid out by Raqm, which Pillow brings; it takes FriBiDi from the system.
Where there is none, text that needs it is not drawn at all.
"""

from functools import lru_cache
from pathlib import Path
from unicodedata import name as name_of

from PIL import ImageFont, features

FONTS = Path(__file__).parent.parent / "fonts" / "@expo-google-fonts"
#: First word of the Unicode names of a script's letters → the font that has them. Each has Latin as well.
_BY_SCRIPT = {
    "ARABIC": "noto-sans-arabic/NotoSansArabic_600SemiBold.ttf",
    "BENGALI": "noto-sans-bengali/NotoSansBengali_600SemiBold.ttf",
    "HEBREW": "noto-sans-hebrew/NotoSansHebrew_600SemiBold.ttf",
    "TAMIL": "noto-sans-tamil/NotoSansTamil_600SemiBold.ttf",
    "THAI": "noto-sans-thai/NotoSansThai_600SemiBold.ttf",
}
#: Latin, Greek, Cyrillic, Devanagari.
_MAIN = "noto-sans/NotoSans_600SemiBold.ttf"
#: Scripts whose letters are joined, moved or written from the right: without Raqm they would be wrong.
_LAID_OUT = {*_BY_SCRIPT, "DEVANAGARI"}
_RIGHT_TO_LEFT = ("ARABIC", "HEBREW")
#: A code point that no font has: what is drawn for it is what is drawn for all that are missing.
_MISSING = "\uffff"
_ELLIPSIS = "…"


def font_for(text: str, size: int) -> ImageFont.FreeTypeFont:
    """The font of the first script in `text` that has one of its own, else the main one."""
    return _font(_file_for(text), size)


def is_right_to_left(text: str) -> bool:
    """Whether the first letter of `text` is of a script that is written from the right."""
    first = next((letter for letter in text if letter.isalpha()), "")
    return _script(first) in _RIGHT_TO_LEFT


def drawable(text: str) -> str:
    """`text` without what its font does not have, such as emoji; empty where hardly anything is left of it."""
    if not _lays_out() and _LAID_OUT.intersection(map(_script, text)):
        return ""
    file = _file_for(text)
    kept = "".join(letter for letter in text if letter.isspace() or _has(file, letter))
    letters, drawn = (sum(map(str.isalnum, one)) for one in (text, kept))
    return " ".join(kept.split()) if drawn * 2 >= letters and kept.strip() else ""


def lines_of(text: str, *, size: int, width: float, most: int) -> list[str] | None:
    """`text` in lines of at most `width` pixels, broken between words; None where `most` are not enough."""
    font = font_for(text, size)
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    fits = len(lines) <= most and all(font.getlength(line) <= width for line in lines)
    return lines if fits else None


def shortened(text: str, *, size: int, width: float) -> str:
    """As much of `text` as fits into one line, or nothing."""
    font = font_for(text, size)
    if font.getlength(text) <= width:
        return text
    end = len(text)
    while end and font.getlength(text[:end].rstrip() + _ELLIPSIS) > width:
        end -= 1
    return text[:end].rstrip() + _ELLIPSIS if end else ""


def broken(text: str, *, size: int, width: float, most: int) -> list[str]:
    """`text` in `most` lines at most, broken inside of words that are too long; an ellipsis for the rest."""
    font, lines = font_for(text, size), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if font.getlength(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], shortened(" ".join(lines[most - 1 :]), size=size, width=width)]


def _lays_out() -> bool:
    return bool(features.check_feature("raqm"))  # type: ignore[no-untyped-call]


def _file_for(text: str) -> str:
    return next((_BY_SCRIPT[script] for script in map(_script, text) if script in _BY_SCRIPT), _MAIN)


def _script(letter: str) -> str:
    return name_of(letter, "").partition(" ")[0] if letter else ""


@lru_cache(maxsize=64)
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / file), size)


@lru_cache(maxsize=4096)
def _has(file: str, letter: str) -> bool:
    font = _font(file, 32)
    return bytes(font.getmask(letter)) != bytes(font.getmask(_MISSING))
