"""Charts: what a leader sees laid over the county, on the screen and on paper, with words that say what it is and is not.

Floor: beside exports.
"""

from gis_app.charts.asked import HELD_AGAINST, Asked, Period, Show
from gis_app.charts.drawn import Chart, chart_of, ground_named, packed_cells, total_of
from gis_app.charts.paper import picture
from gis_app.charts.rated import packed_rates
from gis_app.charts.weeks import WEEKS, bars, weeks_of

__all__ = [
    "HELD_AGAINST",
    "WEEKS",
    "Asked",
    "Chart",
    "Period",
    "Show",
    "bars",
    "chart_of",
    "ground_named",
    "packed_cells",
    "packed_rates",
    "picture",
    "total_of",
    "weeks_of",
]
