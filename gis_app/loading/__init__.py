"""Loading reference data: files that a clerk edits, by upsert, all of a file or none of it; outlines as editions."""

from gis_app.loading.addresses import load_addresses
from gis_app.loading.boundaries import Ask
from gis_app.loading.cells import lay_cells
from gis_app.loading.days import forget_days, load_days, set_days
from gis_app.loading.doubts import doubts, hard_faults, worded
from gis_app.loading.editions import activate, change_of, forget, kept_because, load, redrawn, roll_back
from gis_app.loading.everything import load_everything, put_in_use
from gis_app.loading.exposures import load_people, load_roads
from gis_app.loading.moves import moves, relocate
from gis_app.loading.tables import TABLES, load_table

__all__ = [
    "TABLES",
    "Ask",
    "activate",
    "change_of",
    "doubts",
    "forget",
    "forget_days",
    "hard_faults",
    "kept_because",
    "lay_cells",
    "load",
    "load_addresses",
    "load_days",
    "load_everything",
    "load_people",
    "load_roads",
    "load_table",
    "moves",
    "put_in_use",
    "redrawn",
    "relocate",
    "roll_back",
    "set_days",
    "worded",
]
