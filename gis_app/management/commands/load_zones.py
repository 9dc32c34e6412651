"""Load zones."""

from gis_app.management import EditionCommand
from gis_app.words import EditionKind


class Command(EditionCommand):
    help = "Load zones as an edition: polygons, or street lines with a width in metres (column width, 30 when not said)."
    kind = EditionKind.ZONES
