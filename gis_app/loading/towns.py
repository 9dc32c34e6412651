"""Town outlines: a file becomes an edition; it is activated in the same transaction when it is sound."""

import hashlib
import json
from pathlib import Path

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Point
from django.db import transaction
from django.utils.translation import gettext as _

from gis_app.errors import BadFile
from gis_app.models import Boundary, Edition, Stamp, Town
from gis_app.words import EditionKind


def features_of(path):
    """The features of a GeoJSON file in WGS84. Raises BadFile."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))["features"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadFile(file=Path(path).name, line="–", why=str(error)) from error


def outline_of(feature, path, number):
    """A feature's outline as a valid MultiPolygon. Raises BadFile."""
    try:
        shape = GEOSGeometry(json.dumps(feature["geometry"]), srid=4326)
    except (ValueError, KeyError, TypeError) as error:
        raise BadFile(file=Path(path).name, line=number, why=_("这一块图形读不出来")) from error
    if not shape.valid:
        raise BadFile(file=Path(path).name, line=number, why=shape.valid_reason)
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise BadFile(file=Path(path).name, line=number, why=_("要面，来的是 %s") % shape.geom_type)
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon(shape, srid=4326)


def load_towns(path, source="", licence="", dry_run=False):
    """Load town outlines (GeoJSON, WGS84; features with `code`) as an edition and make it the active one.

    Returns the number of towns. The same file again changes nothing. Raises BadFile; then nothing is changed.
    """
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    towns = {town.code: town for town in Town.objects.all()}
    rows = []
    for number, feature in enumerate(features_of(path), 1):
        told = feature["properties"]
        if told.get("code") not in towns:
            raise BadFile(file=Path(path).name, line=number, why=_("没有编号为 %s 的镇街") % told.get("code"))
        seat = Point(told["seat_lon"], told["seat_lat"], srid=4326) if "seat_lon" in told else None
        synthetic = bool(told.get("synthetic", False))
        rows.append(Boundary(town=towns[told["code"]], outline=outline_of(feature, path, number), seat=seat, synthetic=synthetic))
    if not dry_run:
        _activate(rows, digest, source or Path(path).name, licence)
    return len(rows)


@transaction.atomic
def _activate(rows, digest, source, licence):
    Edition.objects.filter(kind=EditionKind.TOWNS, active=True).exclude(digest=digest).update(active=False)
    given = {"source": source, "licence": licence, "active": True}
    edition, fresh = Edition.objects.update_or_create(kind=EditionKind.TOWNS, digest=digest, defaults=given)
    if fresh:
        for row in rows:
            row.edition = edition
        Boundary.objects.bulk_create(rows)
    Stamp.bump("places")
