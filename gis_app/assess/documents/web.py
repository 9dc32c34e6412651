"""A bulletin as one HTML file that needs nothing else: for keeping, for mail, and for paper."""

from django.contrib.staticfiles.finders import find
from django.template.loader import render_to_string
from django.utils.translation import override

from gis_app.assess.telling import tell


def web(bulletin, public=False):
    """The bytes of the HTML file. public: the edition for everybody."""
    with override("zh-hans"):
        context = {"told": tell(bulletin, public), "css": rules()}
        return render_to_string("bulletin/document.html", context).encode()


def rules():
    """The style sheet, as the file holds it."""
    with open(find("bulletin-paper.css"), encoding="utf-8") as file:
        return file.read()
