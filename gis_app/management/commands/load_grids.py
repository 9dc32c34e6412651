"""Load responsibility grids, or unit grids."""

from gis_app.management import EditionCommand
from gis_app.words import EditionKind


class Command(EditionCommand):
    help = "Load responsibility grids as an edition (columns code, name, town, worker: an account); --unit for unit grids."
    kind = EditionKind.GRIDS

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--unit", action="store_true", help="unit grids, whose codes have 15 digits")

    def kind_of(self, file, options):
        return EditionKind.UNIT_GRIDS if options["unit"] else self.kind
