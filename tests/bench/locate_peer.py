"""One foreign engine's join of points and towns: locate_peer.py NAME FOLDER TOWNS; a turn for every line on stdin."""

import json
import sys
import time
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa

NAME, FOLDER = sys.argv[1], Path(sys.argv[2])
POINTS = np.load(FOLDER / "points.npy")
TOWNS = geopandas.read_file(sys.argv[3]).sort_values("code", ignore_index=True)


def rows_of(ids, towns):
    """Rows of towns by point, the lowest where a point has two."""
    rows = np.full(len(POINTS), -1, dtype=np.int16)
    order = np.argsort(-np.asarray(towns), kind="stable")
    rows[np.asarray(ids)[order]] = np.asarray(towns)[order]
    return rows


def sedona():
    """SedonaDB: a join in SQL to Arrow."""
    import sedonadb

    session = sedonadb.connect()
    points = geopandas.GeoDataFrame({"id": np.arange(len(POINTS))}, geometry=geopandas.points_from_xy(*POINTS.T), crs=4326)
    session.create_data_frame(points).to_memtable().to_view("points")
    session.create_data_frame(TOWNS.assign(town=range(len(TOWNS)))).to_memtable().to_view("towns")
    join = "SELECT points.id, towns.town FROM points JOIN towns ON ST_Within(points.geometry, towns.geometry)"

    def turn():
        table = pa.table(session.sql(join))
        return table["id"].to_numpy(), table["town"].to_numpy()

    return turn


def duck():
    """DuckDB with its spatial extension."""
    import duckdb
    from duckdb_extensions import import_extension

    connection = duckdb.connect()
    import_extension("spatial", con=connection)
    connection.execute("LOAD spatial")
    connection.register("raw", pd.DataFrame({"id": np.arange(len(POINTS)), "lon": POINTS[:, 0], "lat": POINTS[:, 1]}))
    connection.execute("CREATE TABLE points AS SELECT id, ST_Point(lon, lat) AS spot FROM raw")
    connection.register("shapes", pd.DataFrame({"town": range(len(TOWNS)), "wkb": TOWNS.geometry.to_wkb()}))
    connection.execute("CREATE TABLE towns AS SELECT town, ST_GeomFromWKB(wkb) AS outline FROM shapes")

    def turn():
        found = connection.execute("SELECT id, town FROM points JOIN towns ON ST_Within(spot, outline)").fetchnumpy()
        return found["id"], found["town"]

    return turn


def polars_st():
    """polars-st's spatial join."""
    import polars as pl
    import polars_st as st

    points = pl.DataFrame({"id": np.arange(len(POINTS)), "lon": POINTS[:, 0], "lat": POINTS[:, 1]})
    points = points.select("id", geometry=st.point(pl.concat_list("lon", "lat")))
    towns = pl.DataFrame({"town": range(len(TOWNS)), "wkb": TOWNS.geometry.to_wkb()})
    towns = towns.select("town", geometry=st.from_wkb("wkb"))

    def turn():
        found = points.st.sjoin(towns, on="geometry", how="inner", predicate="within")
        return found["id"].to_numpy(), found["town"].to_numpy()

    return turn


def main():
    """Get ready, then answer."""
    turn = {"sedonadb": sedona, "duckdb": duck, "polars-st": polars_st}[NAME]()
    print("ready", flush=True)
    for _line in sys.stdin:
        began = time.perf_counter()
        found = turn()
        took = time.perf_counter() - began
        np.save(FOLDER / "found.npy", rows_of(*found))
        print(json.dumps({"seconds": took}), flush=True)


if __name__ == "__main__":
    main()
