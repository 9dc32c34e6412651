"""One POST to another program: no redirect is followed, no proxy asked, little is read."""

import http.client
from urllib.parse import urlsplit

from gis_app.notify.message import Failed, Refused

SECONDS, MOST = 10, 64 * 1024
LATER = {408, 425, 429}  # and all from 500 on: the other side says that it is its own trouble, or only for now
LONGEST_WAIT = 24 * 3600


def sound(url):
    """Whether an address can be posted to."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and url.isascii() and " " not in url
    except ValueError:
        return False


def post(url, body, headers):
    """Post bytes; returns the text of a good answer. Raises Refused, Failed."""
    if not sound(url):
        raise Refused("not an http or https address")
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = kind(parts.hostname, parts.port, timeout=SECONDS)
    try:
        line.request("POST", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", body, headers)
        answer = line.getresponse()
        text = answer.read(MOST).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise Failed(f"no answer: {type(error).__name__}") from error
    finally:
        line.close()
    if answer.status in LATER or answer.status >= 500:
        raise Failed(f"answered {answer.status}", _asked(answer.getheader("Retry-After", "")))
    if not 200 <= answer.status < 300:
        raise Refused(f"answered {answer.status}")
    return text


def _asked(after):
    """The seconds of a Retry-After; a date is not read."""
    return min(int(after), LONGEST_WAIT) if after.isascii() and after.isdigit() else 0
