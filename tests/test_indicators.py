"""What the indicators say, against a published example, against a slow recount, and of tickets that went strange ways."""

import datetime as dt

import pytest

from gis_app.assess import indicators
from gis_app.assess.indicators import Fact, Ratio


def test_a_published_months_figures_come_out():
    """A city's: 972 were to be closed, 911 were, 737 of them in time. Here 20 more were suspended, which changes nothing."""
    ways = {("due", "to_close", "closed", "closed_in_time"): 737, ("due", "to_close", "closed"): 911 - 737}
    ways |= {("due", "to_close"): 972 - 911, ("due", "suspended"): 20}
    facts = [Fact(1, counts, town=1, category=1, unit=1) for counts, times in ways.items() for _each in range(times)]
    [county] = indicators.lines("county", facts)
    assert (county.counts["due"], county.counts["suspended"]) == (992, 20)
    assert str(county.ratios["closed"]) == "93.72%" and str(county.ratios["closed_in_time"]) == "75.82%"


def test_of_nothing_there_is_no_share():
    assert Ratio(0, 0).share is None and str(Ratio(0, 0)) == "—"
    assert Ratio(0, 3).share == 0 and str(Ratio(0, 3)) == "0.00%"


@pytest.mark.django_db
def test_a_county_without_tickets_has_every_unit_and_town_and_no_share():
    day = dt.date(2020, 5, 1)
    for by, number in (("unit", 41), ("town", 17), ("worker", 0), ("category", 0), ("county", 1)):
        lines = indicators.table(by, day, day)
        assert len(lines) == number
        assert {ratio.share for line in lines for ratio in line.ratios.values()} <= {None}
        assert not any(any(line.counts.values()) for line in lines)
