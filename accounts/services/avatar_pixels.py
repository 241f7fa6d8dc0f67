"""Faces as pixels, for pictures that we draw ourselves: the uploaded one, else the same that `avatar_drawing` draws."""

import math
from collections.abc import Iterable

import structlog
from PIL import Image, ImageDraw

from accounts.models import User
from accounts.services.avatar_drawing import Face, face_of

log = structlog.get_logger(__name__)

#: Pixels of one unit of the drawing while it is drawn; it is made smaller then, which smooths its edges.
_FINE = 4
_UNITS = 80
_SIDE = _UNITS * _FINE
_INK = "#1B1525"
_STROKE = round(2.6 * _FINE)
#: Pixels of a colour gradient before it is stretched.
_COARSE = 32

Point = tuple[float, float]


def face_picture(*, person: User, side: int) -> Image.Image:
    """The person's face in a circle, `side` pixels wide, transparent round it."""
    square = _uploaded(person) or _drawn(face_of(person_id=person.pk))
    picture = square.convert("RGB").resize((side, side), Image.Resampling.LANCZOS).convert("RGBA")
    circle = Image.new("L", (side * _FINE, side * _FINE), 0)
    ImageDraw.Draw(circle).ellipse((0, 0, side * _FINE - 1, side * _FINE - 1), fill=255)
    picture.putalpha(circle.resize((side, side), Image.Resampling.LANCZOS))
    return picture


def _uploaded(person: User) -> Image.Image | None:
    if not person.avatar.name:
        return None
    try:
        # Ours by now: re-encoded when it was uploaded.
        with person.avatar.open("rb") as file, Image.open(file) as picture:
            picture.load()
            return picture
    except FileNotFoundError:
        log.warning("avatar_lost", person=str(person.pk), name=person.avatar.name)
        return None


def _drawn(face: Face) -> Image.Image:
    ground = _gradient(face.light, face.deep, face.gradient_tilt)
    shine = Image.new("L", ground.size, 0)
    ImageDraw.Draw(shine).ellipse(_box(face.shine_x, 14, 20), fill=round(0.16 * 255))
    ground.paste((255, 255, 255), mask=shine)
    head = _head(face).rotate(-face.tilt, Image.Resampling.BICUBIC)
    offset = ((face.x - _UNITS // 2) * _FINE, (face.y - _UNITS // 2) * _FINE)
    ground.paste(head, offset, head)
    return ground


def _head(face: Face) -> Image.Image:
    """Head, eyes and mouth round the middle of a picture of their own, upright."""
    head = Image.new("RGBA", (_SIDE, _SIDE))
    shape = Image.new("L", head.size, 0)
    box = (*_at(-26, -26), *_at(26, 36))
    ImageDraw.Draw(shape).rounded_rectangle(box, radius=face.roundness * _FINE, fill=round(0.98 * 255))
    head.paste(_gradient("#fff", face.colour, 90), mask=shape)
    pen = ImageDraw.Draw(head)
    for x in (-face.eyes_apart, face.eyes_apart):
        if face.is_laughing:
            _stroke(pen, _curve((x - 3, face.eyes_height), (x, face.eyes_height - 4), (x + 3, face.eyes_height)))
        else:
            pen.ellipse(_box(x, face.eyes_height, 2.6, middle=True), fill=_INK)
    if face.mouth == 0:
        _stroke(pen, _curve((-5, 10), (0, 14), (5, 10)))
    elif face.mouth == 1:
        _stroke(pen, _curve((-7, 9), (0, 16), (7, 9)))
    else:
        pen.pieslice(_box(0, 9, 6, middle=True), 0, 180, fill=_INK)
    return head


def _gradient(first: str, last: str, degrees: int) -> Image.Image:
    """From one colour to the other across the square, along a line that is turned round its middle."""
    across, down = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    steps = [(index + 0.5) / _COARSE - 0.5 for index in range(_COARSE)]
    part = Image.new("L", (_COARSE, _COARSE))
    part.putdata([round(255 * min(1, max(0, x * across + y * down + 0.5))) for y in steps for x in steps])
    size = (_SIDE, _SIDE)
    part = part.resize(size, Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", size, last), Image.new("RGB", size, first), part)


def _curve(start: Point, control: Point, end: Point) -> list[Point]:
    """A quadratic Bézier curve as points of the head's picture."""
    points = []
    for step in range(13):
        t = step / 12
        weights = ((1 - t) ** 2, 2 * t * (1 - t), t**2)
        x, y = (sum(w * p[axis] for w, p in zip(weights, (start, control, end), strict=True)) for axis in (0, 1))
        points.append(_at(x, y))
    return points


def _stroke(pen: ImageDraw.ImageDraw, points: Iterable[Point]) -> None:
    line = list(points)
    pen.line(line, fill=_INK, width=_STROKE, joint="curve")
    for x, y in (line[0], line[-1]):
        pen.ellipse((x - _STROKE / 2, y - _STROKE / 2, x + _STROKE / 2, y + _STROKE / 2), fill=_INK)


def _at(x: float, y: float) -> Point:
    """A point of the head, counted from its middle."""
    return (x + _UNITS / 2) * _FINE, (y + _UNITS / 2) * _FINE


def _box(x: float, y: float, radius: float, *, middle: bool = False) -> tuple[Point, Point]:
    left, top = _at(x, y) if middle else (x * _FINE, y * _FINE)
    reach = radius * _FINE
    return (left - reach, top - reach), (left + reach, top + reach)
