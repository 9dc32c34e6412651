"""What everybody may ask and say."""

from typing import Annotated, Any

import pydantic
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Header, Query, Router, Schema
from ninja.errors import ValidationError
from ninja.schema import NinjaGenerateJsonSchema
from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import to_json

from gis_app import intake, locate, route
from gis_app.access import count_post
from gis_app.api import shapes
from gis_app.api.door import Bearer, Session, asked, names_only
from gis_app.classify import categories, classify
from gis_app.clock import SHANGHAI
from gis_app.errors import BadField, NotSignedIn, Unplaced
from gis_app.intake import Said
from gis_app.locate.points import active_edition
from gis_app.words import Reading, Source
from layers.crs import CRS, to_wgs84

router = Router(tags=["public"])


def _number(value):
    if isinstance(value, bool):
        raise ValueError(_("要一个数，不是真假"))
    return value


Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False), BeforeValidator(_number)]
Metres = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False), BeforeValidator(_number)]
LONGEST_QUERY = 4000


class Strict(Schema):
    """Names that are not known are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ReportIn(Strict):
    text: str = ""
    lon: Degrees | None = None
    lat: Degrees | None = None
    accuracy_m: Metres | None = None
    side: str | None = None
    crs: str = "wgs84"
    place_text: str = ""
    category: str | None = None
    contact: str = ""
    agreed: bool = False
    photos: list[Any] = Field(default=[], json_schema_extra={"items": {"type": "string", "format": "binary"}})


class LocateQuery(BaseModel):  # read by query_of, for which a Schema would be twice as slow
    model_config = ConfigDict(extra="forbid")

    lon: Degrees | None = None
    lat: Degrees | None = None
    crs: str = "wgs84"
    accuracy_m: Metres | None = None
    text: str | None = None
    category: str | None = None


class TextQuery(Strict):
    text: str


class TextIn(Strict):
    text: str
    lon: Degrees | None = None
    lat: Degrees | None = None


class RouteQuery(Strict):
    category: str
    lon: Degrees
    lat: Degrees
    crs: str = "wgs84"


class Nothing(Strict):
    pass


def json_or_form(schema):
    """The description of a body that comes as JSON or, with photos, as a form."""
    body = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"requestBody": {"content": {"application/json": body, "multipart/form-data": body}, "required": True}}


def query_described(schema):
    """The description of a call that reads its query by query_of."""
    told = schema.model_json_schema(schema_generator=NinjaGenerateJsonSchema)
    needed, fields = told.get("required", ()), told["properties"].items()
    return {"parameters": [{"in": "query", "name": name, "schema": field, "required": name in needed} for name, field in fields]}


def query_of(request, schema):
    """A call's query as its schema: what ninja does with Query[schema], at half the cost. Raises ValidationError, BadField."""
    query = asked(request)
    names_only(request, schema, query.keys())
    try:
        return schema.model_validate(query)
    except pydantic.ValidationError as error:
        raise ValidationError([told | {"loc": ("query", *told["loc"])} for told in error.errors()])


def caller_of(request):
    """The signed-in caller of an open call, or None: a token that was sent along, or a session.

    Raises NotSignedIn for a token that is wrong (its sender believes to be known), NoPageToken.
    """
    user = Bearer()(request)
    # Another scheme is not for us: a proxy in front may ask for a password of its own.
    if user is None and request.headers.get("Authorization", "").lower().startswith("bearer"):
        raise NotSignedIn
    return user or Session()(request)


@router.post(
    "/reports", response={200: dict, 201: dict}, auth=None, openapi_extra=json_or_form("ReportIn"), summary="Report a problem"
)
def post_report(request, said: ReportIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""):
    """Take a report in. A repeat under the same Idempotency-Key is answered as the first one, with 200.

    side: the code of the town that the sender says it is in, where /locate gives `sides`. Without a place, 422 `unplaced`
    offers as `photo_position` where a photo was taken; it is used only when it is sent as lon and lat.
    """
    user = caller_of(request)
    if user is None:
        count_post(request.META.get("REMOTE_ADDR", ""))
    if any(isinstance(photo, str) for photo in said.photos):
        raise BadField(field="photos", why=_("照片要用 multipart 发。"))
    source = Source.WORKER if user else Source.API
    heard = Said(**said.dict(), source=source)
    try:
        report, fresh = intake.receive(heard, key=key[:200], caller=str(user.pk) if user else "")
    except Unplaced as problem:
        if taken := problem.facts.get("taken"):
            problem.facts["photo_position"] = shapes.position(taken)
        raise
    return written(report_answer(request, report), 201 if fresh else 200)


def report_answer(request, report):
    """A report's public view, with the address where it can be followed."""
    url = request.build_absolute_uri(reverse("follow", args=[report.code]))
    return shapes.report(report, url, active_edition().towns)


@router.get("/locate", response=dict, auth=None, openapi_extra=query_described(LocateQuery), summary="Where is this?")
def get_locate(request):
    """A point's town, or the place that words name. 200 for any reading."""
    query = query_of(request, LocateQuery)
    if query.text is not None and query.lon is None and query.lat is None:
        return written(words_place(query.text))
    if query.lon is None or query.lat is None:
        raise BadField(field="lon, lat", why=_("要么给 lon 和 lat，要么给 text。"))
    lon, lat = wgs84(query)
    place = locate.at_point(lon, lat, query.accuracy_m)
    category = category_of(query.category) if query.category else None
    near = intake.each_side(place, category)
    units = {town.code: unit for town, unit in near} if category else None
    return written(shapes.place(place, units) | shapes.sides(intake.asked_about(near)))


def written(answer, status=200):
    """An answer as JSON. As a dict it would first be checked and copied by ninja: a tenth of the time of the whole request."""
    return HttpResponse(to_json(answer), "application/json; charset=utf-8", status)


def words_place(text):
    """The reading of a text; without one, names that begin with it are proposed."""
    if len(text) > LONGEST_QUERY:
        raise BadField(field="text", why=_("最多 %d 字。") % LONGEST_QUERY)
    place = locate.in_words(text)
    answer = shapes.place(place)
    if place.reading == Reading.NONE:
        answer["candidates"] = [shapes.candidate(row) for row in locate.suggest(text)]
    return answer


def wgs84(query):
    """(lon, lat) of a query in WGS84. Raises BadField for an unknown crs."""
    if query.crs not in CRS:
        raise BadField(field="crs", why=_("只能是：%s。") % "、".join(CRS))
    lon, lat = to_wgs84(query.lon, query.lat, query.crs)
    return float(lon), float(lat)


def category_of(code):
    """The category with this code. Raises BadField."""
    if code not in categories():
        raise BadField(field="category", why=_("没有编号为 %s 的小类。") % code)
    return categories()[code]


@router.get("/classify", response=dict, auth=None, summary="What is it?")
def get_classify(request, query: Query[TextQuery]):
    """Kinds that a text speaks of, best first."""
    names_only(request, TextQuery)
    return classified(query.text)


@router.post("/classify", response=dict, auth=None, summary="What is it?")
def post_classify(request, said: TextIn):
    """As GET, for long texts."""
    return classified(said.text)


def classified(text):
    """The verdict on a text, place names left out of the evidence."""
    if len(text) > LONGEST_QUERY:
        raise BadField(field="text", why=_("最多 %d 字。") % LONGEST_QUERY)
    return shapes.verdict(classify(text, locate.named_places(text)))


@router.get("/route", response=dict, auth=None, summary="Whose is it?")
def get_route(request, query: Query[RouteQuery]):
    """The unit that answers for a category at a point, why, and who lost."""
    names_only(request, RouteQuery)
    category = category_of(query.category)
    lon, lat = wgs84(query)
    locate.town_of(lon, lat)
    place = locate.at_point(lon, lat)
    answer = route.answer(category, route.Where(**locate.where_is(place)), timezone.now().astimezone(SHANGHAI).date())
    return {
        "unit": shapes.named(answer.unit),
        "why": route.why(answer, category, place.town),
        "duty": route.duty_row(answer.duty) if answer.duty else None,
        "losers": [{"unit": shapes.named(duty.unit), "duty": route.duty_row(duty), "lost_by": by} for duty, by in answer.losers],
    }
