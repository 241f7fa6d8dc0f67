"""The face that everybody has until they upload a picture: drawn from the account id alone.

One of 12 colour pairs, a third colour for the face, tilt, offset, eyes, mouth, round or squarish head.
No letter, no gender, no skin colour. The same id always gives the same bytes.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

_PAIRS = (
    ("#C4B5FD", "#6D28D9"),
    ("#99F6E4", "#0F766E"),
    ("#A5F3FC", "#0E7490"),
    ("#BAE6FD", "#0369A1"),
    ("#BBF7D0", "#15803D"),
    ("#C7D2FE", "#4338CA"),
    ("#E9D5FF", "#9333EA"),
    ("#FBCFE8", "#C026D3"),
    ("#FDE68A", "#D97706"),
    ("#FECACA", "#B45309"),
    ("#FECDD3", "#E11D48"),
    ("#FED7AA", "#EA580C"),
)
_LINE = 'fill="none" stroke="#1B1525" stroke-width="2.6" stroke-linecap="round"'
_MOUTHS = (
    f'<path d="M-5 10q5 4 10 0" {_LINE}/>',
    f'<path d="M-7 9q7 7 14 0" {_LINE}/>',
    '<path d="M-6 9a6 6 0 0 0 12 0z" fill="#1B1525"/>',
)


@dataclass(frozen=True, slots=True)
class Face:
    """What a face is made of, in units of 80 × 80: colours, and where head, eyes and mouth are."""

    light: str
    deep: str
    colour: str
    gradient_tilt: int
    shine_x: int
    x: int
    y: int
    tilt: int
    roundness: int
    eyes_apart: int
    eyes_height: int
    is_laughing: bool
    mouth: int


def face_of(*, person_id: UUID) -> Face:
    """The face of an account id."""
    dice = _Dice(person_id)
    first = dice.below(len(_PAIRS))
    light, deep = _PAIRS[first]
    return Face(
        light=light,
        deep=deep,
        # Never the background's own pair: the face must stand out.
        colour=_PAIRS[(first + 1 + dice.below(len(_PAIRS) - 1)) % len(_PAIRS)][0],
        gradient_tilt=dice.below(90),
        shine_x=(18, 62)[dice.below(2)],
        x=33 + dice.below(15),
        y=46 + dice.below(9),
        tilt=dice.below(25) - 12,
        roundness=(26, 26, 17)[dice.below(3)],
        eyes_apart=9 + dice.below(4),
        eyes_height=-2 - dice.below(4),
        is_laughing=dice.below(3) == 0,
        mouth=dice.below(len(_MOUTHS)),
    )


def draw_avatar(*, person_id: UUID) -> str:
    """An SVG document of 80 × 80 units, about 1 kB."""
    face = face_of(person_id=person_id)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80" width="80" height="80"><defs>'
        f'<linearGradient id="g" gradientTransform="rotate({face.gradient_tilt} .5 .5)">'
        f'<stop stop-color="{face.light}"/><stop offset="1" stop-color="{face.deep}"/></linearGradient>'
        '<linearGradient id="f" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#fff" stop-opacity=".96"/>'
        f'<stop offset="1" stop-color="{face.colour}"/></linearGradient></defs>'
        '<rect width="80" height="80" fill="url(#g)"/>'
        f'<circle cx="{face.shine_x}" cy="14" r="20" fill="#fff" opacity=".16"/>'
        f'<g transform="translate({face.x} {face.y}) rotate({face.tilt})">'
        f'<rect x="-26" y="-26" width="52" height="62" rx="{face.roundness}" fill="url(#f)"/>'
        f"{_eyes(face)}{_MOUTHS[face.mouth]}</g></svg>"
    )


def _eyes(face: Face) -> str:
    apart, height = face.eyes_apart, face.eyes_height
    if face.is_laughing:
        return f'<path d="M{-apart - 3} {height}q3 -4 6 0M{apart - 3} {height}q3 -4 6 0" {_LINE}/>'
    return "".join(f'<circle cx="{x}" cy="{height}" r="2.6" fill="#1B1525"/>' for x in (-apart, apart))


class _Dice:
    """Numbers that depend on nothing but the id."""

    def __init__(self, person_id: UUID) -> None:
        self._left = int.from_bytes(hashlib.sha256(b"avatar" + person_id.bytes).digest(), "big")

    def below(self, sides: int) -> int:
        self._left, rolled = divmod(self._left, sides)
        return rolled
