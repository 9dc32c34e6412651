"""The whole folder of a county at once."""

import hashlib
from pathlib import Path

from django.db import transaction

from gis_app.loading.addresses import load_addresses
from gis_app.loading.boundaries import Ask
from gis_app.loading.editions import activate, load
from gis_app.loading.tables import TABLES, load_table
from gis_app.models import Stamp
from gis_app.words import EditionKind

OUTLINES = {  # what is loaded after a table, where the folder has it
    "towns": (EditionKind.TOWNS, "towns.geojson"),
    "villages": (EditionKind.VILLAGES, "villages.geojson"),
    "categories": (EditionKind.ZONES, "zones.geojson"),
    "units": (EditionKind.GRIDS, "grids.geojson"),
}
FOLDER = "fixtures"  # the stamp that says which state of the folder was loaded


def digest_of(folder):
    """A number for the present state of a folder's files, to know a folder that is loaded already."""
    together = hashlib.sha256()
    for path in sorted(Path(folder).glob("*.*")):
        together.update(path.name.encode() + path.read_bytes())
    return int.from_bytes(together.digest()[:7])


def put_in_use(kind, path):
    """Load a folder's own outlines, which are WGS84, and use them. Returns their number. Raises BadFile, EditionUnfit."""
    return activate(load(kind, path, Ask(crs="EPSG:4326")), insist=True).rows


@transaction.atomic
def load_everything(folder, again=False, tell=lambda line: None):
    """Load every file of a county's folder, in the order in which one needs the other; nothing when it has not changed.

    tell: called with a line for each file. Returns whether anything was loaded. Raises BadFile; then nothing is changed.
    """
    folder, digest = Path(folder), digest_of(folder)
    if not again and Stamp.objects.filter(name=FOLDER, value=digest).exists():
        return False
    for name in TABLES:
        tell(f"{name} {load_table(name, folder / f'{name}.csv')}")
        kind, file = OUTLINES.get(name, (None, ""))
        if kind and (folder / file).exists():
            tell(f"{kind} outlines {put_in_use(kind, folder / file)}")
    if (folder / "addresses.csv").exists():
        tell(f"addresses {activate(load_addresses(folder / 'addresses.csv'), insist=True).rows}")
    Stamp.objects.update_or_create(name=FOLDER, defaults={"value": digest})
    return True
