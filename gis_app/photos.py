"""Pictures: decoded, checked and drawn anew, so that nothing of the sender's phone remains in them."""

import hashlib
import io
import math
import os
import time
import uuid
from contextlib import suppress
from functools import partial
from pathlib import Path

import pillow_heif
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from gis_app.errors import BadPhoto
from gis_app.models import Photo

pillow_heif.register_heif_opener()
GPS, LAT, LON = 0x8825, (1, 2, ("N", "S"), 90), (3, 4, ("E", "W"), 180)  # EXIF: the block; tags of ref and value, refs, edge
FORMATS = {"JPEG", "PNG", "WEBP", "HEIF"}
MAX_PIXELS, MAX_BYTES, MAX_PHOTOS, LONG_SIDE = 40_000_000, 20 * 1024 * 1024, 6, 2048
UNFINISHED = "unfinished"  # a folder beside the pictures: those of transactions that have not ended yet, or never will
ABANDONED = 24 * 3600  # seconds after which a transaction has ended, one way or the other


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
        store(digest, data)
        built.append(Photo(kind=kind, file=name_of(digest), digest=digest, width=width, height=height, **owner))
    return built


def keep(prepared, kind, **owner):
    """Store prepared pictures, files and rows."""
    return Photo.objects.bulk_create(rows(prepared, kind, **owner)) if prepared else []


# A file cannot be part of a transaction. So each picture has two names until its transaction has ended: its own, by its
# digest, and one in the folder of the unfinished. Whoever is killed leaves the second, and sweep() looks at those alone.


def name_of(digest):
    """Where a picture stands among the stored ones. The same picture sent twice is one file."""
    return f"{digest[:2]}/{digest[2:4]}/{digest}.jpg"


def store(digest, data):
    """Write a picture, whole and on the disk when this returns; it stays when the caller's transaction succeeds."""
    final = Path(default_storage.path(name_of(digest)))
    mark = Path(default_storage.path(UNFINISHED)) / f"{digest}.{time.time_ns()}.{uuid.uuid4().hex}"
    for folder in (final.parent, mark.parent):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        os.link(final, mark)
    except FileNotFoundError:
        write(mark, data)
        stand(mark, final)
    transaction.on_commit(partial(settle, mark, final))


def write(path, data):
    """Write a file of the service's own and wait until it is on the disk."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, settings.FILE_UPLOAD_PERMISSIONS), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def stand(mark, final):
    """Give an unfinished picture its own name, unless it stands there already."""
    with suppress(FileExistsError):
        os.link(mark, final)
        folder = os.open(final.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def settle(mark, final):
    """The transaction has succeeded: only the picture's own name stays."""
    stand(mark, final)  # sweep() may have thought of it as abandoned with another try of the same picture
    mark.unlink(missing_ok=True)


def sweep(now=None):
    """Remove the pictures of transactions that never succeeded, a day after. Returns how many marks are gone."""
    before = (time.time() if now is None else now) - ABANDONED
    folder = Path(default_storage.path(UNFINISHED))
    marks = [mark for mark in folder.glob("*.*.*") if int(mark.name.split(".")[1]) < before * 1e9]
    finals = {mark: Path(default_storage.path(name_of(digest_of(mark)))) for mark in marks}
    kept = known(marks)
    for mark in marks:
        if digest_of(mark) not in kept:
            finals[mark].unlink(missing_ok=True)
    kept = known(marks)  # again: another try of the same picture may have succeeded and settled just before
    for mark, final in finals.items():
        if digest_of(mark) in kept:
            stand(mark, final)
        mark.unlink(missing_ok=True)
    return len(marks)


def digest_of(mark):
    """Which picture an unfinished file is."""
    return mark.name.split(".")[0]


def known(marks):
    """The digests of those that a row speaks of."""
    digests = {digest_of(mark) for mark in marks}
    return set(Photo.objects.filter(digest__in=digests).values_list("digest", flat=True)) if digests else set()
