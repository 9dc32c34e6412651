"""A bulletin as PDF: the HTML file on paper, made by a program of its own (layers.press says why)."""

import subprocess
import sys

from django.conf import settings

from gis_app.assess.documents.web import web

IDENTIFIER = 32  # hexadecimal digits


def pdf(bulletin, public=False):
    """The bytes of the PDF. The digest of the figures is its identifier, and no moment stands in it: the same bytes again."""
    press = [sys.executable, "-m", "layers.press", bulletin.digest[:IDENTIFIER]]
    return subprocess.run(press, input=web(bulletin, public), stdout=subprocess.PIPE, cwd=settings.ROOT, check=True).stdout
