"""Loading reference data: files that a clerk edits, by upsert, all of a file or none of it."""

from gis_app.loading.everything import load_everything
from gis_app.loading.tables import TABLES, load_table
from gis_app.loading.towns import load_towns
from gis_app.loading.zones import load_zones

__all__ = ["TABLES", "load_everything", "load_table", "load_towns", "load_zones"]
