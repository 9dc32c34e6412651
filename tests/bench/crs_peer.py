"""A published point-by-point inverse: crs_peer.py NAME FOLDER; a turn for every line on stdin."""

import json
import sys
import time
from pathlib import Path

import numpy as np

NAME, FOLDER = sys.argv[1], Path(sys.argv[2])
POINTS = np.load(FOLDER / "points.npy").tolist()


def inverse():
    """(lon, lat) → (lon, lat)."""
    if NAME == "eviltransform":
        import eviltransform

        return lambda lon, lat: eviltransform.gcj2wgs_exact(lat, lon)[::-1]
    from coord_convert.transform import bd2wgs

    return bd2wgs


def main():
    """Get ready, then answer."""
    back = inverse()
    print("ready", flush=True)
    for _line in sys.stdin:
        began = time.perf_counter()
        found = [back(lon, lat) for lon, lat in POINTS]
        took = time.perf_counter() - began
        np.save(FOLDER / "found.npy", np.array(found))
        print(json.dumps({"seconds": took}), flush=True)


if __name__ == "__main__":
    main()
