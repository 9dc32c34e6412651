"""Load town outlines from a GeoJSON file."""

from gis_app.loading import load_towns
from gis_app.management import FileCommand


class Command(FileCommand):
    help = "Load town outlines (GeoJSON, WGS84, features with `code`) as an edition and make it the active one."

    def load(self, file, dry_run):
        return load_towns(file, dry_run=dry_run)
