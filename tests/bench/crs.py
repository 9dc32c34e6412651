"""GCJ-02 and BD-09 to WGS84, exactly: our arrays, and the published functions point by point."""

import tempfile
from pathlib import Path

import numpy as np

from layers.crs import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from tests.bench.turns import Peer, compare, seconds

POINTS = 200_000
CLOSE = 5e-5  # degrees, 5 m: the peers stop early


def run():
    """Lines of the bench `crs`."""
    random = np.random.default_rng(5)
    lon, lat = random.uniform(75, 134, POINTS), random.uniform(19, 53, POINTS)
    with tempfile.TemporaryDirectory() as folder:
        for peer, shifted, back, name in (
            ("eviltransform", wgs84_to_gcj02, gcj02_to_wgs84, "gcj02"),
            ("coord-convert", wgs84_to_bd09, bd09_to_wgs84, "bd09"),
        ):
            yield one(Path(folder), peer, name, shifted(lon, lat), back, (lon, lat))


def one(folder, peer, name, given, back, truth):
    """One line: all points of China from one shifted system back, and how far each of us ends from the truth."""
    np.save(folder / "points.npy", np.column_stack(given))
    program, answer = Peer("crs_peer.py", peer, folder), {}
    line = compare(
        f"{name} to wgs84, {POINTS:,} points",
        peer,
        lambda: seconds(lambda: answer.update(ours=np.column_stack(back(*given)))),
        program.turn,
        POINTS,
        "points/s",
        lambda: np.abs(answer["ours"] - np.load(folder / "found.npy")).max() < CLOSE,
    )
    program.end()
    off, theirs = (np.abs(found - np.column_stack(truth)).max() for found in (answer["ours"], np.load(folder / "found.npy")))
    return line | {"what": f"{line['what']}; farthest from the truth: ours {off:.0e}°, theirs {theirs:.0e}°"}
