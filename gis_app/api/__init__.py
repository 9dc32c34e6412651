"""The JSON contract with other programs."""

from gis_app.api.door import api
from gis_app.api.duties import router as duties
from gis_app.api.public import router as public
from gis_app.api.staff import router as staff

api.add_router("", public)
api.add_router("", staff)
api.add_router("", duties)

__all__ = ["api"]
