"""Where a report is: by its point, by its place's own words, by the words for the area around it, by all that was said."""

from dataclasses import replace
from functools import lru_cache

from django.utils.translation import gettext as _

from gis_app import locate, photos
from gis_app.errors import OutsideWords, Unplaced
from gis_app.intake.sides import chosen_side
from gis_app.models import remembered
from gis_app.words import Precision, Reading

MOST_PLACES = 5000  # to be remembered


def place_of(said):
    """Where it is: the point, else the place's own words, else the report's. Raises OutsideArea, OutsideWords, Unplaced and,
    for a side that cannot be, BadField.

    With a point, words that name another town are flagged for the desk, not decided; a side of a border that the sender
    chose is. Where a photo was taken is never used unasked: Unplaced carries it as `taken`, a Place.
    """
    if said.lon is not None:
        locate.town_of(said.lon, said.lat)  # raises outside
        place = locate.at_point(said.lon, said.lat, said.accuracy_m)
        place = chosen_side(place, said.side) if said.side else place
        return told_apart(place, locate.in_words(said.place_text or said.text))
    try:
        return placed(read_within(said) if said.within else read_alone(said))
    except Unplaced as problem:
        problem.facts["taken"] = taken(said.photos)
        raise


def read_alone(said):
    """The Place, of any reading, that the place's own words name; where they name none, the report's."""
    read = locate.in_words(said.place_text) if said.place_text else locate.in_words(said.text)
    return locate.in_words(said.text) if read.reading == Reading.NONE and said.place_text else read


def read_within(said):
    """The Place, of any reading, by the words for its area and its own together; the report's words may say it more exactly.

    An area that names a town settles which of several villages is meant, and is the place when nothing says more. Words that
    name another town win with their town beside them, alone they are a question; the desk is told when they differ.
    """
    read_once = _read_once()
    area, read = read_once(said.within), read_once(said.within + said.place_text)
    if area.reading == Reading.OUTSIDE:
        return area
    if read.reading == Reading.NONE:
        return locate.in_words(said.text)
    if read.reading == Reading.ONE and read.precision == Precision.TOWN:
        return closer(read, said)
    return told_apart(read, area)


@remembered("places")
def _read_once():
    """`locate.in_words` with a memory: areas are said again and again, and of the places in a hotline's file four in ten."""
    return lru_cache(MOST_PLACES)(locate.in_words)


def closer(town, said):
    """The Place that a report's words name inside a town that is known; the town itself when they name none there."""
    read = locate.in_words(said.text)
    if read.reading in (Reading.AMBIGUOUS, Reading.NONE):
        read = locate.in_words(f"{town.name}，{said.text}")
    if read.reading != Reading.ONE:
        return town
    return read if read.town.pk == town.town.pk else told_apart(town, read)


def told_apart(place, other):
    """A Place, flagged for the desk where other words name another town."""
    apart = Reading.ONE == place.reading == other.reading and place.town.pk != other.town.pk
    return replace(place, flags={"words_say": other.name}) if apart else place


def taken(pictures):
    """The Place in the county where the first photo that says so was taken, or None."""
    for found in filter(None, map(photos.taken_at, pictures)):
        place = locate.at_point(*found)
        if place.reading == Reading.ONE:
            return place
    return None


def placed(read):
    """The Place that words gave, when it is one. Raises OutsideWords, Unplaced."""
    if read.reading == Reading.OUTSIDE:
        raise OutsideWords(name=read.outside, county=locate.county()["name"])
    if read.reading == Reading.AMBIGUOUS:
        names = "、".join(candidate.name for candidate in read.candidates)
        raise Unplaced(why=_("这个地名不止一处：%s。") % names, candidates=read.candidates)
    if read.reading == Reading.NONE:
        raise Unplaced(why=_("话里没有认出镇街或村社的名字。"), candidates=locate.suggest(read.name or ""))
    return read
