"""Addresses as pictures that a phone can read."""

import io

import segno

CONTENT_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
#: Modules of white round it, as ISO 18004 asks for, and pixels of one module.
_BORDER, _SCALE = 4, 8
_DARK, _LIGHT = "#1b1525", "#fff"


def picture(*, url: str, kind: str) -> bytes:
    """A QR code of `url`; `kind` is svg or png."""
    out = io.BytesIO()
    code = segno.make(url, micro=False, error="m")
    # Without a size of its own a drawing takes the one that the page gives it.
    size = {"omitsize": True} if kind == "svg" else {"scale": _SCALE}
    code.save(out, kind=kind, border=_BORDER, dark=_DARK, light=_LIGHT, **size)
    return out.getvalue()
