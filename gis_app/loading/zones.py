"""Zones: stretches and areas with an owner of their own."""

from django.db import transaction

from gis_app.loading.tables import checked
from gis_app.loading.towns import features_of, outline_of
from gis_app.models import Stamp, Zone

COLUMNS = ("name", "kind", "synthetic")


def load_zones(path, dry_run=False):
    """Load zones (GeoJSON, WGS84; features with code, name, kind, synthetic) by upsert. Returns their number. Raises BadFile."""
    rows = []
    for number, told, feature in features_of(path):
        named = {name: told.get(name) or "" for name in COLUMNS} | {"synthetic": bool(told.get("synthetic"))}
        rows.append(checked(path, number, Zone(code=told["code"], outline=outline_of(feature, path, number), **named)))
    if not dry_run:
        with transaction.atomic():
            Zone.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["code"], update_fields=["name", "kind", "synthetic", "outline"]
            )
            Stamp.bump("places")
    return len(rows)
