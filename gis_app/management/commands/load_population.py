"""Load how many people live where."""

from pathlib import Path

from gis_app.management import EditionCommand
from gis_app.words import EditionKind


class Command(EditionCommand):
    help = (
        "Load people by cell as an edition: a GeoTIFF of people in each square, a CSV of people with lon and lat or with village "
        "(code or name), or a map file of areas with their people. Heat and hotspots are then offered per 1,000 people."
    )
    kind = EditionKind.PEOPLE
    asks = ("crs", "people_field", "source", "licence")

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--crs", help="its coordinate system when the file does not say: 4326, 4490, 4545, gcj02, bd09 …")
        parser.add_argument("--people-field", help="the column that holds the number of people")
        self.add_record(parser)
