"""Zones: stretches and areas with an owner of their own."""

from django.db import transaction

from gis_app.loading.towns import features_of, outline_of
from gis_app.models import Stamp, Zone

COLUMNS = ("name", "kind", "synthetic")


def load_zones(path, dry_run=False):
    """Load zones (GeoJSON, WGS84; features with code, name, kind, synthetic) by upsert. Returns their number. Raises BadFile."""
    rows = []
    for number, feature in enumerate(features_of(path), 1):
        told = {name: feature["properties"].get(name, "") for name in COLUMNS}
        told["synthetic"] = bool(told["synthetic"])
        rows.append(Zone(code=feature["properties"]["code"], outline=outline_of(feature, path, number), **told))
    if not dry_run:
        with transaction.atomic():
            Zone.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["code"], update_fields=["name", "kind", "synthetic", "outline"]
            )
            Stamp.bump("places")
    return len(rows)
