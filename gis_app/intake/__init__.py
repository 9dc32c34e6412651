"""Taking reports in: every door goes through receive()."""

from gis_app.intake.placing import place_of
from gis_app.intake.receive import Said, receive
from gis_app.intake.sides import across, sides, unit_at

__all__ = ["Said", "across", "place_of", "receive", "sides", "unit_at"]
