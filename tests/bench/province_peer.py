"""dask-geopandas' join of a file of points and towns: province_peer.py SOURCE INTO TOWNS WORKERS; a turn for a line on stdin."""

import json
import re
import sys
import time
from pathlib import Path
from shutil import rmtree

import dask_geopandas
import geopandas
from distributed import Client, LocalCluster

MEMORY = "4GB"  # of each worker: with less it stops to spill, and a turn takes longer


def peak():
    """The most bytes that this process ever held."""
    return 1024 * int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1])


def main(source, into, towns, workers):
    """Get ready, then answer."""
    made = LocalCluster(
        n_workers=int(workers), threads_per_worker=1, memory_limit=MEMORY, host="127.0.0.1", dashboard_address=None
    )
    with made as cluster, Client(cluster) as client:
        outlines = geopandas.read_file(towns)[["code", "geometry"]].rename(columns={"code": "town"})
        points = dask_geopandas.read_parquet(source, split_row_groups=True)
        outlines = outlines.set_crs(points.crs, allow_override=True)  # both are WGS84, by two names
        print("ready", flush=True)
        for _line in sys.stdin:
            rmtree(into, ignore_errors=True)
            began = time.perf_counter()
            # `within` is its fast predicate: `intersects` asks the towns' tree point by point and takes many times longer.
            found = dask_geopandas.sjoin(points, outlines, predicate="within")
            found.drop(columns="index_right").to_parquet(into)
            took = time.perf_counter() - began
            Path(into).with_suffix(".json").write_text(json.dumps(list(client.run(peak).values())))
            print(json.dumps({"seconds": took}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
