"""Text typed by people, made safe to show beside other text.

Control and direction characters could hide or reorder what stands around them, and long stacks of
accents cover the lines above; both are taken out. Markup stays as it is: templates escape it.
"""

import unicodedata

#: Joiners that real scripts and emoji need; all other format characters go.
_KEPT_FORMAT = {"\u200c", "\u200d"}
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
_LONGEST_STACK = 4
#: Characters of what is searched for; nobody types more.
LONGEST_QUERY = 80


def plain_line(text: str) -> str:
    """One line: composed (NFC), no control or direction characters, single spaces."""
    return " ".join(_visible(text).split())


def plain_paragraphs(text: str) -> str:
    """Several lines: as `plain_line`, but line breaks stay, at most two in a row."""
    lines = [" ".join(line.split()) for line in _visible(text).split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


#: Letters that NFKD leaves whole.
_PLAIN_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"})


def folded(text: str) -> str:
    """For comparing, without accents and capitals: `Élan vital` → `elan vital` (NFKD, marks taken out)."""
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(mark))
    return " ".join(bare.translate(_PLAIN_LETTERS).split())


def says_something(text: str) -> bool:
    """Whether at least one letter, digit, mark of punctuation or symbol is there."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def _visible(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    kept: list[str] = []
    stack = 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category in {"Mn", "Me"}:
            stack += 1
            if stack > _LONGEST_STACK:
                continue
        else:
            stack = 0
        if category == "Cc":
            kept.append("\n" if character == "\n" else " " if character == "\t" else "")
        elif category not in _DROPPED or character in _KEPT_FORMAT:
            kept.append(character)
    return "".join(kept)
