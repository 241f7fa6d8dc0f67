"""What the addresses of the playback doors say."""

import re

from rooms.services import playback

_FILE = re.compile(r"[a-z0-9.-]{1,64}")


def check_file(name: str) -> None:
    """Raises `NoSuchSound` when no file here is called so: the name goes into a header as it is."""
    if not _FILE.fullmatch(name):
        raise playback.NoSuchSound


def position(query: bytes) -> tuple[int, int | None]:
    """Segment and part that a blocking reload asks for; other parameters are nobody's business here.

    Raises `BadPosition`.
    """
    asked = dict(pair.partition(b"=")[::2] for pair in query.split(b"&"))
    try:
        index = int(asked[b"_HLS_part"]) if b"_HLS_part" in asked else None
        return int(asked[b"_HLS_msn"]), index
    except (KeyError, ValueError):
        raise playback.BadPosition from None


def numbers(name: str, prefix: str, suffix: str, count: int) -> list[int]:
    """The numbers between prefix and suffix. Raises `NoSuchSound` when that is not a name of this form."""
    found = name.removeprefix(prefix).removesuffix(suffix).split("-")
    if len(found) != count or not name.endswith(suffix) or not all(_is_number(text) for text in found):
        raise playback.NoSuchSound
    return [int(text) for text in found]


def _is_number(text: str) -> bool:
    # Python itself refuses to read thousands of digits, by an error that nobody expects.
    return text.isdecimal() and len(text) < 20
