"""Taking reports in: every door goes through receive()."""

from gis_app.intake.receive import Said, place_of, receive

__all__ = ["Said", "place_of", "receive"]
