"""Configuration: everything comes from the environment (see README) with working defaults."""

import glob
import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
import pyogrio
import shapely
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

ROOT = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR") or ROOT / "var")
FIXTURES = Path(os.environ.get("FIXTURES") or ROOT / "fixtures")
DEMO = os.environ.get("DEMO", "1") != "0"
DEMO_PASSWORD = os.environ.get("DEMO_PASSWORD", "")
RATE_LIMIT = int(os.environ.get("RATE_LIMIT") or 120)  # anonymous posts a minute and address
TILES_URL, TILES_KEY = os.environ.get("TILES_URL", ""), os.environ.get("TILES_KEY", "")
DEBUG = False


def kept(name, make):
    """A secret that is made once and kept under VAR_DIR, readable by the owner alone."""
    path = VAR_DIR / name
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        with suppress(FileExistsError):
            os.link(fresh, path)  # of two processes that start at once, one makes the secret and both read it
        fresh.unlink()
    return path.read_text().strip()


SECRET_KEY = os.environ.get("SECRET_KEY") or kept("secret_key", lambda: secrets.token_urlsafe(48))
CONTACT_KEY = kept(
    "contact.key", lambda: Fernet.generate_key().decode()
)  # outside the database: a stolen dump shows no telephone

ROOT_KEY = kept(  # Ed25519; outside the database: who has its password alone cannot sign what the memory held
    "root.key", lambda: Ed25519PrivateKey.generate().private_bytes_raw().hex()
)
ROOTS = VAR_DIR / "roots"  # the same roots once more, a line each, a file for each database
PUBLIC_URL = os.environ.get("PUBLIC_URL", "").rstrip("/")  # as people reach this service: links in messages begin with it
MAIL = urlsplit(os.environ.get("EMAIL_URL", ""))  # smtp://name:password@host:25, smtp+tls:// or smtps://
EMAIL_HOST, EMAIL_PORT = MAIL.hostname or "", MAIL.port or {"smtps": 465, "smtp+tls": 587}.get(MAIL.scheme, 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(MAIL.username or ""), unquote(MAIL.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS, EMAIL_TIMEOUT = MAIL.scheme == "smtps", MAIL.scheme == "smtp+tls", 10
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM") or f"chaxiang@{EMAIL_HOST or 'localhost'}"
SMS_URL = os.environ.get("SMS_URL", "")  # the county's own provider: what is posted there, how, and what is a good answer
SMS_FIELDS = os.environ.get("SMS_FIELDS") or '{"phone": "{to}", "content": "{text}", "id": "{id}"}'
SMS_FORMAT, SMS_HEADERS = os.environ.get("SMS_FORMAT", "json"), os.environ.get("SMS_HEADERS", "")  # json or form; A: b|C: d
SMS_OK = os.environ.get("SMS_OK", "")  # an expression that a good answer matches; its group is the provider's number
WEBHOOK_KEY = os.environ.get("WEBHOOK_KEY") or kept("webhook.key", lambda: secrets.token_urlsafe(32))  # signs what is posted

ALLOWED_HOSTS = [h for h in os.environ.get("ALLOWED_HOSTS", "*").split(",") if h]
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("TRUSTED_ORIGINS", "").split(",") if o]
HTTPS = os.environ.get("HTTPS", "0") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "SAMEORIGIN"
ROOT_URLCONF, WSGI_APPLICATION = "gis_app.urls", "gis_app.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "axes",
    "gis_app",
]
MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",  # it blurs lengths with random bytes, so that compressed secrets do not leak
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "gis_app.middleware.problems",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
AXES_FAILURE_LIMIT, AXES_COOLOFF_TIME = 5, 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "locked.html"
AXES_RESET_ON_SUCCESS = True
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "login", "home", "login"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Debian's GDAL is older than the one that Django asks for, and two in one process would quarrel: use the wheels' own.
GDAL_LIBRARY_PATH = glob.glob(f"{Path(pyogrio.__file__).parent.parent}/pyogrio.libs/libgdal*")[0]
GEOS_LIBRARY_PATH = glob.glob(f"{Path(shapely.__file__).parent.parent}/shapely.libs/libgeos_c*")[0]

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or "postgis://app@localhost/chaxiang",
        engine="django.contrib.gis.db.backends.postgis",
        conn_max_age=600,
        conn_health_checks=True,
        disable_server_side_cursors=os.environ.get("POOLED", "0") == "1",  # nothing is left on a connection for the next time
    )
}
# Compiling a question takes longer than answering it: a close view of 5 M tickets 5.0 s, without it 0.8 s.
# Tables are joined about as a question names them: weighing all orders of the eight of a list took 110 ms, reading the list 9 ms.
ASKED = {"options": "-c jit=off -c join_collapse_limit=4"}
DATABASES["default"]["OPTIONS"] = ASKED | DATABASES["default"].get("OPTIONS", {})
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

USE_TZ, TIME_ZONE = True, "Asia/Shanghai"
USE_I18N, LANGUAGE_CODE = True, "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]

STATIC_URL, STATIC_ROOT = "/static/", VAR_DIR / "static"
MEDIA_ROOT = VAR_DIR / "media"
HOTLINE_ROOT = VAR_DIR / "hotline"  # files that clerks have sent, until they are taken in, and what was refused of them
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
UPLOAD_MB = 32  # four photos from a phone and the words
DATA_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_MB * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "style-src-attr": ["'unsafe-inline'"],  # Leaflet places its panes by style attributes set from script
        "img-src": [SELF, "data:", "blob:"],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "form-action": [SELF],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
STAMP_SECONDS = 0.6  # how long a process may go on with reference data that another has just changed, before it builds its own

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
