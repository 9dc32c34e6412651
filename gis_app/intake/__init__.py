"""Taking reports in: every door goes through receive()."""

from gis_app.intake.placing import place_of
from gis_app.intake.receive import Said, receive
from gis_app.intake.sides import asked_about, each_side, sides, unit_at

__all__ = ["Said", "asked_about", "each_side", "place_of", "receive", "sides", "unit_at"]
