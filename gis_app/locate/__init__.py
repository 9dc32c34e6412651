"""Where: points and words to towns and villages."""

from gis_app.locate.names import in_words, named_places, suggest
from gis_app.locate.place import Candidate, Place
from gis_app.locate.points import at_point, county, town_of, where_is, zones_in

__all__ = [
    "Candidate",
    "Place",
    "at_point",
    "county",
    "in_words",
    "named_places",
    "suggest",
    "town_of",
    "where_is",
    "zones_in",
]
