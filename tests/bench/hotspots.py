"""Hotspots: from counts to p and q of every cell, exactly, and others' permutations; then what the test says of chance."""

import json
import tempfile
from pathlib import Path

import numpy as np
import shapely
from django.conf import settings

from layers import hotspots
from layers.cells import county_cells, frame
from layers.hotspots import Null
from tests.bench.turns import Peer, compare, seconds

CLOSE, TAIL = 1e-9, 0.025
DRAWS = 999
COUNTIES = 1000  # simulated, of each kind
MEAN = 0.2  # tickets a cell: a quarter of a year of one task
PLANTED = (4, 6, 8, 10, 14)  # more tickets, strewn over a cell and its ring
LEVEL = 0.1


def run():
    """Lines of the bench `hotspots`."""
    outline = json.loads((settings.FIXTURES / "county.geojson").read_text(encoding="utf-8"))["features"][0]["geometry"]
    grids = {res: hotspots.lattice(county_cells(shapely.geometry.shape(outline), res)) for res in (8, 9)}
    for res, grid in grids.items():
        with tempfile.TemporaryDirectory() as folder:
            yield from against(Path(folder), res, grid, told(grid))
    yield alone(grids[8])
    for more in PLANTED:
        yield planted(grids[8], more)


def told(grid, seed=7):
    """Counts by chance, with seven spots where more is told."""
    dice = np.random.default_rng(seed)
    counts = dice.poisson(MEAN, len(grid.cells)).astype(np.int64)
    for middle in dice.choice(len(counts), 7, replace=False):
        around = grid.around[middle]
        counts[around[around < len(counts)]] += 3
    return counts


def against(folder, res, grid, counts):
    """Ours and each peer on the county's cells."""
    np.save(folder / "around.npy", grid.around), np.save(folder / "counts.npy", counts)
    frame(grid.cells).to_parquet(folder / "cells.parquet")
    answer = {}

    def ours():
        answer["ours"] = hotspots.load(counts, grid)

    what = f"counts to p and q, {len(counts):,} cells (res {res}); exact against {DRAWS} permutations"
    same = {"esda": lambda: as_esda(folder, grid, counts, answer["ours"]), "pygeoda": lambda: as_pygeoda(folder, counts, grid)}
    for peer in ("esda", "pygeoda"):
        program = Peer("hotspots_peer.py", peer, folder, DRAWS)
        yield compare(
            f"{what}{', two threads' if peer == 'pygeoda' else ''}",
            peer,
            lambda: seconds(ours),
            program.turn,
            1,
            "counties/s",
            same[peer],
        )
        program.end()


def as_esda(folder, grid, counts, ours):
    """Whether z is the same, and the conditional p within the error of so many draws where p is small."""
    z, p = np.load(folder / "esda.npy")
    exact = hotspots.load(counts, grid, Null.CONDITIONAL).p / 2
    tail = exact <= TAIL
    error = 5 * np.sqrt(TAIL * (1 - TAIL) / DRAWS) + 1 / DRAWS
    return np.abs(ours.z - z).max() < CLOSE and np.abs(exact[tail] - p[tail]).max() < error


def as_pygeoda(folder, counts, grid):
    """Whether its G*, a ring's mean as a share of all tickets, is ours. (Its p folds the tails in a way of its own.)"""
    return np.abs(np.load(folder / "pygeoda.npy")[0] - grid.sums(counts) / grid.size / counts.sum()).max() < CLOSE


def alone(grid):
    """Under the null: how many of a thousand counties in which nothing is wrong show any hotspot. Stated: at most LEVEL."""
    dice, counts = np.random.default_rng(11), np.random.default_rng(12).poisson(MEAN, len(grid.cells)).astype(np.int64)
    shown = sum(bool((hotspots.load(dice.permutation(counts), grid).q < LEVEL).any()) for _county in range(COUNTIES))
    error = 2.6 * np.sqrt(LEVEL * (1 - LEVEL) / COUNTIES)
    return {
        "what": f"{COUNTIES} counties by chance alone ({int(counts.sum())} tickets): share with any hotspot, stated ≤ {LEVEL}",
        "ours": shown / COUNTIES,
        "theirs": LEVEL,
        "peer": "the stated level",
        "unit": "share",
        "ratio": round(LEVEL / max(shown / COUNTIES, 1e-9), 3),
        "agree": bool(shown / COUNTIES <= LEVEL + error),
    }


def planted(grid, more):
    """Power: of counties with so many more tickets in one ring, in how many its middle is found; and false ones."""
    dice, full = np.random.default_rng(more), np.flatnonzero(grid.size == hotspots.RING + 1)
    found, wrong = 0, 0.0
    for _county in range(COUNTIES // 4):
        counts = dice.poisson(MEAN, len(grid.cells)).astype(np.int64)
        middle = dice.choice(full)
        np.add.at(counts, dice.choice(grid.around[middle], more), 1)
        hot = hotspots.load(counts, grid).hot
        near = np.zeros(len(hot) + 1, dtype=bool)
        near[grid.around[grid.around[middle]].ravel()] = True  # a ring that touches the spot holds some of it
        found, wrong = found + hot[middle], wrong + (hot & ~near[:-1]).sum() / max(hot.sum(), 1)
    power = float(found / (COUNTIES // 4))
    return {
        "what": f"{more} more tickets strewn over one ring: share of {COUNTIES // 4} counties where it is found; "
        f"false discovery rate {wrong / (COUNTIES // 4):.3f}, stated ≤ {LEVEL}",
        "ours": round(power, 3),
        "theirs": None,
        "peer": "none",
        "unit": "share",
        "ratio": None,
        "agree": bool(wrong / (COUNTIES // 4) <= LEVEL),
    }
