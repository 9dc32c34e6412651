"""The table of steps drawn and told: states as boxes, steps as arrows, and every step as a row. Nothing here is kept by hand.

Floor: beside forms.
"""

from gis_app.diagram.drawing import draw
from gis_app.diagram.edges import edges, staying
from gis_app.diagram.table import nearly_everywhere, rows

__all__ = ["draw", "edges", "nearly_everywhere", "rows", "staying"]
