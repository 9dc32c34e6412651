"""What people say: reports with their words, photos and ways to reach the sender, apart from each other."""

import functools
import hashlib
import re
import secrets

from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.gis.db import models
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import get_language

from gis_app import words
from gis_app.models.place import Edition, Grid, Town, Village
from gis_app.models.unit import Category

ALPHABET = "23456789ABCDEFGHJKMNPQRTUVWXY"  # 29, a prime, without 0 1 I L O S Z: any one wrong symbol or swap shows
PLACE = {symbol: place for place, symbol in enumerate(ALPHABET)}
SYMBOLS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))  # of a random byte
UNEVEN = bytes(range(256 - 256 % len(ALPHABET), 256))  # bytes that would make some symbols likelier
MOBILE, SEPARATORS = re.compile(r"1[3-9]\d{9}"), re.compile(r"[\s\-()（）]")
MEANT = str.maketrans("SZ", "52", " -")  # what people write for what they read


def check_symbol(body):
    """The check character of a code's body: position-weighted sum modulo 29."""
    return ALPHABET[sum([i * PLACE[symbol] for i, symbol in enumerate(body, 1)]) % len(ALPHABET)]


def fresh_code():
    """A code that nobody guesses: 11 random symbols (53 bits) and a check character."""
    body = ""
    while len(body) < 11:
        body += secrets.token_bytes(16).translate(SYMBOLS, UNEVEN).decode()
    return body[:11] + check_symbol(body[:11])


def read_code(text):
    """The code that somebody typed, tidied; empty when it cannot be one."""
    code = text.strip().upper().translate(MEANT)
    sound = len(code) == 12 and set(code) <= set(ALPHABET) and check_symbol(code[:-1]) == code[-1]
    return code if sound else ""


def mobile(text):
    """The eleven digits of a Chinese mobile number, or an empty text."""
    digits = SEPARATORS.sub("", text).removeprefix("+86").removeprefix("0086")
    return digits if MOBILE.fullmatch(digits) else ""


def is_mail(text):
    """Whether this is a mail address."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def way_of(contact):
    """On which way a sender can be told something: sms, email, or an empty text."""
    if mobile(contact):
        return words.ChannelName.SMS
    return words.ChannelName.EMAIL if is_mail(contact) else ""


def fresh_salt():
    """A salt for the digest of free text."""
    return secrets.token_hex(16)


def digest_of_words(text, salt, gone):
    """SHA-256 of salt and text; of a text that was removed, what it was."""
    return gone if gone and not text else hashlib.sha256((salt + text).encode()).hexdigest()


class Words(models.Model):
    """Free text, apart from the row that it belongs to, so that the law can have it removed and the chain still holds."""

    text = models.TextField()
    salt = models.CharField(max_length=32, default=fresh_salt)
    gone = models.CharField(max_length=64, blank=True)  # the digest of a text that was removed; empty while it is there

    class Meta:
        verbose_name_plural = "words"
        constraints = [CheckConstraint(condition=Q(gone="") | Q(text=""), name="words_that_are_gone_are_gone")]

    @property
    def digest(self):
        return digest_of_words(self.text, self.salt, self.gone)


class Report(models.Model):
    """What somebody said. Never changed after intake; what became of it is the ticket's story."""

    code = models.CharField(max_length=12, default=fresh_code)
    source = models.CharField(max_length=16, choices=words.Source)
    source_ref = models.CharField(max_length=80)  # the sender's own key: form token, hotline number, Open311 id
    ticket = models.ForeignKey("Ticket", models.PROTECT, related_name="reports")
    said = models.ForeignKey(Words, models.PROTECT, related_name="+", db_index=False)
    public_text = models.TextField(blank=True)  # the same as redact masked it on that day
    place_text = models.CharField(max_length=200, blank=True)
    point = models.PointField(srid=4326, null=True, spatial_index=False)  # (lon, lat); null when only a town was named
    precision = models.CharField(max_length=8, choices=words.Precision)
    accuracy_m = models.FloatField(null=True)
    town = models.ForeignKey(Town, models.PROTECT, related_name="reports", db_index=False)
    village = models.ForeignKey(Village, models.PROTECT, null=True, related_name="reports", db_index=False)
    grid = models.ForeignKey(Grid, models.SET_NULL, null=True, related_name="reports", db_index=False)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="reports", db_index=False)
    # As chosen or guessed on that day.
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="reports", db_index=False)
    guessed = models.BooleanField(default=False)
    reading = models.JSONField(default=dict)  # what the first reading saw: scope, handoff, danger, candidates, borders
    due_at = models.DateTimeField()  # the forecast that the sender was told
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["code"], name="a_code_opens_one_report"),
            UniqueConstraint(fields=["source", "source_ref"], name="one_report_per_source_and_ref"),
            CheckConstraint(
                condition=Q(point__isnull=True, precision=words.Precision.TOWN)
                | Q(point__isnull=False, precision__in=words.PLACED),
                name="a_report_has_a_point_unless_only_its_town_is_known",
            ),
            CheckConstraint(condition=Q(accuracy_m__isnull=True) | Q(accuracy_m__gte=0), name="accuracy_is_not_negative"),
        ]
        indexes = [
            models.Index(fields=["-said_at"], name="reports_by_day"),
            models.Index(fields=["grid"], condition=Q(grid__isnull=False), name="reports_by_grid"),
        ]

    @property
    def printed_code(self):
        """In fours, as people read it aloud."""
        return " ".join(self.code[i : i + 4] for i in (0, 4, 8))


class Contact(models.Model):
    """How to reach the sender: encrypted with a key outside the database, and apart from the report."""

    report = models.OneToOneField(Report, models.CASCADE, related_name="contact")
    cipher = models.BinaryField()
    way = models.CharField(max_length=8, db_default="")  # on which the sender agreed to hear; empty: for a call back alone
    language = models.CharField(max_length=8, db_default="zh-hans")

    @classmethod
    def keep(cls, report, text, agreed=False):
        """Store what the sender left, encrypted. agreed: to be told there what becomes of it."""
        language = "en" if (get_language() or "").startswith("en") else "zh-hans"
        return cls.objects.create(
            report=report, cipher=cls.sealed(text), way=way_of(text) if agreed else "", language=language
        )

    @staticmethod
    def sealed(text):
        """What the sender left, encrypted."""
        return _cipher().encrypt(text.encode())

    def read(self):
        """What the sender left. Whoever calls this answers for logging the look."""
        return _cipher().decrypt(bytes(self.cipher)).decode()


@functools.cache
def _cipher():
    return Fernet(settings.CONTACT_KEY)


class Photo(models.Model):
    """A picture, drawn anew from its pixels so that nothing else of the sender's phone is in it."""

    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="photos")
    event = models.ForeignKey("Event", models.PROTECT, null=True, related_name="photos")
    kind = models.CharField(max_length=6, choices=words.PhotoKind)
    file = models.FileField(max_length=120)
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(report__isnull=False, event__isnull=True) | Q(report__isnull=True, event__isnull=False),
                name="a_photo_belongs_to_a_report_or_to_an_event",
            )
        ]


class Submission(models.Model):
    """A key that a caller sent with something, and what was answered: the second time it is answered so again."""

    caller = models.CharField(max_length=80)  # a user's id, or empty for strangers
    path = models.CharField(max_length=120)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # of what was sent
    answer = models.CharField(max_length=40)  # a report's code or an event's id
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["caller", "path", "key"], name="a_key_is_used_once_by_a_caller_on_a_path")]


class Visit(models.Model):
    """How many posts came from one address in one minute. The address is kept as a digest, and for an hour only."""

    address = models.CharField(max_length=64)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [UniqueConstraint(fields=["address", "minute"], name="an_address_has_one_count_a_minute")]
