"""The whole folder of a county at once."""

import hashlib
from pathlib import Path

from django.db import transaction

from gis_app.loading.tables import TABLES, load_table
from gis_app.loading.towns import load_towns
from gis_app.loading.zones import load_zones
from gis_app.models import Stamp

FOLDER = "fixtures"  # the stamp that says which state of the folder was loaded


def digest_of(folder):
    """A number for the present state of a folder's files, to know a folder that is loaded already."""
    together = hashlib.sha256()
    for path in sorted(Path(folder).glob("*.*")):
        together.update(path.name.encode() + path.read_bytes())
    return int.from_bytes(together.digest()[:7])


@transaction.atomic
def load_everything(folder, again=False, tell=lambda line: None):
    """Load every file of a county's folder, in the order in which one needs the other; nothing when it has not changed.

    tell: called with a line for each file. Returns whether anything was loaded. Raises BadFile; then nothing is changed.
    """
    folder, digest = Path(folder), digest_of(folder)
    if not again and Stamp.objects.filter(name=FOLDER, value=digest).exists():
        return False
    for name in TABLES:
        if name == "duties" and (folder / "zones.geojson").exists():
            tell(f"zones {load_zones(folder / 'zones.geojson')}")
        tell(f"{name} {load_table(name, folder / f'{name}.csv')}")
        if name == "towns":
            tell(f"outlines {load_towns(folder / 'towns.geojson')}")
    Stamp.objects.update_or_create(name=FOLDER, defaults={"value": digest})
    return True
