"""The county for everybody's map."""

import hashlib

from django.http import HttpResponse
from django.views.decorators.http import condition, require_safe

from gis_app import frames


@require_safe
@condition(etag_func=lambda _request: f'"{hashlib.sha256(frames.county_map()).hexdigest()[:20]}"')
def county(request):
    """The county's outline, towns and neighbours for the citizen's map. Public, and the same until the boundaries change."""
    return HttpResponse(frames.county_map(), content_type="application/json", headers={"Cache-Control": "public, max-age=300"})
