"""Town outlines: a file becomes an edition; it is activated in the same transaction when it is sound."""

import hashlib
import json
from pathlib import Path

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import transaction
from django.utils.translation import gettext as _

from gis_app.loading.tables import bad, once, point
from gis_app.models import Boundary, Edition, Stamp, Town
from gis_app.words import EditionKind

LEFT = 0.6  # of the towns in use: with fewer of them a file is not the county


def features_of(path):
    """[(number from 1, properties, feature)] of a GeoJSON file in WGS84, each code there once. Raises BadFile."""
    try:
        features = list(json.loads(Path(path).read_text(encoding="utf-8-sig"))["features"])
    except OSError as error:
        raise bad(path, error.strerror) from error
    except (ValueError, KeyError, TypeError) as error:
        raise bad(path, error) from error
    seen = set()
    for number, feature in enumerate(features, 1):
        told = feature.get("properties") if isinstance(feature, dict) else None
        if not told or "code" not in told:
            raise bad(path, _("缺一列 %s") % "code", number)
        once(path, number, seen, told["code"])
        yield number, told, feature


def outline_of(feature, path, number):
    """A feature's outline as a valid MultiPolygon. Raises BadFile."""
    try:
        shape = GEOSGeometry(json.dumps(feature["geometry"]), srid=4326)
    except (ValueError, KeyError, TypeError) as error:
        raise bad(path, _("这一块图形读不出来"), number) from error
    if not shape.valid:
        raise bad(path, shape.valid_reason, number)
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise bad(path, _("要面，来的是 %s") % shape.geom_type, number)
    west, south, east, north = shape.extent
    if max(-west, east) > 180 or max(-south, north) > 90:
        raise bad(path, _("经度要在 ±180 内，纬度要在 ±90 内。"), number)
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon(shape, srid=4326)


def load_towns(path, source="", licence="", dry_run=False):
    """Load town outlines (GeoJSON, WGS84; features with `code`) as an edition and make it the active one.

    Returns the number of towns. The same file again changes nothing. Raises BadFile, also when too few of the towns in use
    are left; then nothing is changed.
    """
    towns, rows = {town.code: town for town in Town.objects.all()}, []
    for number, told, feature in features_of(path):
        if told["code"] not in towns:
            raise bad(path, _("没有编号为 %s 的镇街") % told["code"], number)
        synthetic, seat = bool(told.get("synthetic", False)), seat_of(told, path, number)
        rows.append(Boundary(town=towns[told["code"]], outline=outline_of(feature, path, number), seat=seat, synthetic=synthetic))
    before = Boundary.objects.filter(edition__kind=EditionKind.TOWNS, edition__active=True).count()
    if len(rows) < max(LEFT * before, 1):
        raise bad(path, _("现在有 %(before)d 个镇街，这里只有 %(now)d 个") % {"before": before, "now": len(rows)})
    if not dry_run:
        _activate(rows, hashlib.sha256(Path(path).read_bytes()).hexdigest(), source or Path(path).name, licence)
    return len(rows)


def seat_of(told, path, number):
    """Where a town's government sits, or None. Raises BadFile."""
    try:
        return point(told["seat_lon"], told.get("seat_lat")) if "seat_lon" in told else None
    except ValueError as error:
        raise bad(path, error, number) from error


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
