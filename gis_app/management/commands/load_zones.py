"""Load zones from a GeoJSON file."""

from gis_app.loading import load_zones
from gis_app.management import FileCommand


class Command(FileCommand):
    help = "Load zones (GeoJSON, WGS84, features with code, name, kind, synthetic) by upsert."

    def load(self, file, dry_run):
        return load_zones(file, dry_run)
