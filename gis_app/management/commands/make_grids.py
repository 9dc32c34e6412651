"""Cut unit grids for a county that has none."""

from pathlib import Path

from django.core.management.base import CommandError

from gis_app import loading
from gis_app.loading.cutting import cut_unit_grids
from gis_app.management import Command as Told
from gis_app.words import EditionKind
from layers.unit_grids import SIZE


class Command(Told):
    help = "Cut built-up land into unit grids of about 10,000 m², write them to a GeoJSON file and load that as an edition."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the GeoJSON file to write")
        parser.add_argument("--built-up", type=Path, help="a map file of the land to cut; else circles around the villages")
        parser.add_argument("--crs", help="the coordinate system of that file when it does not say")
        parser.add_argument("--radius", type=float, default=300.0, help="metres of the circles (300)")
        parser.add_argument("--size", type=float, default=SIZE, help="square metres of a grid (10000)")
        parser.add_argument("--use", action="store_true", help="put them in use")
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *args, file, dry_run, use, **options):
        if not dry_run and not file.absolute().parent.is_dir():
            raise CommandError(f"There is no folder {file.parent}: make it, or name a file elsewhere. Nothing was cut.")
        grids = cut_unit_grids(options["built_up"], options["radius"], options["size"], loading.Ask(crs=options["crs"]))
        sizes = f"{grids['m2'].min():,.0f} to {grids['m2'].max():,.0f} m²" if len(grids) else "no land to cut"
        if dry_run or grids.empty:
            return self.tell(f"would cut {len(grids)} unit grids in {grids['community'].nunique()} communities, {sizes}")
        grids.assign(name=grids["code"]).to_file(file, driver="GeoJSON", encoding="utf-8")
        edition = loading.load(EditionKind.UNIT_GRIDS, file, loading.Ask(crs="EPSG:4326", snap=0.0))
        if use:
            loading.activate(edition)
        return self.tell(f"cut {len(grids)} unit grids, {sizes}; edition {edition.pk}{' in use' if use else ''}, in {file.name}")
