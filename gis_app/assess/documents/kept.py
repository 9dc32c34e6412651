"""The files of a bulletin by their names; those of a published one are made once and kept."""

import os
from pathlib import Path

from django.conf import settings

from gis_app.assess.documents.pdf import pdf
from gis_app.assess.documents.web import web
from gis_app.assess.documents.word import word

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FILES = {  # name: (how it is made, its type)
    "bulletin.html": (web, "text/html; charset=utf-8"),
    "bulletin.pdf": (pdf, "application/pdf"),
    "bulletin.docx": (word, DOCX),
}
PUBLIC_FILES = ("bulletin.html", "bulletin.pdf")


def document(bulletin, name, public=False):
    """The bytes of a file of a bulletin. name: of FILES; public: the edition for everybody.

    A published one never changes, so its files are kept: whoever asks for them again costs nothing.
    """
    make, _kind = FILES[name]
    if not bulletin.published_at:
        return make(bulletin, public)
    path = Path(settings.MEDIA_ROOT) / "bulletins" / f"{bulletin.digest}-{bulletin.pk}-{'public' if public else 'office'}-{name}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"{path.name}.{os.getpid()}")
        half.write_bytes(make(bulletin, public))
        half.replace(path)  # whole or not at all; of two who make it at once both make the same
    return path.read_bytes()
