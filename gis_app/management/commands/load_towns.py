"""Load town outlines."""

from gis_app.management import EditionCommand
from gis_app.words import EditionKind


class Command(EditionCommand):
    help = "Load town outlines as an edition: GeoJSON, zipped Shapefile, GeoPackage or KML. A sound one is put in use."
    kind = EditionKind.TOWNS
