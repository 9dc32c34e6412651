"""A province's file of points and their towns, from file to folder: our partitions and dask-geopandas, two processes each."""

import json
import logging
import tempfile
from pathlib import Path
from shutil import rmtree

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from distributed import Client
from django.conf import settings

from layers import partitions
from layers.geoparquet import Place, with_geometry
from layers.towns import TownIndex
from tests.bench.locate import scattered
from tests.bench.turns import Peer, compare, seconds

POINTS, TENTH = 10_000_000, 10
GROUP = 250_000  # points of a row group: what dask-geopandas takes at a time; in larger ones it needs more than 1 GB
WORKERS = 2


def run():
    """Lines of the bench `province`."""
    logging.getLogger("distributed").setLevel(logging.ERROR)
    towns = geopandas.read_file(settings.FIXTURES / "towns.geojson").sort_values("code", ignore_index=True)
    index = TownIndex(list(towns["code"]), list(towns.geometry))
    with tempfile.TemporaryDirectory() as folder, partitions.local_cluster(WORKERS, "1GB") as cluster, Client(cluster) as client:
        ours, theirs = Ours(Path(folder), towns, index, client), DaskGeopandas(Path(folder))
        line = compare("", "dask-geopandas", ours.turn, theirs.turn, POINTS, "points/s", lambda: equal(ours, theirs))
        yield line | {"what": told(ours, theirs)}
        theirs.program.end()


def told(ours, theirs):
    """What was measured, with the peak memory of each worker."""
    return (
        f"{POINTS:,} points, {WORKERS} worker processes, file to folder; peak MB of each worker: "
        f"ours {megabytes(ours.peaks)}, dask-geopandas {megabytes(theirs.peaks)}; it was asked for {POINTS // TENTH:,}"
    )


def megabytes(peaks):
    return " and ".join(f"{peak / 1e6:.0f}" for peak in peaks)


def write(path, towns, number):
    """The first points of the province: columns id, kind and geometry, row groups of GROUP points."""
    lon, lat = (axis[:number] for axis in scattered(towns, POINTS))
    kinds = np.random.default_rng(7).integers(0, 30, number).astype(np.int16)
    table = with_geometry(pa.table({"id": np.arange(number), "kind": kinds}), Place(None, "axes"), lon, lat)
    pq.write_table(table, path, row_group_size=GROUP)


class Ours:
    """layers.partitions on all points."""

    def __init__(self, folder, towns, index, client):
        self.source, self.into, self.index, self.client = folder / "province.parquet", folder / "ours", index, client
        write(self.source, towns, POINTS)
        write(folder / "tenth.parquet", towns, POINTS // TENTH)

    def turn(self):
        """One turn."""
        rmtree(self.into, ignore_errors=True)

        def work():
            self.found = partitions.locate(self.source, self.into, self.index, self.client)

        return seconds(work)

    @property
    def peaks(self):
        """Bytes, of each worker."""
        return self.found.peaks.values()


class DaskGeopandas:
    """dask_geopandas.sjoin(predicate="within"), which writes GeoParquet, too; a tenth of the points, counted tenfold."""

    def __init__(self, folder):
        self.into = folder / "theirs"
        self.program = Peer("province_peer.py", folder / "tenth.parquet", self.into, settings.FIXTURES / "towns.geojson", WORKERS)

    def turn(self):
        """One turn."""
        return TENTH * self.program.turn()

    @property
    def peaks(self):
        """Bytes, of each worker."""
        return json.loads(self.into.with_suffix(".json").read_text())


def equal(ours, theirs):
    """Whether all that dask-geopandas was asked for has the same town. Its join knows no tie: the lower code is taken."""
    mine = pq.read_table(ours.into, columns=["id", "town"]).to_pandas()
    mine = mine[mine["id"] < POINTS // TENTH].dropna().astype({"town": str})
    other = pq.read_table(theirs.into, columns=["id", "town"]).to_pandas().astype({"town": str})
    other = other.sort_values("town").drop_duplicates("id")
    mine, other = (frame.sort_values("id").reset_index(drop=True)[["id", "town"]] for frame in (mine, other))
    return len(mine) > 0 and mine.equals(other)
