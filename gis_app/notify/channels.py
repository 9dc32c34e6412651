"""The ways out of the house: mail, short messages through the county's provider, and posts to other programs."""

import hashlib
import hmac
import json
import re
import smtplib
import time
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import EmailMessage

from gis_app.models.report import is_mail, mobile
from gis_app.notify import wire
from gis_app.notify.message import Channel, Failed, Refused
from gis_app.words import ChannelName


class Email(Channel):
    """Mail through the county's own server (EMAIL_URL)."""

    name = ChannelName.EMAIL

    def ready(self):
        return bool(settings.EMAIL_HOST)

    def takes(self, to):
        return is_mail(to)

    def send(self, message):
        text = f"{message.text}\n\n{message.link}\n" if message.link else f"{message.text}\n"
        reference = f"<notice-{message.id}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].strip('> ')}>"
        headers = {"Message-ID": reference, "Auto-Submitted": "auto-generated", "X-Chaxiang-Notice": message.id}
        try:
            EmailMessage(message.text.replace("\n", " "), text, to=[message.to], headers=headers).send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _words in error.recipients.values()]
            raise (Refused if min(codes) >= 500 else Failed)(f"the mail server answered {codes[0]}") from error
        except smtplib.SMTPDataError as error:
            raise (Refused if error.smtp_code >= 500 else Failed)(f"the mail server answered {error.smtp_code}") from error
        except smtplib.SMTPResponseException as error:  # a wrong password is mended by the county, so it is tried again
            raise Failed(f"the mail server answered {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Failed(f"the mail server does not answer: {type(error).__name__}") from error
        return reference


class Webhook(Channel):
    """A JSON post to another program, signed with WEBHOOK_KEY over "timestamp.body"."""

    name, rings = ChannelName.WEBHOOK, False

    def ready(self):
        return True

    def takes(self, to):
        return wire.sound(to)

    def beyond(self, to):
        return to

    def send(self, message):
        told = {"id": message.id, "text": message.text, "link": message.link, "language": message.language, **message.facts}
        body, now = json.dumps(told, ensure_ascii=False).encode(), str(int(time.time()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": message.id,
            "X-Chaxiang-Timestamp": now,
            "X-Chaxiang-Signature": signature(settings.WEBHOOK_KEY, now, body),
        }
        wire.post(message.to, body, headers)
        return ""


def signature(key, timestamp, body):
    """sha256=<hex> by which a receiver knows that a post is ours and not an old one sent again."""
    return "sha256=" + hmac.new(key.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


class Sms(Channel):
    """A short message through the provider that the county has a contract with: SMS_URL takes SMS_FIELDS."""

    name = ChannelName.SMS

    def ready(self):
        return bool(settings.SMS_URL)

    def takes(self, to):
        return bool(mobile(to))

    def send(self, message):
        given = {"to": mobile(message.to), "text": message.short or message.text, "id": message.id}
        try:
            fields = _filled(json.loads(settings.SMS_FIELDS), given)
            headers = dict(line.split(":", 1) for line in settings.SMS_HEADERS.split("|") if line)
        except ValueError as error:
            raise Failed("SMS_FIELDS or SMS_HEADERS cannot be read") from error
        form = settings.SMS_FORMAT == "form"
        body = urlencode(fields).encode() if form else json.dumps(fields, ensure_ascii=False).encode()
        kind = "application/x-www-form-urlencoded" if form else "application/json; charset=utf-8"
        answer = wire.post(settings.SMS_URL, body, {"Content-Type": kind, **{k.strip(): v.strip() for k, v in headers.items()}})
        found = re.search(settings.SMS_OK, answer)
        if found is None:  # many providers say 200 to everything: what went wrong stands in the answer, with the number in it
            raise Failed("the provider's answer is not the one that SMS_OK describes")
        return (found[1] or "")[:120] if found.re.groups else ""


def _filled(fields, given):
    """The county's template of fields with what is sent put in, at any depth."""
    if isinstance(fields, dict):
        return {name: _filled(value, given) for name, value in fields.items()}
    if isinstance(fields, list):
        return [_filled(value, given) for value in fields]
    if not isinstance(fields, str):
        return fields
    return re.sub(r"\{(to|text|id)\}", lambda found: given[found[1]], fields)


CHANNELS = {channel.name: channel for channel in (Email(), Sms(), Webhook())}


def ready():
    """{name: Channel} of those that the county has configured."""
    return {name: channel for name, channel in CHANNELS.items() if channel.ready()}
