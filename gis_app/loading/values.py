"""What one cell of a file says."""

import datetime as dt
from decimal import Decimal

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _


def many(text):
    """A cell that lists things between bars."""
    return [part.strip() for part in text.split("|") if part.strip()]


def yes(text):
    """yes or no. Raises ValueError."""
    if text not in ("yes", "no"):
        raise ValueError(_("要写 yes 或 no，写的是 %s") % text)
    return text == "yes"


def date(text):
    """YYYY-MM-DD, or None when empty. Raises ValueError."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(_("要写成 2026-03-06 这样的日期，写的是 %s") % text) from error


def number(text, kind=Decimal):
    """A cell that holds a number. Raises ValueError."""
    try:
        return kind(text)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise ValueError(_("要一个数，写的是 %s") % text) from error


def point(lon, lat):
    """A place on earth, WGS84. Raises ValueError."""
    lon, lat = number(lon, float), number(lat, float)
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise ValueError(_("经度要在 ±180 内，纬度要在 ±90 内。"))
    return Point(lon, lat, srid=4326)
