"""The WSGI address of the web server."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gis_app.settings")

application = get_wsgi_application()
len(get_resolver().url_patterns)  # reads the code of all pages here, once, before the server's processes part
