"""Tested hotspots as leaders read them: places with names, trends, open work and what became of those under orders.

Floor: beside exports. What is a hotspot is decided in layers.hotspots; here tickets are counted into cells and found cells
are given names, units and a history.
"""

from gis_app.hotspots.again import recurring
from gis_app.hotspots.board import DAYS, DEFAULT_DAYS, LONGEST, TRENDS, Board, board, county_grid
from gis_app.hotspots.following import Verdict, followed
from gis_app.hotspots.held import Chance, Question
from gis_app.hotspots.places import Spotted, spotted, tickets_in

__all__ = [
    "DAYS",
    "DEFAULT_DAYS",
    "LONGEST",
    "TRENDS",
    "Board",
    "Chance",
    "Question",
    "Spotted",
    "Verdict",
    "board",
    "county_grid",
    "followed",
    "recurring",
    "spotted",
    "tickets_in",
]
