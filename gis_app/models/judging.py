"""By what work is judged: rows that a county decides on, and that a clerk loads."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from gis_app import words


class ScoreRule(models.Model):
    """What one indicator is worth in a score. A row of scores.csv; a version of them judges the periods that end in its time.

    Shares are in per cent. At `floor` or worse it gives nothing, at `target` or better its whole weight, between them its part.
    """

    version = models.CharField(max_length=20)
    indicator = models.CharField(max_length=20, choices=words.Indicator)
    weight = models.DecimalField(max_digits=5, decimal_places=2)
    floor = models.DecimalField(max_digits=5, decimal_places=2)
    target = models.DecimalField(max_digits=5, decimal_places=2)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)  # the last day; empty: it goes on
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-since", "-weight", "indicator"]
        constraints = [
            UniqueConstraint(fields=["version", "indicator"], name="a_version_names_an_indicator_once"),
            CheckConstraint(condition=Q(indicator__in=words.Indicator.values), name="a_score_is_made_of_known_indicators"),
            CheckConstraint(condition=Q(weight__gt=0, weight__lte=100), name="a_weight_is_above_0_and_at_most_100"),
            CheckConstraint(
                condition=Q(floor__gte=0, floor__lte=100, target__gte=0, target__lte=100) & ~Q(floor=F("target")),
                name="floor_and_target_are_two_different_shares",
            ),
            CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="a_version_ends_after_it_begins"),
        ]

    def __str__(self):
        return f"{self.version} {self.get_indicator_display()}"


class BoardRule(models.Model):
    """When a unit is proposed for the red or the black list: its share lies outside the funnel. A row of boards.csv."""

    board = models.CharField(max_length=5, choices=words.Board)
    indicator = models.CharField(max_length=20, choices=words.Indicator)
    side = models.CharField(max_length=6, choices=words.Side)
    level = models.DecimalField(max_digits=4, decimal_places=1)  # per cent of what chance does that lie inside: 95 or 99.8
    cases = models.PositiveIntegerField()  # fewest that are enough
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["board", "indicator"]
        constraints = [
            UniqueConstraint(fields=["board", "indicator"], name="a_list_names_an_indicator_once"),
            CheckConstraint(condition=Q(board__in=words.Board.values), name="a_list_is_red_or_black"),
            CheckConstraint(
                condition=Q(indicator__in=words.Indicator.values) & ~Q(indicator=words.Indicator.RECHECKED),
                name="lists_go_by_the_indicators_of_the_standard",
            ),
            CheckConstraint(condition=Q(side__in=[words.Side.LOW, words.Side.HIGH]), name="only_what_is_outside_is_proposed"),
            CheckConstraint(condition=Q(level__in=["95", "99.8"]), name="a_funnel_has_two_limits"),
            CheckConstraint(condition=Q(cases__gte=5), name="less_than_five_cases_say_nothing"),
        ]

    def __str__(self):
        return f"{self.get_board_display()} {self.get_indicator_display()}"
