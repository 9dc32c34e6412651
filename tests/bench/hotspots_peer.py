"""Local Gi* with p by permutation: hotspots_peer.py NAME FOLDER [PERMUTATIONS]; a turn for every line on stdin."""

import json
import sys
import time
import warnings
from pathlib import Path

import geopandas
import numpy as np

warnings.simplefilter("ignore")
NAME, FOLDER, DRAWS = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])


def esda():
    """esda with weights that already hold the cell itself; built before the clock starts, as ours are."""
    from esda import G_Local
    from libpysal.weights import W

    around = np.load(FOLDER / "around.npy")
    counts = np.load(FOLDER / "counts.npy").astype(float)
    weights = W({i: [int(j) for j in row if j < len(around)] for i, row in enumerate(around)}, silence_warnings=True)

    def turn():
        found = G_Local(counts, weights, transform="B", star=True, permutations=DRAWS, seed=1)
        return found.Zs, found.p_sim if DRAWS else found.p_norm

    return turn


def pygeoda():
    """pygeoda (C++) with its quickest way, one table of draws for all cells, on two threads."""
    import pygeoda as geoda

    data = geoda.open(geopandas.read_parquet(FOLDER / "cells.parquet"))
    weights = geoda.queen_weights(data)
    counts = np.load(FOLDER / "counts.npy").astype(float).tolist()

    def turn():
        found = geoda.local_gstar(weights, counts, permutations=DRAWS, permutation_method="lookup-table", cpu_threads=2, seed=1)
        return np.array(found.lisa_values()), np.array(found.lisa_pvalues())

    return turn


def main():
    """Get ready, then answer; the first turn is a warm-up that compiles."""
    turn = {"esda": esda, "pygeoda": pygeoda}[NAME]()
    turn()
    print("ready", flush=True)
    for _line in sys.stdin:
        began = time.perf_counter()
        values, p = turn()
        took = time.perf_counter() - began
        np.save(FOLDER / f"{NAME}.npy", np.stack([values, p]))
        print(json.dumps({"seconds": took}), flush=True)


if __name__ == "__main__":
    main()
