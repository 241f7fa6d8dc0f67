"""Uploaded pictures: what comes out, and what never gets in."""

import io
import random
import struct
import tracemalloc
import zlib
from typing import Any

import pytest
from PIL import Image

from accounts.services import pictures
from accounts.services.pictures import MAX_BYTES, MAX_SIDE, SIDE, NotAPicture, PictureTooBig, square_picture


def encoded(file_format: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: Any) -> bytes:
    """A picture of noise, so that mutations hit entropy-coded data."""
    dice = random.Random(7)
    image = Image.frombytes("RGB", size, dice.randbytes(3 * size[0] * size[1])).convert(mode)
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


SAMPLES = {
    "jpeg": encoded("JPEG"),
    "progressive": encoded("JPEG", progressive=True),
    "cmyk": encoded("JPEG", mode="CMYK"),
    "png": encoded("PNG"),
    "palette": encoded("PNG", mode="P"),
    "grey": encoded("PNG", mode="L"),
    "alpha": encoded("PNG", mode="RGBA"),
    "webp": encoded("WEBP"),
    "lossless": encoded("WEBP", lossless=True),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_kind_becomes_a_square_webp(name: str) -> None:
    with Image.open(io.BytesIO(square_picture(data=SAMPLES[name]))) as picture:
        assert (picture.format, picture.size) == ("WEBP", (SIDE, SIDE))


def test_metadata_is_left_behind_but_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home"
    left_red = Image.new("RGB", (40, 40), "blue")
    left_red.paste("red", (0, 0, 20, 40))
    out = io.BytesIO()
    left_red.save(out, "JPEG", exif=exif, comment=b"a secret comment", quality=95)
    clean = square_picture(data=out.getvalue())
    assert b"taken at home" not in clean
    assert b"secret" not in clean
    with Image.open(io.BytesIO(clean)) as picture:
        assert not picture.getexif()
        red, _green, blue = picture.convert("RGB").getpixel((256, 40))
        assert red > 200 > blue


def test_what_is_appended_to_a_picture_is_gone() -> None:
    for tail in (b"<script>alert(1)</script>", b"PK\x03\x04" + b"x" * 50, b"%PDF-1.7"):
        assert tail not in square_picture(data=SAMPLES["png"] + tail)


@pytest.mark.parametrize("data", [
    b"", b"GIF89a" + b"x" * 40, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"BM" + b"\0" * 60,
    b"II*\0" + b"\0" * 40, b"%!PS-Adobe", b"RIFF\0\0\0\0WEBP", b"RIFF\0\0\0\0WEBPVP9 " + b"\0" * 20, b"\xff\xd8",
])  # fmt: skip
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        square_picture(data=data)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be that large, with next to no data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def webp_header(width: int, height: int) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + sides
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


@pytest.mark.parametrize("make", [png_header, webp_header])
def test_threat_21_asvs_5_2_6_huge_canvas_is_refused_before_memory_is_taken(make: object) -> None:
    tracemalloc.start()
    with pytest.raises(PictureTooBig):
        square_picture(data=make(16_000, 16_000))  # type: ignore[operator]
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


def test_the_limits_themselves() -> None:
    assert square_picture(data=encoded("JPEG", (MAX_SIDE, 8)))
    with pytest.raises(PictureTooBig):
        square_picture(data=encoded("JPEG", (MAX_SIDE + 1, 8)))
    padded = SAMPLES["png"] + b"\0" * (MAX_BYTES - len(SAMPLES["png"]))
    assert square_picture(data=padded)
    with pytest.raises(PictureTooBig):
        square_picture(data=padded + b"\0")


def test_jpeg_of_a_thousand_scans_is_refused() -> None:
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x00"
    with pytest.raises(NotAPicture):
        square_picture(data=SAMPLES["progressive"][:-2] + scan * 1000 + b"\xff\xd9")


@pytest.mark.fuzz
def test_mutated_pictures_are_read_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 seeded mutations: a WebP comes out or one of our two refusals, nothing else."""
    # Decoding is what is attacked; encoding 512 pixels a side each time would take a minute.
    monkeypatch.setattr(pictures, "SIDE", 32)
    dice = random.Random(20261122)
    refused = 0
    for number in range(2_000):
        data = bytearray(list(SAMPLES.values())[number % len(SAMPLES)])
        for _hit in range(dice.randint(1, 12)):
            place = dice.randrange(len(data)) if dice.random() < 0.5 else dice.randrange(min(64, len(data)))
            data[place] = dice.randrange(256)
        if dice.random() < 0.3:
            del data[dice.randrange(len(data)) :]
        try:
            assert square_picture(data=bytes(data))[8:12] == b"WEBP"
        except (NotAPicture, PictureTooBig):
            refused += 1
    assert 200 < refused < 2_000
