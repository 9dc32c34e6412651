"""Exports: tickets as a file, for those who may take them."""

import tempfile
from pathlib import Path

from django.http import FileResponse, StreamingHttpResponse
from ninja import Field, Query, Router

from gis_app import extract
from gis_app.api.door import SIGNED_IN, names_only
from gis_app.api.public import Strict

router = Router(tags=["staff"])
UNKEPT = {"Cache-Control": "private, no-store"}


class ExportQuery(Strict):
    format: str = "csv"
    from_: str | None = Field(None, alias="from")
    to: str | None = None
    task: str | None = None
    category: str | None = None
    town: str | None = None
    unit: str | None = None
    state: str | None = None
    bbox: str | None = None


@router.get("/export", auth=SIGNED_IN, summary="Tickets as a file, without personal data")
def get_export(request, query: Query[ExportQuery]):
    """csv and geojson are sent as they are read, xlsx, gpkg and parquet when they are written. Columns: /help/data."""
    names_only(request, ExportQuery)
    return answer(extract.of(request.user, extract.read(query.model_dump(by_alias=True))), request.user)


def answer(export, user):
    """An export as a response; that it was taken is remembered first."""
    extract.taken(export, user)
    kind = export.asked.format
    headers = UNKEPT | {"Content-Disposition": f'attachment; filename="tickets.{kind}"'}
    if kind in extract.STREAMED:
        return StreamingHttpResponse(extract.stream(export), content_type=extract.MEDIA[kind], headers=headers)
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder) / f"tickets.{kind}"
        extract.write(export, path)
        file = path.open("rb")  # goes on to be readable when its name is gone, and is freed when it has been sent
        return FileResponse(file, content_type=extract.MEDIA[kind], headers=headers | {"Content-Length": path.stat().st_size})
