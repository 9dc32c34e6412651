"""Our addresses and, after them, a view that does nothing."""

from django.http import JsonResponse
from django.urls import path

from gis_app.urls import urlpatterns as ours

ANSWER = {"reading": "one", "town": {"code": "610724111", "name": "高川镇"}, "village": None, "grid": None, "precision": "point"}
ANSWER |= {"confidence": 1.0, "lon": 108.04585841603397, "lat": 32.90386144022115, "name": "高川镇"}
ANSWER |= {"borders": [], "candidates": []}


def empty(request):
    """As much JSON as a point's answer has, always the same; what was asked is not even read."""
    return JsonResponse(ANSWER, json_dumps_params={"ensure_ascii": False})


urlpatterns = [*ours, path("empty", empty)]
