"""Two towns of no real county, and what was told in them: for tests of counts and maps."""

from datetime import date

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from gis_app.models import Boundary, Category, CellCount, Edition, Major, Stamp, Town
from layers.cells import cell_of

TODAY = date(2026, 11, 25)  # a Wednesday
LANE, MARKET = (107.7661, 32.9931), (107.9012, 33.0203)
WEST, EAST = "999999001", "999999002"  # towns of no real county, so that loaded fixtures do not matter


@pytest.fixture(autouse=True)
def two_towns(db):
    """Two towns side by side and a kind of problem for each of two tasks; nothing counted yet."""
    CellCount.objects.all().delete()
    Edition.objects.filter(active=True).update(active=False)
    edition = Edition.objects.create(kind="towns", source="test", digest="two squares", active=True)
    for code, label, kind, left in ((WEST, "西街道", "街道", 107.7), (EAST, "东镇", "镇", 107.85)):
        Town.objects.create(code=code, name=label, kind=kind)
        square = MultiPolygon(Polygon.from_bbox((left, 32.9, left + 0.15, 33.1)))
        Boundary.objects.create(edition=edition, code=code, name=label, outline=square, synthetic=True)
    major = Major.objects.create(code="99", name="试验")
    for code, task in (("9901", "六"), ("9902", "八")):
        Category.objects.create(
            code=code, major=major, name=code, kind="事件", task=task, tier="B", limit=1, limit_unit="工作日", photo_after=False
        )
    for name in ("places", "rules"):  # so that no map drawn before is shown, and no kind of these is kept for others
        Stamp.bump(name)


def tell(count=1, at=LANE, town=WEST, day=TODAY, category="9901", voices=None, folded=False):
    CellCount.objects.create(
        day=day,
        cell=cell_of(*at) if at else None,
        town=Town.objects.get(code=town),
        category=Category.objects.filter(code=category).first(),
        count=count,
        voices=count if voices is None else voices,
        folded=folded,
    )
