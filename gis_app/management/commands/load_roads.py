"""Load where roads run."""

from pathlib import Path

from gis_app.management import EditionCommand
from gis_app.words import EditionKind


class Command(EditionCommand):
    help = (
        "Load roads as an edition: lines as GeoJSON, zipped Shapefile, GeoPackage or KML. Heat and hotspots are then offered per "
        "km of road."
    )
    kind = EditionKind.ROADS
    asks = ("crs", "source", "licence")

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--crs", help="its coordinate system when the file does not say: 4326, 4490, 4545, gcj02, bd09 …")
        self.add_record(parser)
