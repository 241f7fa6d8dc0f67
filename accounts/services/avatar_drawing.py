"""The face that everybody has until they upload a picture: drawn from the account id alone.

One of 12 colour pairs, a third colour for the face, tilt, offset, eyes, mouth, round or squarish head.
No letter, no gender, no skin colour. The same id always gives the same bytes.
"""

import hashlib
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


def draw_avatar(*, person_id: UUID) -> str:
    """An SVG document of 80 × 80 units, about 1 kB."""
    dice = _Dice(person_id)
    first = dice.below(len(_PAIRS))
    light, deep = _PAIRS[first]
    # Never the background's own pair: the face must stand out.
    face = _PAIRS[(first + 1 + dice.below(len(_PAIRS) - 1)) % len(_PAIRS)][0]
    gradient_tilt, shine_x = dice.below(90), (18, 62)[dice.below(2)]
    x, y, tilt = 33 + dice.below(15), 46 + dice.below(9), dice.below(25) - 12
    roundness = (26, 26, 17)[dice.below(3)]
    eyes = _eyes(apart=9 + dice.below(4), height=-2 - dice.below(4), laughing=dice.below(3) == 0)
    mouth = _MOUTHS[dice.below(len(_MOUTHS))]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80" width="80" height="80"><defs>'
        f'<linearGradient id="g" gradientTransform="rotate({gradient_tilt} .5 .5)">'
        f'<stop stop-color="{light}"/><stop offset="1" stop-color="{deep}"/></linearGradient>'
        '<linearGradient id="f" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#fff" stop-opacity=".96"/>'
        f'<stop offset="1" stop-color="{face}"/></linearGradient></defs>'
        '<rect width="80" height="80" fill="url(#g)"/>'
        f'<circle cx="{shine_x}" cy="14" r="20" fill="#fff" opacity=".16"/>'
        f'<g transform="translate({x} {y}) rotate({tilt})">'
        f'<rect x="-26" y="-26" width="52" height="62" rx="{roundness}" fill="url(#f)"/>{eyes}{mouth}</g></svg>'
    )


def _eyes(*, apart: int, height: int, laughing: bool) -> str:
    if laughing:
        return f'<path d="M{-apart - 3} {height}q3 -4 6 0M{apart - 3} {height}q3 -4 6 0" {_LINE}/>'
    return "".join(f'<circle cx="{x}" cy="{height}" r="2.6" fill="#1B1525"/>' for x in (-apart, apart))


class _Dice:
    """Numbers that depend on nothing but the id."""

    def __init__(self, person_id: UUID) -> None:
        self._left = int.from_bytes(hashlib.sha256(b"avatar" + person_id.bytes).digest(), "big")

    def below(self, sides: int) -> int:
        self._left, rolled = divmod(self._left, sides)
        return rolled
