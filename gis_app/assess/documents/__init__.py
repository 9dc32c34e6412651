"""A bulletin as files: HTML, PDF and DOCX, each made of what is frozen alone, so that the same figures give the same bytes.

In Chinese, as the county's papers are. Files of published bulletins are kept once made.
"""

from gis_app.assess.documents.kept import FILES, PUBLIC_FILES, document
from gis_app.assess.documents.pdf import pdf
from gis_app.assess.documents.web import web
from gis_app.assess.documents.word import word

__all__ = ["FILES", "PUBLIC_FILES", "document", "pdf", "web", "word"]
