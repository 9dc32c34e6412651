"""What is known near a place already."""

from django.urls import reverse
from ninja import Query, Router

from gis_app import locate, near
from gis_app.api import shapes
from gis_app.api.door import names_only
from gis_app.api.public import Degrees, Strict, category_of, wgs84

router = Router(tags=["public"])


class NearQuery(Strict):
    lon: Degrees
    lat: Degrees
    crs: str = "wgs84"
    category: str | None = None


@router.get("/near", response=dict, auth=None, summary="Is it known already?")
def get_near(request, query: Query[NearQuery]):
    """Open tickets within 100 m, possible duplicates: kind, state, day, band of distance; words and photo once released."""
    names_only(request, NearQuery)
    category = category_of(query.category) if query.category else None
    lon, lat = wgs84(query)
    locate.town_of(lon, lat)
    found = [known(request, one) for one in near.around(lon, lat, category)]
    return {"count": len(found), "next": None, "results": found}


def known(request, one):
    """A Known as JSON; words and photo are there only where they are released."""
    told = {"kind": shapes.named(one.category), "state": one.state, "since": one.since.isoformat(), "within_m": one.within_m}
    released = {"words": one.words, "photo": one.photo and request.build_absolute_uri(reverse("photo", args=[one.photo]))}
    return told | {name: value for name, value in released.items() if value}
