"""Draws the picture of a room that link previews show: 1200 × 630 pixels, in the colours of the night."""

import io
from functools import lru_cache
from threading import BoundedSemaphore, Lock

import structlog
from django.core.cache import caches
from PIL import Image, ImageDraw
from prometheus_client import Counter
from redis import RedisError

from accounts.models import User
from accounts.services.avatar_pixels import face_picture
from rooms.queries.link_cards import LinkCard
from rooms.services import link_card_text as letters
from rooms.services import pace
from spaces_site.boundary.silence import Silence

log = structlog.get_logger(__name__)

UNANSWERED = Counter("spaces_link_cards_unanswered_total", "Times that the broker did not keep or give a drawn picture")

WIDTH, HEIGHT = 1200, 630
#: Seconds for which a drawn picture is kept; whoever has fetched it may keep it for a day.
KEPT = 600
_MARGIN = 72
_NIGHT, _NIGHT_2, _SOFT = "#160f26", "#3b1a7a", "#d3c9e6"
_BRAND, _RING = "#6d28d9", "#a78bfa"
_TITLE_SIZES, _TITLE_LINES = (80, 68, 56), 3
_FACE = 104
#: Who may be here at one time: one draws, the others wait for a fraction of a second.
_IN_LINE = 3
_line, _pen = BoundedSemaphore(_IN_LINE), Lock()
silence = Silence()


def png(*, card: LinkCard) -> bytes:
    """The picture; drawn once in a while, by all together only so often. Raises SlowDown."""
    key = f"link-card:{card.version}"
    kept = caches["pictures"].get(key) or _from_broker(key)
    if kept is None:
        pace.check(pace.CARDS, "")
        pace.check(pace.ALL_CARDS, "everybody", came_from=pace.NOWHERE)
        kept = _drawn_in_turn(key, card)
        _to_broker(key, kept)
    return bytes(kept)


def _drawn_in_turn(key: str, card: LinkCard) -> bytes:
    """One at a time, and few wait: without a broker nothing else holds back who asks for many pictures."""
    if not _line.acquire(blocking=False):
        raise pace.SlowDown(retry_after=1.0)
    try:
        with _pen:
            # Whoever was before us may have drawn it.
            kept = caches["pictures"].get(key)
            if kept is None:
                kept = _drawn(card)
                caches["pictures"].set(key, kept, KEPT)
            return bytes(kept)
    finally:
        _line.release()


def _from_broker(key: str) -> bytes | None:
    """What another process has drawn."""
    if silence.lasts:
        return None
    try:
        kept: bytes | None = caches["default"].get(key)
    except RedisError as error:
        _unanswered(error)
        return None
    if kept is not None:
        caches["pictures"].set(key, kept, KEPT)
    return kept


def _to_broker(key: str, picture: bytes) -> None:
    if silence.lasts:
        return
    try:
        caches["default"].set(key, picture, KEPT)
    except RedisError as error:
        _unanswered(error)


def _unanswered(error: RedisError) -> None:
    """Each process draws for itself then."""
    silence.begin()
    UNANSWERED.inc()
    log.warning("link_card_cache_silent", error=str(error))


def _drawn(card: LinkCard) -> bytes:
    picture = _ground().copy()
    pen = ImageDraw.Draw(picture)
    if card.state:
        _state(pen, card)
    _title(pen, letters.drawable(card.title) or card.plain_title)
    _people(picture, pen, card)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=False, compress_level=6)
    return out.getvalue()


@lru_cache(maxsize=1)
def _ground() -> Image.Image:
    """What all cards have: night, ripples of sound, and the name."""
    glow = Image.radial_gradient("L").resize((2 * WIDTH, 3 * HEIGHT), Image.Resampling.BICUBIC)
    # The light comes from the upper right.
    left, top = WIDTH - round(0.85 * WIDTH), round(1.5 * HEIGHT)
    part = glow.crop((left, top, left + WIDTH, top + HEIGHT))
    night = Image.composite(Image.new("RGB", part.size, _NIGHT), Image.new("RGB", part.size, _NIGHT_2), part)
    ripples = Image.new("L", part.size, 0)
    pen = ImageDraw.Draw(ripples)
    for radius in range(120, 900, 84):
        x, y = round(0.86 * WIDTH), round(0.32 * HEIGHT)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=18, width=3)
    night.paste((196, 181, 253), mask=ripples)
    pen = ImageDraw.Draw(night)
    pen.rounded_rectangle((_MARGIN, 60, _MARGIN + 56, 116), radius=14, fill=_BRAND)
    pen.ellipse((_MARGIN + 22, 82, _MARGIN + 34, 94), fill="white")
    pen.arc((_MARGIN + 12, 72, _MARGIN + 44, 104), 270, 210, fill="white", width=4)
    pen.text((_MARGIN + 76, 88), "Spaces", font=letters.font_for("", 40), fill="white", anchor="lm")
    return night


def _state(pen: ImageDraw.ImageDraw, card: LinkCard) -> None:
    """Upper right: a pill, lit where the room is live."""
    font = letters.font_for(card.state, 34)
    bars = 40 if card.is_live else 0
    right, width = WIDTH - _MARGIN, font.getlength(card.state) + bars + 56
    pen.rounded_rectangle((right - width, 60, right, 116), radius=28, fill=_BRAND if card.is_live else "#2a1f45")
    for index, high in enumerate((10, 18, 13) if card.is_live else ()):
        x = right - width + 26 + index * 11
        pen.rounded_rectangle((x, 88 - high, x + 6, 88 + high), radius=3, fill="white")
    pen.text((right - 28, 88), card.state, font=font, fill="white", anchor="rm")


def _title(pen: ImageDraw.ImageDraw, title: str) -> None:
    room, lines, size = WIDTH - 2 * _MARGIN, None, _TITLE_SIZES[-1]
    for size in _TITLE_SIZES:
        if lines := letters.lines_of(title, size=size, width=room, most=_TITLE_LINES):
            break
    lines = lines or letters.broken(title, size=size, width=room, most=_TITLE_LINES)
    height = round(size * 1.24)
    from_right = letters.is_right_to_left(title)
    x, anchor = (WIDTH - _MARGIN, "rm") if from_right else (_MARGIN, "lm")
    first = 300 - height * (len(lines) - 1) / 2
    for index, line in enumerate(lines):
        font = letters.font_for(title, size)
        pen.text((x, first + index * height), line, font=font, fill="white", anchor=anchor)


def _people(picture: Image.Image, pen: ImageDraw.ImageDraw, card: LinkCard) -> None:
    """Below: faces that overlap a little, then names."""
    people = User.objects.in_bulk(card.faces)
    x, y = _MARGIN, HEIGHT - 60 - _FACE
    by_id = {str(key): person for key, person in people.items()}
    for face in filter(None, map(by_id.get, card.faces)):
        pen.ellipse((x - 6, y - 6, x + _FACE + 6, y + _FACE + 6), fill=_RING if card.is_live else _NIGHT)
        drawn = face_picture(person=face, side=_FACE)
        picture.paste(drawn, (x, y), drawn)
        x += _FACE - 16
    x += 40 if card.faces else 0
    names = list(filter(None, map(letters.drawable, card.names)))
    words = [name + ("," if index < len(names) - 1 else "") for index, name in enumerate(names)]
    for word in [*words, *filter(None, [card.more])]:
        left = WIDTH - _MARGIN - x
        shown = letters.shortened(word, size=36, width=left)
        font = letters.font_for(shown, 36)
        pen.text((x, y + _FACE / 2), shown, font=font, fill=_SOFT, anchor="lm")
        x += round(font.getlength(shown)) + 12
        if shown != word:
            break
