"""Doors' common frame: a domain error becomes a page or problem details, once; nothing too large comes in."""

import sys

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.defaults import server_error

from gis_app.api.door import AWAY, WAIT, away, problem_response
from gis_app.errors import (
    ByButtonOnly,
    NotFound,
    NotSignedIn,
    Problem,
    TooLarge,
    Unavailable,
    WrongMethod,
)

API = "/api/"
PLAIN = {404: NotFound, 405: WrongMethod, 401: NotSignedIn}  # what Django itself says in HTML, as a problem


def problems(get_response):
    """Translate every Problem that a view raises, and Django's own refusals of API calls."""

    def middleware(request):
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_MB * 1024 * 1024:
            return answer(request, TooLarge(mb=settings.UPLOAD_MB))
        response = get_response(request)
        plain = PLAIN.get(response.status_code)
        if plain and request.path.startswith(API) and "json" not in response.get("Content-Type", ""):
            return instead(response, problem_response(plain()))
        if response.status_code == WrongMethod.status and not response.content:  # a step's address, opened as a page
            return instead(response, answer(request, ByButtonOnly()))
        return response

    def process_exception(request, error):
        if isinstance(error, AWAY):
            error = away(error)
        return answer(request, error) if isinstance(error, Problem) else None

    middleware.process_exception = process_exception
    return middleware


def instead(response, told):
    """What is told in place of Django's own refusal; it keeps saying which methods there are."""
    if "Allow" in response:
        told["Allow"] = response["Allow"]
    return told


def answer(request, problem):
    """A problem as JSON for programs, as a page for people."""
    if request.path.startswith(API):
        return problem_response(problem)
    told = {"problem": problem, "what": problem.told("what"), "because": problem.told("why"), "mend": problem.told("next")}
    if isinstance(problem, Unavailable):  # without the reader's name and messages: they are in the database
        page = render_to_string("problem.html", told | {"request": request, "csrf_token": get_token(request)})
        return HttpResponse(page, status=problem.status, headers={"Retry-After": problem.facts.get("seconds", WAIT)})
    return render(request, "problem.html", told, status=problem.status)


def broken(request):
    """What a fault outside of any view is answered with; a session that cannot be stored is the database's silence, too."""
    error = sys.exc_info()[1]
    return answer(request, away(error)) if isinstance(error, AWAY) else server_error(request)
