"""The JSON contract with other programs."""

from gis_app.api.door import api, at_once
from gis_app.api.duties import router as duties
from gis_app.api.export import router as export
from gis_app.api.follow import router as follow
from gis_app.api.hotspots import router as hotspots
from gis_app.api.inbox import router as inbox
from gis_app.api.judging import router as judging
from gis_app.api.many import router as many
from gis_app.api.near import router as near
from gis_app.api.public import get_locate
from gis_app.api.public import router as public
from gis_app.api.staff import router as staff

api.add_router("", public)
api.add_router("", follow)
api.add_router("", near)
api.add_router("", many)
api.add_router("", staff)
api.add_router("", inbox)
api.add_router("", duties)
api.add_router("", export)
api.add_router("", hotspots)
api.add_router("", judging)

where = at_once(get_locate)  # the view behind /locate, the call that programs make the most

__all__ = ["api", "where"]
