"""The WSGI address of the web server."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gis_app.settings")

application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # the code of all pages is read here, once, before the server's processes part
