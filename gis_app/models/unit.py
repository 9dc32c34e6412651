"""Who answers for what: units, their people, the kinds of problems, duties and the time that is given."""

import hashlib
import secrets

from django.contrib.auth.models import User
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import get_language

from gis_app import words
from gis_app.models.place import Edition, Town


def in_language(zh, en):
    """The Chinese wording, or the English one where the reader has chosen English and there is one."""
    return en if en and (get_language() or "").startswith("en") else zh


class Unit(models.Model):
    """A 责任单位: a town's government, a department, or the 专班 that dispatches."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=12, choices=words.UnitKind)
    town = models.OneToOneField(Town, models.PROTECT, null=True, blank=True, related_name="unit")
    phone = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            CheckConstraint(
                condition=Q(kind=words.UnitKind.TOWN, town__isnull=False) | (~Q(kind=words.UnitKind.TOWN) & Q(town__isnull=True)),
                name="a_towns_unit_has_its_town_and_no_other_has",
            ),
            UniqueConstraint(fields=["kind"], condition=Q(kind=words.UnitKind.DESK), name="there_is_one_desk"),
        ]

    def __str__(self):
        return self.label

    @property
    def label(self):
        return in_language(self.name, self.name_en)


class Member(models.Model):
    """A person's post: a role, and the unit for the roles that belong to one."""

    user = models.ForeignKey(User, models.CASCADE, related_name="posts")
    role = models.CharField(max_length=12, choices=words.Role)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="members")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["user", "role", "unit"], nulls_distinct=False, name="a_post_is_held_once"),
            CheckConstraint(
                condition=Q(role__in=[words.Role.UNIT, words.Role.WORKER], unit__isnull=False)
                | (~Q(role__in=[words.Role.UNIT, words.Role.WORKER]) & Q(unit__isnull=True)),
                name="officers_and_workers_have_a_unit_and_no_other_has",
            ),
        ]

    def __str__(self):
        return f"{self.user.username} · {self.get_role_display()}"


class Token(models.Model):
    """A person's key for the HTTP API. Only its digest is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    @staticmethod
    def digest_of(secret):
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def issue(cls, user, scope=""):
        """A new token of this person, as the text that the person keeps."""
        secret = secrets.token_urlsafe(32)
        cls.objects.create(user=user, digest=cls.digest_of(secret), scope=scope)
        return secret


class Major(models.Model):
    """A 大类."""

    code = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.label

    @property
    def label(self):
        return in_language(self.name, self.name_en)


class Category(models.Model):
    """A 小类: what kind of problem it is, which task it counts for and how long its mending may take."""

    code = models.CharField(max_length=4, unique=True)
    major = models.ForeignKey(Major, models.PROTECT, related_name="categories")
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    short = models.CharField(max_length=8, blank=True)
    short_en = models.CharField(max_length=20, blank=True)
    icon = models.CharField(max_length=12, blank=True)
    kind = models.CharField(max_length=2, choices=words.CategoryKind)
    task = models.CharField(max_length=1, choices=words.Task)
    tier = models.CharField(max_length=1)
    limit = models.DecimalField(max_digits=6, decimal_places=2)
    limit_unit = models.CharField(max_length=5, choices=words.LimitUnit)
    photo_after = models.BooleanField()
    keywords = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "categories"
        constraints = [
            CheckConstraint(condition=Q(code__regex=r"^\d{4}$"), name="a_category_code_has_four_digits"),
            CheckConstraint(condition=Q(limit__gt=0), name="a_limit_is_more_than_nothing"),
            CheckConstraint(condition=Q(task__in=words.Task.values), name="a_category_has_a_known_task"),
            CheckConstraint(condition=Q(limit_unit__in=words.LimitUnit.values), name="a_limit_has_a_known_unit"),
        ]

    def __str__(self):
        return self.label

    @property
    def label(self):
        return in_language(self.name, self.name_en)

    @property
    def short_label(self):
        return in_language(self.short or self.name, self.short_en or self.name_en)


class Duty(models.Model):
    """This unit answers for this kind of problem in this area, by this document. Neither category nor major: any kind."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="duties")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="duties")
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="duties")
    major = models.ForeignKey(Major, models.PROTECT, null=True, blank=True, related_name="duties")
    area_kind = models.CharField(max_length=8, choices=words.AreaKind)
    area_codes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    document = models.CharField(max_length=120)
    clause = models.CharField(max_length=60, blank=True)
    document_date = models.DateField()
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "duties"
        constraints = [
            CheckConstraint(
                condition=Q(category__isnull=True) | Q(major__isnull=True), name="a_duty_names_a_category_or_a_major_not_both"
            ),
            CheckConstraint(
                condition=Q(area_kind=words.AreaKind.COUNTY, area_codes=[])
                | (~Q(area_kind=words.AreaKind.COUNTY) & ~Q(area_codes=[])),
                name="a_duty_lists_its_areas_unless_it_is_the_county",
            ),
            CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")),
                name="a_duty_ends_after_it_begins",
            ),
        ]

    def __str__(self):
        return f"{self.unit} · {self.category or self.major or '*'} · {self.get_area_kind_display()}"


class Automatic(models.Model):
    """Whether tickets of a category are dispatched without the desk, and how sure the reading of the words must be for it."""

    category = models.OneToOneField(Category, models.CASCADE, related_name="automatic")
    on = models.BooleanField(default=False)
    least = models.DecimalField(max_digits=3, decimal_places=2, default=0.9)  # the least share of the evidence, 0–1

    class Meta:
        ordering = ["category"]
        constraints = [
            CheckConstraint(condition=Q(least__gt=0, least__lte=1), name="a_share_is_more_than_nothing_and_at_most_all")
        ]

    def __str__(self):
        return f"{self.category} {self.least}"


class OfficeHours(models.Model):
    """A span of every working day, or the time that a stage of the desk's own work may take."""

    whose = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="hours")  # null: the county's
    rule = models.CharField(max_length=14, choices=words.HoursRule)
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)
    amount = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    unit = models.CharField(max_length=5, choices=words.LimitUnit, blank=True)

    class Meta:
        ordering = ["opens", "rule"]
        verbose_name_plural = "office hours"
        constraints = [
            CheckConstraint(
                condition=Q(rule=words.HoursRule.OFFICE, opens__lt=F("closes"))
                | (~Q(rule=words.HoursRule.OFFICE) & Q(amount__gt=0, unit__in=words.LimitUnit.values)),
                name="hours_are_a_span_or_an_amount",
            ),
            CheckConstraint(
                condition=Q(whose__isnull=True) | Q(rule=words.HoursRule.OFFICE), name="a_unit_rules_only_its_own_office_hours"
            ),
        ]


class Holiday(models.Model):
    """A day on which the county departs from the national calendar."""

    day = models.DateField(unique=True)
    working = models.BooleanField()
    name = models.CharField(max_length=40, blank=True)


class Handoff(models.Model):
    """A matter that is not ours, and whom to turn to."""

    code = models.CharField(max_length=3, unique=True)
    topic = models.CharField(max_length=40)
    topic_en = models.CharField(max_length=80, blank=True)
    to = models.CharField(max_length=60)
    to_en = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=20)
    keywords = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    class Meta:
        ordering = ["code"]


class Danger(models.Model):
    """Words that speak of danger to life, and the number to call first."""

    phone = models.CharField(max_length=20)
    what = models.CharField(max_length=80)
    what_en = models.CharField(max_length=120, blank=True)
    keywords = ArrayField(models.CharField(max_length=40), default=list)


class Training(models.Model):
    """What was learned from texts at one time: its models, what they were taught with, and how good they are."""

    at = models.DateTimeField(auto_now_add=True)
    digest = models.CharField(max_length=64, unique=True)  # of everything that it was taught with
    kinds = models.BinaryField()  # layers.ngrams, packed: which kind of problem
    ours = models.BinaryField()  # layers.ngrams, packed: in or out
    matters = models.BinaryField(default=b"")  # layers.ngrams, packed: whom to turn to with what is not ours; may be empty
    report = models.JSONField(default=dict)  # its figures: teaching.report says their shape
    active = models.BooleanField(default=False)

    class Meta:
        constraints = [UniqueConstraint(fields=["active"], condition=Q(active=True), name="one_training_is_in_use")]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M}"
