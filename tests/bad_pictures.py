"""Files that are sent as photos: some are none, some are too much, one tells where its maker stood."""

import io
import struct
import zlib

from PIL import Image

GPS = {1: "N", 2: (32.0, 58.0, 30.0), 3: "E", 4: (107.0, 46.0, 12.0)}
MAKER, SERIAL = "Somebodys Phone", "SERIAL-4711"


def named(data, name="photo.jpg"):
    """Bytes as a file that a form can carry."""
    out = io.BytesIO(data)
    out.name, out.size = name, len(data)
    return out


def png_that_claims(width, height):
    """A PNG of a hundred bytes whose header promises a large picture."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return named(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b""),
        "bomb.png",
    )


def picture(format="JPEG", size=(320, 240), mode="RGB", **save):
    """A picture with some detail, so that half of its bytes are not all of it."""
    out = io.BytesIO()
    image = Image.effect_noise(size, 60).convert(mode)
    image.save(out, format, **save)
    return named(out.getvalue(), f"photo.{format.lower()}")


def half_of(file):
    """The first half of a file: a transfer that broke off."""
    data = file.getvalue()
    return named(data[: len(data) // 2])


def snapshot_with_position(orientation=1, size=(320, 240)):
    """A JPEG as a phone makes it: maker, serial number, position, a comment and a rotation flag."""
    exif = Image.Exif()
    exif[0x010F], exif[0xA431], exif[0x0112] = MAKER, SERIAL, orientation
    exif.get_ifd(0x8825).update(GPS)
    return picture(size=size, exif=exif, comment=b"made by somebody")
