"""Points beyond one machine: files of GeoParquet, located by town on a Dask cluster, batch by batch.

Plain futures over row groups: nothing is a data frame on the way, so a worker holds one batch, however large the file.
Workers may be on other machines; then they need this package and the two folders at the same paths.
"""

import json
import re
import shutil
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import dask
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from distributed import KilledWorker, LocalCluster, WorkerPlugin, as_completed, get_worker

from layers.crs import to_wgs84
from layers.geoparquet import GEOMETRY, check_system, coordinates, place_of, with_geometry
from layers.towns import TownIndex

TOWN = "town"  # the column that is added
ROWS = 500_000  # of a partition, about; a row group is never divided
BATCH_ROWS, BATCH_BYTES = 131_072, 32_000_000  # held at a time, whichever is less
BUFFER = 1 << 20  # bytes read ahead of each column; without it a whole row group's are
NO_PAGES = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}  # they ask nobody for a password
UNFINISHED = ".unfinished"  # folder for what is being written, inside the one for what is whole


class Part(NamedTuple):
    """Some row groups of a file: what one worker does at a time. rows: how many points."""

    number: int
    path: str
    groups: tuple
    rows: int
    batch: int


class Located(NamedTuple):
    """counts: {code: points}, every town named. outside: points in none. peaks: {worker: bytes, the most it ever held}."""

    counts: dict
    outside: int
    peaks: dict

    @property
    def points(self):
        """All of them."""
        return sum(self.counts.values()) + self.outside


class Stopped(RuntimeError):
    """The cluster could not do the work; the message says what to do."""


def local_cluster(workers=2, memory="1GB"):
    """A cluster of processes on this machine, which nobody else on it can use: it speaks TLS with keys of its own.

    memory: of each worker, which is ended when it takes more. To be used with `with`, under a main guard.
    """
    with dask.config.set(NO_PAGES):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=memory,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # two clusters at once must not want one port
            security=True,
        )


def locate(source, into, index, client, crs="wgs84", tell=lambda done, points: None):
    """Give each point of a GeoParquet file, or of a folder of them, its town.

    source: files with point geometry (WKB or geoarrow), or with columns lon and lat; all their columns are kept.
    into: folder, made if need be and empty, for one part-*.parquet for about 500,000 points, with a column `town` (code,
    null outside; as TownIndex.codes_at); None: count only. A part appears when it is whole, and after a failure none is
    left. Points of lon and lat get a WGS84 geometry, too. index: TownIndex. client: distributed.Client.
    crs: one of layers.crs.CRS, of the points. tell: called with points done and their number, after each part.
    Returns Located. Raises ValueError with a sentence when the input cannot be used, Stopped when the cluster fails.
    """
    parts = divide(source, crs)
    towns = Towns(index.codes, shapely.to_wkb(index.outlines))
    _install(towns, client)
    folder = into and _prepared(into)
    try:
        return _gather(parts, folder, towns, client, crs, tell)
    except BaseException:
        for path in folder.parent.glob("part-*.parquet") if folder else ():
            path.unlink()
        raise
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)  # and with it the way of an attempt that nobody waits for any more


def divide(source, crs="wgs84"):
    """[Part] of a file or folder, checked as far as that goes without reading points. Raises ValueError."""
    source = Path(source).resolve()
    paths = sorted(source.glob("*.parquet")) if source.is_dir() else [source]
    if not paths:
        raise ValueError(f"there is no .parquet file in {source.name}")
    parts, first = [], None
    for path in paths:
        with _opened(path) as file:
            first = first or file.schema_arrow
            _check(path.name, file.schema_arrow, first, crs)
            parts += [(str(path), *some) for some in _groups(file.metadata)]
    return [Part(number, *part) for number, part in enumerate(parts)]


def _check(name, schema, first, crs):
    """Raises ValueError when a file cannot be located, or not together with the first one."""
    if not schema.equals(first):
        raise ValueError(f"{name} has other columns than the files before it")
    if TOWN in schema.names:
        raise ValueError(f"{name} has a column `{TOWN}` already: rename it")
    check_system(schema, place_of(schema), crs)


def _opened(path):
    """The file, for reading in a stream. Raises ValueError."""
    try:
        return pq.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False)
    except pa.ArrowException as error:
        raise ValueError(f"{Path(path).name} is not a Parquet file, or not a whole one") from error
    except FileNotFoundError as error:
        raise ValueError(f"there is no file {path}") from error  # whole: a worker elsewhere may see other folders
    except OSError as error:
        raise ValueError(f"{Path(path).name} cannot be read: {error}") from error


def _groups(metadata):
    """Yield (row groups, rows, rows of a batch) of about ROWS together; wide rows are taken fewer at a time."""
    groups, rows, size = [], 0, 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        groups, rows, size = [*groups, number], rows + group.num_rows, size + group.total_byte_size
        if rows >= ROWS or number == metadata.num_row_groups - 1:
            yield tuple(groups), rows, max(1, min(BATCH_ROWS, BATCH_BYTES * rows // max(size, 1)))
            groups, rows, size = [], 0, 0


def refuse_full(into):
    """Raises ValueError when a folder for results is not empty, or no folder."""
    into = Path(into)
    if into.exists() and not into.is_dir():
        raise ValueError(f"{into.name} is not a folder")
    if into.exists() and (found := next(into.iterdir(), None)):
        raise ValueError(f"the folder {into.name} is not empty, there is {found.name}: name a new one")


def _prepared(into):
    """The folder for what is unfinished, made. Raises ValueError when there is something in the way."""
    into = Path(into).resolve()
    refuse_full(into)
    try:
        (into / UNFINISHED).mkdir(parents=True)
    except OSError as error:
        raise ValueError(f"nothing can be written into {into.name}: {error.strerror}") from error
    return into / UNFINISHED


class Towns(WorkerPlugin):
    """The index in each worker's process, built once there, for all runs with the same towns.

    A worker that joins later, or replaces a dead one, gets it, too.
    """

    idempotent = True

    def __init__(self, codes, wkb):
        self.codes, self.wkb, self.index = codes, wkb, None
        self.name = "towns-" + sha256(repr((codes, wkb.tolist())).encode()).hexdigest()

    def setup(self, worker):
        """Called by the worker before it takes work."""
        self.index = TownIndex(self.codes, shapely.from_wkb(self.wkb))


def _install(towns, client):
    """Send the towns to all workers. Raises Stopped."""
    try:
        client.wait_for_workers(1, timeout=10)
        client.register_plugin(towns)
    except TimeoutError as error:
        raise Stopped("the cluster has no workers") from error
    except Exception as error:  # Dask passes on what a worker could not even load as a plain Exception of its words
        if "No module named" not in str(error):
            raise
        raise Stopped(f"the workers lack a part ({error}): start them in the project's folder, with its libraries") from error


def _gather(parts, folder, towns, client, crs, tell):
    """Have all parts done, and put each in its place."""
    total, done = sum(part.rows for part in parts), 0
    counts, peaks = np.zeros(len(towns.codes) + 1, dtype=np.int64), {}
    futures = client.map(_do, parts, folder=folder and str(folder), name=towns.name, crs=crs, pure=False)
    try:
        for future, (part, written, found, worker, peak) in as_completed(futures, with_results=True):
            if written:
                Path(written).replace(folder.parent / f"part-{part.number:05d}.parquet")
            counts += found
            peaks[worker] = max(peak, peaks.get(worker, 0))
            done += part.rows
            tell(done, total)
            future.release()
    except KilledWorker as error:
        raise Stopped("workers died again and again over the same part: give them more memory") from error
    finally:
        client.cancel(futures)
    return Located(dict(zip(towns.codes, counts[1:].tolist(), strict=True)), int(counts[0]), peaks)


def _do(part, folder, name, crs):
    """In a worker: (part, path written or None, counts from outside on, worker, the most bytes its process ever held)."""
    worker = get_worker()
    index = worker.plugins[name].index
    counts = np.zeros(len(index.codes) + 1, dtype=np.int64)
    written = folder and str(Path(folder) / f"{part.number:05d}-{worker.id}")  # a lost attempt must not share it
    with _opened(part.path) as file:
        place, writer = place_of(file.schema_arrow), None
        try:
            for batch in _batches(file, part):
                lon, lat = to_wgs84(*coordinates(batch, place), crs)
                rows = index.rows_at(lon, lat)
                counts += np.bincount(rows + 1, minlength=len(counts))
                if written:
                    table = with_geometry(pa.Table.from_batches([batch]), place, lon, lat)
                    table = table.append_column(TOWN, _column(rows, index.codes))
                    writer = writer or _writer(written, table.schema, place)
                    writer.write_table(table)
        finally:
            if writer:
                writer.close()
    return part, written if writer else None, counts, worker.address, peak_memory()


def _batches(file, part):
    """The batches of a part. Raises ValueError where the file is damaged."""
    try:
        yield from file.iter_batches(part.batch, part.groups, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{Path(part.path).name} is damaged: {error}") from error


def _column(rows, codes):
    """The column of towns: each code is stored once, whoever reads it sees text."""
    return pa.DictionaryArray.from_arrays(pa.array(rows, mask=rows < 0), pa.array(codes, pa.string()))


def _writer(path, schema, place):
    """A file for one part, with dictionaries for what repeats: for keys and coordinates they cost half of the writing."""
    columns = [name for name in schema.names if name not in (place.column, GEOMETRY)]
    repeating = [name for name in columns if _repeats(schema.field(name).type)]
    return pq.ParquetWriter(path, _about_itself(schema), use_dictionary=repeating, write_statistics=columns)


def _repeats(kind):
    """Whether values of a type are likely to be few."""
    small = pa.types.is_integer(kind) and kind.bit_width <= 32
    return small or pa.types.is_dictionary(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _about_itself(schema):
    """The schema, without a box of all points: a part has its own."""
    geo = json.loads(schema.metadata.get(b"geo", "null")) if schema.metadata else None
    if not geo:
        return schema
    for column in geo.get("columns", {}).values():
        column.pop("bbox", None)
    return schema.with_metadata({**schema.metadata, b"geo": json.dumps(geo).encode()})


def peak_memory():
    """The most bytes that this process ever held. Not getrusage's: that counts what its parent held when it began."""
    return 1024 * int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1])
