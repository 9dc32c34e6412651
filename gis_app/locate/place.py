"""What locating gives back."""

from dataclasses import dataclass, field

from gis_app.models import Grid, Town, Village
from gis_app.words import Precision, Reading


@dataclass(frozen=True)
class Candidate:
    """A place that words may mean."""

    town: Town
    village: Village | None
    precision: str
    score: float
    lon: float | None = None
    lat: float | None = None
    name: str = ""


@dataclass(frozen=True)
class Place:
    """A place with how sure it is. lon, lat: WGS84 degrees, None when only a town is known or reading is not `one`."""

    reading: str = Reading.ONE
    precision: str | None = None
    confidence: float = 0.0
    town: Town | None = None
    village: Village | None = None
    grid: Grid | None = None
    unit_grid: str | None = None  # code
    zones: tuple = ()  # codes
    lon: float | None = None
    lat: float | None = None
    borders: tuple = ()  # of (Town, metres): towns that the circle of a position's accuracy reaches
    candidates: tuple = ()
    nearest: tuple | None = None  # (Town, km), when outside
    name: str = ""  # in words, for people
    outside: str = ""  # the name that says it is elsewhere
    edition: int | None = None
    flags: dict = field(default_factory=dict)  # contradictions that the desk should see

    @property
    def has_point(self):
        return self.precision is not None and self.precision != Precision.TOWN
