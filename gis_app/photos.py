"""Pictures: decoded, checked and drawn anew, so that nothing of the sender's phone remains in them."""

import hashlib
import io
import math

import pillow_heif
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from gis_app.errors import BadPhoto
from gis_app.models import Photo

pillow_heif.register_heif_opener()
GPS, LAT, LON = 0x8825, (1, 2, ("N", "S"), 90), (3, 4, ("E", "W"), 180)  # EXIF: the block; tags of ref and value, refs, edge
FORMATS = {"JPEG", "PNG", "WEBP", "HEIF"}
MAX_PIXELS, MAX_BYTES, MAX_PHOTOS, LONG_SIDE = 40_000_000, 20 * 1024 * 1024, 6, 2048


def redraw(upload):
    """JPEG bytes and (width, height) of an uploaded file's pixels alone. Raises BadPhoto."""
    if upload.size > MAX_BYTES:
        raise BadPhoto(why=_("一张最多 20 MB。"))
    try:
        image = Image.open(upload)
        if image.format not in FORMATS:
            raise BadPhoto(why=_("这种格式不收。"))
        if image.width * image.height > MAX_PIXELS:  # from the header, before anything is decoded
            raise BadPhoto(why=_("照片有 %d 万像素，最多 4000 万。") % (image.width * image.height // 10_000))
        image.draft("RGB", (LONG_SIDE, LONG_SIDE))
        image = ImageOps.exif_transpose(image).convert("RGB")
        image.thumbnail((LONG_SIDE, LONG_SIDE))
        fresh = Image.new("RGB", image.size)
        fresh.paste(image)
        out = io.BytesIO()
        fresh.save(out, "JPEG", quality=82, optimize=True)
    except BadPhoto:
        raise
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error, DecompressionBombError …
        raise BadPhoto(why=_("打不开，可能没有传完，或者不是照片。")) from error
    return out.getvalue(), fresh.size


def taken_at(upload):
    """(lon, lat) where a photo says it was taken, in degrees, WGS84 by the EXIF standard; None when it says nothing usable.

    upload: a file that redraw() has read; left as it was found. Some phones write GCJ-02 here, and nothing in the file tells.
    """
    try:
        upload.seek(0)
        told = Image.open(upload).getexif().get_ifd(GPS)
        lat, lon = _degrees(told, *LAT), _degrees(told, *LON)
    except Exception:  # a damaged block is no position; decoders raise whatever they like
        return None
    finally:
        upload.seek(0)
    return None if (lon, lat) == (0, 0) else (lon, lat)  # what a phone without a fix writes


def _degrees(told, ref, value, refs, edge):
    """One half of a position. Raises ValueError, KeyError, TypeError for what is none."""
    side = told[ref].decode() if isinstance(told[ref], bytes) else told[ref]
    side = refs.index(side.rstrip("\0 "))  # ValueError: neither N nor S
    degrees, minutes, seconds = map(float, told[value])  # a denominator of zero makes NaN
    angle = degrees + minutes / 60 + seconds / 3600
    if not (0 <= minutes <= 60 and 0 <= seconds <= 60 and 0 <= angle <= edge and math.isfinite(angle)):
        raise ValueError(angle)
    return -angle if side else angle


def prepare(uploads):
    """[(bytes, size)] of every upload; all are read before anything is written. Raises BadPhoto."""
    if len(uploads) > MAX_PHOTOS:
        raise BadPhoto(why=_("一次最多 %d 张。") % MAX_PHOTOS)
    return [redraw(upload) for upload in uploads]


def rows(prepared, kind, **owner):
    """Store prepared pictures as files and build their rows for a report or an event (owner: report=… or event=…)."""
    built = []
    for data, (width, height) in prepared:
        digest = hashlib.sha256(data).hexdigest()
        name = f"{digest[:2]}/{digest[2:4]}/{digest}.jpg"
        if not default_storage.exists(name):
            name = default_storage.save(name, ContentFile(data))
        built.append(Photo(kind=kind, file=name, digest=digest, width=width, height=height, **owner))
    return built


def keep(prepared, kind, **owner):
    """Store prepared pictures, files and rows."""
    return Photo.objects.bulk_create(rows(prepared, kind, **owner)) if prepared else []
