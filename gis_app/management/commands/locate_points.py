"""Give each point of a large GeoParquet file its town, on a Dask cluster."""

import logging
import time
from contextlib import contextmanager
from pathlib import Path

from dask.utils import parse_bytes
from distributed import Client
from django.core.management.base import CommandError

from gis_app.errors import Unopened
from gis_app.loading.tables import bad
from gis_app.locate.points import active_edition
from gis_app.management import Command as Told
from gis_app.models import Edition
from layers import partitions
from layers.crs import CRS

SOON = 10  # seconds that a scheduler may take to answer


class Command(Told):
    help = (
        "Give each point of a GeoParquet file, or a folder of them, its town: writes GeoParquet with a column `town` into "
        "a new folder. The points are WKB, geoarrow, or columns lon and lat."
    )

    def add_arguments(self, parser):
        parser.add_argument("source", type=Path, metavar="IN", help="a .parquet file, or a folder of them")
        parser.add_argument("into", type=Path, metavar="OUT", help="a folder that is empty or not there yet")
        parser.add_argument("--crs", choices=CRS, default="wgs84", help="what the coordinates are in")
        parser.add_argument(
            "--scheduler", metavar="ADDRESS", help="a Dask cluster that is running; its workers see IN and OUT at the same paths"
        )
        parser.add_argument("--workers", type=int, default=2, help="processes, where no cluster is named")
        parser.add_argument("--memory", default="1GB", help="of each of them, at most")
        parser.add_argument("--dry-run", action="store_true", help="read and count, write nothing")

    def handle(self, *args, source, into, crs, dry_run, **options):
        began = time.monotonic()
        logging.getLogger("distributed").setLevel(logging.ERROR)  # what fails comes back as a sentence
        try:
            index = active_edition().index
            partitions.divide(source, crs)  # what is wrong is told before a cluster is made
            if not dry_run:
                partitions.refuse_full(into)
            with cluster(**options) as client:
                found = partitions.locate(source, None if dry_run else into, index, client, crs, self.progress)
        except Edition.DoesNotExist as error:
            raise CommandError("There are no towns yet: `manage load_fixtures` loads them.") from error
        except ValueError as error:
            why = error.__cause__
            raise (Unopened.because(source, why) if isinstance(why, OSError) else bad(source, error)) from error
        except partitions.Stopped as error:
            raise CommandError(f"Nothing was written: {error}.") from error
        self.summary(found, time.monotonic() - began, f"would write into {into}" if dry_run else f"written into {into}")

    def progress(self, done, points):
        """One line for each tenth of the points."""
        tenth = done * 10 // points if points else 10
        if tenth > getattr(self, "told", 0):
            self.told = tenth
            self.tell(f"{done:,} of {points:,} points")

    def summary(self, found, seconds, done):
        """What was found, and what it took."""
        for code, count in found.counts.items():
            self.tell(f"{code} {count:,}")
        peaks = ", ".join(f"{peak / 1e6:,.0f}" for peak in found.peaks.values())
        self.tell(
            f"{found.points:,} points, {found.outside:,} of them outside; {seconds:.1f} s; "
            f"peak memory of each worker {peaks or '–'} MB; {done}"
        )


@contextmanager
def cluster(scheduler, workers, memory, **options):
    """A client of the named cluster, or of one that lasts as long. Raises CommandError."""
    if scheduler:
        with connected(scheduler) as client:
            yield client
        return
    if workers < 1 or not _is_size(memory):
        raise CommandError("--workers is a number from 1 on and --memory a size like 1GB.")
    with partitions.local_cluster(workers, memory) as made, Client(made) as client:
        yield client


def connected(address):
    """A client of the scheduler at an address. Raises CommandError."""
    try:
        return Client(address, timeout=SOON)
    except (OSError, ValueError, TypeError) as error:  # nobody answers; or what was written is no address
        raise CommandError(f"No Dask scheduler answers at {address}: start one, or leave --scheduler away.") from error


def _is_size(text):
    """Whether Dask reads a text as a number of bytes."""
    try:
        return parse_bytes(text) > 0
    except ValueError:
        return False
