"""The whole folder of a county at once."""

import hashlib
from pathlib import Path

from django.db import transaction

from gis_app.loading import duties
from gis_app.loading.addresses import load_addresses
from gis_app.loading.boundaries import Ask
from gis_app.loading.editions import activate, load
from gis_app.loading.population import PEOPLE, read_people
from gis_app.loading.tables import TABLES, load_table
from gis_app.locate.points import in_use
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
    """Load a folder's own outlines, which are WGS84, and use them in place of the folder's former ones. Returns their number.

    What a clerk has put in use stays: the folder's are then there to be looked at. Raises BadFile, EditionUnfit.
    """
    return used(load(kind, path, Ask(crs="EPSG:4326", source=of_folder(path))), path)


def of_folder(path):
    """What an edition of the folder's own file is from, as the record says."""
    return f"{path.parent.name}/{path.name}"


def used(edition, path):
    """Put an edition of the folder in use unless a clerk's is. Returns its number of rows."""
    now = in_use(edition.kind)
    if now is None or now.source.split(" + ")[0] == of_folder(path):
        activate(edition, insist=True)
    return edition.rows


@transaction.atomic
def load_everything(folder, again=False, tell=lambda line: None):
    """Load every file of a county's folder, in the order in which one needs the other; nothing when it has not changed.

    tell: called with a line for each file. Returns whether anything was loaded. Raises BadFile; then nothing is changed.
    """
    folder, digest = Path(folder), digest_of(folder)
    if not again and Stamp.objects.filter(name=FOLDER, value=digest).exists():
        return False
    for name, table in TABLES.items():
        if table.optional and not (folder / f"{name}.csv").exists():
            continue
        tell(f"{name} {load_table(name, folder / f'{name}.csv')}")
        kind, file = OUTLINES.get(name, (None, ""))
        if kind and (folder / file).exists():
            tell(f"{kind} outlines {put_in_use(kind, folder / file)}")
    if (folder / PEOPLE).exists():
        tell(f"population {len(read_people(folder / PEOPLE))}")
    path = folder / "duties.csv"
    tell(f"duties {used(duties.load(path, source=of_folder(path)), path)}")
    if (folder / "addresses.csv").exists():
        path = folder / "addresses.csv"
        tell(f"addresses {used(load_addresses(path, Ask(source=of_folder(path))), path)}")
    Stamp.objects.update_or_create(name=FOLDER, defaults={"value": digest})
    return True
