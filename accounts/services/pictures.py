"""Uploaded pictures: checked before they are decoded, re-encoded, stripped of everything but pixels."""

import io
import struct

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from spaces_site.errors import DomainError, Kind

MAX_BYTES = 5 * 1024 * 1024
MAX_SIDE = 4096
SIDE = 512
_FORMATS = ("JPEG", "PNG", "WEBP")
_MOST_SCANS = 64


class PictureTooBig(DomainError):
    """More bytes or pixels than we take."""

    kind = Kind.INVALID
    code = "picture_too_big"
    text = _("This picture is too big. Choose one of at most 5 MiB and 4096 pixels a side.")


class NotAPicture(DomainError):
    """Another kind of file, or a damaged one."""

    kind = Kind.INVALID
    code = "not_a_picture"
    text = _("We cannot read this file as a picture. Choose a JPEG, PNG or WebP file.")


def square_picture(*, data: bytes) -> bytes:
    """The middle square of a JPEG, PNG or WebP file as WebP of 512 × 512 pixels, without metadata.

    Width and height are read from the header and checked before any pixel is decoded.
    Raises PictureTooBig, NotAPicture.
    """
    if len(data) > MAX_BYTES:
        raise PictureTooBig(field="avatar")
    _check_webp_canvas(data)
    # A progressive JPEG is decoded once more for each scan; cameras write about ten, an attacker thousands.
    if data[:2] == b"\xff\xd8" and data.count(b"\xff\xda") > _MOST_SCANS:
        raise NotAPicture(field="avatar")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if max(picture.size) > MAX_SIDE:
                raise PictureTooBig(field="avatar")
            return _re_encode(picture)
    except (DomainError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise PictureTooBig(field="avatar") from error
    except Exception as error:
        # Decoders of damaged files raise nearly anything: OSError, SyntaxError, struct.error, KeyError,
        # ValueError, ZeroDivisionError.
        raise NotAPicture(field="avatar") from error


def _re_encode(picture: Image.Image) -> bytes:
    picture.draft("RGB", (SIDE, SIDE))
    upright = ImageOps.exif_transpose(picture)
    mode = "RGBA" if upright.has_transparency_data else "RGB"
    square = ImageOps.fit(upright.convert(mode), (SIDE, SIDE), Image.Resampling.LANCZOS)
    # A new image takes the pixels alone: no EXIF, no colour profile, no comment, nothing appended to the file.
    clean = Image.new(mode, (SIDE, SIDE))
    clean.paste(square)
    out = io.BytesIO()
    clean.save(out, "WEBP", quality=86, method=4)
    return out.getvalue()


def _check_webp_canvas(data: bytes) -> None:
    """Refuse a large WebP canvas by its header: Pillow's decoder reserves the canvas when it opens the file."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise NotAPicture(field="avatar")
    if kind == b"VP8X":
        width = 1 + int.from_bytes(body[4:7], "little")
        height = 1 + int.from_bytes(body[7:10], "little")
    elif kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", body[6:10]))
    else:
        raise NotAPicture(field="avatar")
    if max(width, height) > MAX_SIDE:
        raise PictureTooBig(field="avatar")
