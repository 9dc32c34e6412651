"""Places: towns, villages, grids, zones and named places, and where they lie in each load of boundaries (an edition)."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import CheckConstraint, Q, UniqueConstraint

from gis_app import words


class Edition(models.Model):
    """One load of boundaries or duties: where it came from, what was found in it, and whether it is the one in use."""

    kind = models.CharField(max_length=12, choices=words.EditionKind)
    source = models.CharField(max_length=200)
    licence = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64)  # of the file and of how it was read
    loaded_at = models.DateTimeField(auto_now_add=True)
    loaded_by = models.ForeignKey("auth.User", models.SET_NULL, null=True, related_name="+")  # null: from the shell
    active = models.BooleanField(default=False)
    before = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")  # in use before: what undoing goes back to
    report = models.JSONField(default=dict)  # what was read, matched, repaired and left wrong: loading.boundaries says its shape

    class Meta:
        constraints = [
            UniqueConstraint(fields=["kind", "digest"], name="a_file_is_loaded_once"),
            UniqueConstraint(fields=["kind"], condition=Q(active=True), name="one_active_edition_of_a_kind"),
            CheckConstraint(condition=Q(kind__in=words.EditionKind.values), name="an_edition_has_a_known_kind"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.loaded_at:%Y-%m-%d}"

    @property
    def holds(self):
        """What it is made of: areas, addresses, duties, or what its cells have."""
        held = {words.EditionKind.ADDRESSES: self.addresses, words.EditionKind.DUTIES: self.duties}
        return (held | dict.fromkeys(words.EXPOSURES, self.exposures)).get(self.kind, self.boundaries)

    @property
    def rows(self):
        """How many of these it has."""
        return self.holds.count()


class Town(models.Model):
    """A 街道 or 镇: who it is. Where it and any other area lies is a Boundary, of which each edition has its own."""

    code = models.CharField(max_length=9, unique=True)
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=2, choices=words.TownKind)
    pinyin = models.CharField(max_length=80, blank=True)
    aliases = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            CheckConstraint(condition=Q(code__regex=r"^\d{9}$"), name="a_town_code_has_nine_digits"),
            CheckConstraint(condition=Q(kind__in=words.TownKind.values), name="a_town_has_a_known_kind"),
        ]

    def __str__(self):
        return self.name


class Boundary(models.Model):
    """The outline of an area in one edition. Its code says whose: a town's, a village's, a grid's or a zone's."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="boundaries")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    outline = models.MultiPolygonField(srid=4326)
    synthetic = models.BooleanField(default=True)
    given = models.JSONField(default=dict)  # what else the file says: kind, town, worker

    class Meta:
        verbose_name_plural = "boundaries"
        ordering = ["code"]
        constraints = [UniqueConstraint(fields=["edition", "code"], name="a_code_has_one_outline_in_an_edition")]

    def __str__(self):
        return self.name


class Village(models.Model):
    """A 社区 or 村. Its point is where its name leads when nothing better is known."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=4)
    official_name = models.CharField(max_length=60, blank=True)
    aliases = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    town = models.ForeignKey(Town, models.PROTECT, related_name="villages")
    point = models.PointField(srid=4326)

    class Meta:
        ordering = ["code"]
        constraints = [CheckConstraint(condition=Q(code__regex=r"^\d{12}$"), name="a_village_code_has_twelve_digits")]

    def __str__(self):
        return self.name


class Grid(models.Model):
    """A 责任网格: the stretch that one worker walks."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    town = models.ForeignKey(Town, models.PROTECT, related_name="grids")
    worker = models.ForeignKey("auth.User", models.SET_NULL, null=True, blank=True, related_name="grids")

    def __str__(self):
        return self.name


class Zone(models.Model):
    """A stretch or area with an owner of its own: a 包联 street segment, a market, a permitted-stall area."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    synthetic = models.BooleanField(default=False)

    def __str__(self):
        return self.name


class Cell(models.Model):
    """An H3 hexagon of the county as a shape, for whoever reads the database from a map program; tickets know its number."""

    id = models.BigIntegerField(primary_key=True)  # H3, as the ticket's cell
    res = models.PositiveSmallIntegerField()
    point = models.PointField(srid=4326)  # its centre
    outline = models.PolygonField(srid=4326)

    class Meta:
        ordering = ["id"]
        constraints = [CheckConstraint(condition=Q(res__in=[8, 9]), name="a_cell_is_one_that_is_drawn_or_stored")]

    def __str__(self):
        return f"{self.pk:x}"


class Exposure(models.Model):
    """What a cell has in one edition, for counts to be held against: people, or metres of road. A cell without any has no row."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="exposures")
    cell = models.BigIntegerField()  # H3, of resolution 9 as the ticket's; coarser ones are sums
    amount = models.FloatField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["edition", "cell"], name="a_cell_has_an_exposure_once_in_an_edition"),
            CheckConstraint(condition=Q(amount__gt=0), name="an_exposure_is_more_than_nothing"),
        ]

    def __str__(self):
        return f"{self.cell:x}"


class Address(models.Model):
    """A named place in the gazetteer."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="addresses")
    name = models.CharField(max_length=80)
    town = models.ForeignKey(Town, models.PROTECT, related_name="addresses")
    village = models.ForeignKey(Village, models.SET_NULL, null=True, blank=True)
    point = models.PointField(srid=4326)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [UniqueConstraint(fields=["edition", "town", "name"], name="a_town_has_an_address_once_in_an_edition")]

    def __str__(self):
        return self.name
