"""Teach the classifier."""

import json

from django.conf import settings

from gis_app import teaching
from gis_app.management import Command as Told

SEEDS = "seeds.csv"


class Command(Told):
    help = "Teach the classifier from the county's seeds.csv and from what dispatchers decided; used unless it is worse."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only report how good it would be")
        parser.add_argument("--curve", action="store_true", help="only show how good it is with fewer texts")
        parser.add_argument("--report", action="store_true", help="all figures, as JSON")

    def handle(self, *args, dry_run, report, curve, **options):
        path = settings.FIXTURES / SEEDS
        if not path.exists():
            return self.tell(f"no {SEEDS} here: the county's words alone decide")
        if curve:
            return self.show_curve(path)
        row = teaching.train(path, dry_run)
        if report:
            return self.tell(json.dumps(row.report, ensure_ascii=False))
        told = row.report
        self.tell(
            f"{told['texts']} texts, {told['kinds']} kinds; of {told['frozen']} texts that nobody taught it "
            f"{told['frozen_top1']:.1%} right at first, {told['frozen_top3']:.1%} among three; "
            f"{told['frozen_out_caught']:.1%} of what is not ours called so, {told['frozen_turned_away']:.1%} of ours turned away"
        )
        if told.get("frozen_matters"):
            self.tell(f"{told['frozen_matters']:.1%} of what is not ours sent to the right one of {told['matters']}")
        if dry_run:
            return self.tell("nothing is kept")
        return self.tell("in use" if row.active else "not used: the one in use is better")

    def show_curve(self, path):
        """A table: the more texts of a kind, the better."""
        self.tell("| texts a kind | texts | right at first | among three |\n|---|---|---|---|")
        for most, texts, first, three in teaching.curve(path):
            self.tell(f"| {most or 'all'} | {texts:,} | {first:.1%} | {three:.1%} |")
