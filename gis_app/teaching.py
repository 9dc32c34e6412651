"""Teaching the classifier: from texts that were written for it, and from what dispatchers decided.

Floor: beside intake. Only a command imports this: scikit-learn takes a second to load, and serving does without.
"""

import csv
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from gis_app import locate
from gis_app.classify import as_heard, categories
from gis_app.errors import BadFile
from gis_app.models import Event, Stamp, Training
from gis_app.words import ActorKind, Source, StepName
from layers.ngrams import Model, honest, probabilities, unpacked
from layers.training import FOLDS, platt, ranks, taught_only, teach, threshold

OUT = "out"
COLUMNS = ("category", "alt", "writer", "text")
FROZEN = ("e", "g")  # writers whose texts are never taught: what a model is judged by before it is used
PRECISION = 0.9  # of the kinds that are called sure
TURNED_AWAY = 0.012  # of texts that are ours, which a model may call out
CURVE = (5, 10, 20, 40, None)  # texts a kind; None: all that there are
SLACK = 0.01  # by how much a new training may be worse on the frozen texts: what chance does


def seeds(path):
    """[{category, alt, writer, text}] of a file of texts; columns that are not there are empty. Raises BadFile."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [{name: (row.get(name) or "").strip() for name in COLUMNS} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFile(file=Path(path).name, line="–", why=getattr(error, "strerror", None) or str(error)) from error
    return [row for row in rows if row["text"] and row["category"]]


def decisions():
    """[(text, code)] of what a dispatcher accepted, from the county's own reports; the demo teaches nothing."""
    accepted = Event.objects.filter(step=StepName.ACCEPT, actor_kind=ActorKind.MEMBER, ticket__category__isnull=False)
    rows = accepted.exclude(ticket__reports__source=Source.DEMO).values_list(
        "ticket__reports__said__text", "ticket__category__code"
    )
    return sorted({(text, code) for text, code in rows if text})


def words_of(codes):
    """[(text, code)] of the county's own words for its kinds: short texts, too."""
    rows = [(row.code, [*row.keywords, row.name, row.name_en]) for code, row in sorted(categories().items()) if code in codes]
    return [(word, code) for code, words in rows for word in words if word]


@dataclass
class Lessons:
    """What is taught, [(text, label)] each: kinds and ours from written texts, words of the county, what people said.

    frozen: the rows that are never taught. allowed: {text: labels that are right for it}.
    """

    kinds: list
    ours: list
    words: list
    said: list
    frozen: list
    allowed: dict

    def digest(self):
        """One digest of all that is taught and of what it is judged by."""
        told = [self.kinds, self.ours, self.words, self.said, sorted(map(str, self.frozen))]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def lessons(path):
    """The Lessons of a county's folder: its seeds, the demo's texts beside them, what dispatchers decided. Raises BadFile.

    Nothing that a model is judged by is taught, whoever says it again.
    """
    more = Path(path).parent / "demo" / "texts.csv"
    rows = seeds(path) + ([row | {"writer": "demo"} for row in seeds(more)] if more.exists() else [])
    rows = [row | {"text": heard(row["text"])} for row in rows]
    frozen = [row for row in rows if row["writer"] in FROZEN]
    hidden = {row["text"] for row in frozen}
    told = [row for row in rows if row["writer"] not in FROZEN and row["text"] not in hidden]
    kinds = taught_enough([(row["text"], row["category"]) for row in told if row["category"] in categories()])
    codes = {code for _text, code in kinds}
    said = [(text, code) for text, code in heard_of_all(decisions()) if code in codes and text not in hidden]
    out = [(row["text"], OUT) for row in told if row["category"] == OUT]
    if len(codes) < 2 or len(out) < FOLDS:
        raise BadFile(file=Path(path).name, line="–", why=_("要有至少两类、每类 %d 条，还要有不归这里管的（out）") % FOLDS)
    allowed = {row["text"]: {row["category"], *row["alt"].split("|")} for row in rows}
    return Lessons(kinds, [(text, "in") for text, _code in kinds] + out, words_of(codes), said, frozen, allowed)


def heard(text):
    """A text as a report's is heard: what is taught must look like what is asked."""
    return as_heard(text, locate.named_places(text))


def heard_of_all(pairs):
    """[(text, label)] with the texts as they are heard."""
    return [(heard(text), label) for text, label in pairs]


def taught_enough(pairs):
    """Without the labels that have too few texts to be tried on."""
    counts = Counter(label for _text, label in pairs)
    return [(text, label) for text, label in pairs if counts[label] >= FOLDS]


def train(path, dry_run=False):
    """Teach both models and keep them as a Training; it comes into use unless it is worse on the frozen texts.

    Returns the Training (not stored in a dry run). The same lessons again are the training that they were. Raises BadFile.
    """
    taught = lessons(path)
    known = Training.objects.filter(digest=taught.digest()).first()
    if known and not dry_run:
        return use(known, taught.frozen)
    what = teach(*columns(taught.kinds), more=taught.words, heard=taught.said)
    words, said = ([(text, "in") for text, _code in pairs] for pairs in (taught.words, taught.said))
    mine = teach(*columns(taught.ours), more=words, heard=said)
    row = Training(digest=taught.digest(), kinds=what.model.packed(), ours=mine.model.packed())
    row.report = report_of(what, taught.kinds, taught.allowed, mine, [label for _text, label in taught.ours])
    row.report |= judged(what.model, mine.model, row.report, taught.frozen)
    return row if dry_run else use(row, taught.frozen)


def columns(pairs):
    """[(text, label)] as ([text], [label])."""
    return [text for text, _label in pairs], [label for _text, label in pairs]


@transaction.atomic
def use(row, frozen):
    """Store a Training and put it in use, unless the one in use is better on today's frozen texts. Returns it.

    Older ones are forgotten: what is not in use and not the newest.
    """
    Stamp.objects.get_or_create(name="training", defaults={"value": 0})
    Stamp.objects.select_for_update().get(name="training")  # two at once: the second is judged against the first
    row = Training.objects.filter(digest=row.digest).first() or row
    row.save()
    now = Training.objects.filter(active=True).first()
    if now is None or (now.pk != row.pk and is_no_worse(row, now, frozen)):
        Training.objects.filter(active=True).update(active=False)
        row.active = True
        row.save(update_fields=["active"])
        Stamp.bump("rules")
    Training.objects.exclude(pk=row.pk).exclude(active=True).delete()
    return row


def is_no_worse(row, now, frozen):
    """Whether a Training does as well as another on the same texts; where there are none to judge by, nothing is replaced."""
    if not frozen:
        return False
    mine, other = (
        judged(unpacked(bytes(each.kinds)), unpacked(bytes(each.ours)), each.report, frozen) for each in (row, now)
    )
    better_high = all(mine[name] >= other[name] - SLACK for name in ("frozen_top1", "frozen_out_caught"))
    return better_high and mine["frozen_turned_away"] <= other["frozen_turned_away"] + SLACK


def report_of(what, kinds, allowed, mine, sides):
    """The figures that cross-validation gives: how often right, how sure, how many would be turned away."""
    classes, labels = np.array(what.model.classes), np.array([label for _text, label in kinds])
    raw = probabilities(what.unseen, what.temperature)
    order = ranks(what.unseen, classes, [allowed.get(text, set()) | {label} for text, label in kinds])
    right = order == 0
    slope, offset = platt(raw.max(axis=1), right)
    chances = honest(raw, slope, offset)
    sure = threshold(chances.max(axis=1), right, PRECISION)
    out = probabilities(mine.unseen, mine.temperature)[:, mine.model.classes.index(OUT)]
    inside = np.sort(out[np.array(sides) == "in"])
    level = float(inside[int(len(inside) * (1 - TURNED_AWAY))])
    return {
        "texts": len(labels),
        "kinds": len(classes),
        "heat": what.temperature,
        "slope": slope,
        "offset": offset,
        "heat_ours": mine.temperature,
        "top1": share(right),
        "top3": share(order < 3),
        "sure": sure,
        "sure_share": share(chances.max(axis=1) >= sure),
        "out": level,
        "out_caught": share(out[np.array(sides) == OUT] >= level),
        "calibration": calibration(chances.max(axis=1), right),
        "confused": confused(labels, classes[chances.argmax(axis=1)]),
    }


def judged(kinds: Model, ours: Model, report, frozen):
    """What the models make of texts that nobody taught them."""
    told = [row for row in frozen if row["category"] in kinds.classes]
    first, three = placed_right(kinds, frozen)
    away = {side: [chance(ours, report, row["text"]) for row in rows] for side, rows in (("in", told), (OUT, _out(frozen)))}
    return {
        "frozen": len(told),
        "frozen_top1": first,
        "frozen_top3": three,
        "frozen_turned_away": share(np.array(away["in"]) >= report["out"]),
        "frozen_out_caught": share(np.array(away[OUT]) >= report["out"]),
    }


def curve(path):
    """Yield (most texts a kind or None, texts, right at first, right among three) on the frozen texts. Raises BadFile.

    A smaller choice is part of every larger one.
    """
    taught = lessons(path)
    for most in CURVE:
        kinds = some_of_each(taught.kinds, most)
        yield most, len(kinds), *placed_right(taught_only(*columns(kinds), more=taught.words), taught.frozen)


def some_of_each(pairs, most):
    """At most so many texts of each label, by the order of their digests."""
    counts, kept = Counter(), []
    for text, label in sorted(pairs, key=lambda pair: hashlib.sha256(pair[0].encode()).digest()):
        counts[label] += 1
        if most is None or counts[label] <= most:
            kept.append((text, label))
    return kept


def placed_right(kinds: Model, frozen):
    """(share right at first, share right among three) of the frozen texts of kinds that a model knows."""
    told = [row for row in frozen if row["category"] in kinds.classes]
    if not told:
        return 0.0, 0.0
    allowed = [{row["category"], *row["alt"].split("|")} & set(kinds.classes) for row in told]
    order = ranks([kinds.scores(row["text"]) for row in told], kinds.classes, allowed)
    return share(order == 0), share(order < 3)


def _out(rows):
    return [row for row in rows if row["category"] == OUT]


def chance(ours, report, text):
    """How likely it is that a text is not ours."""
    return probabilities(ours.scores(text), report["heat_ours"])[ours.classes.index(OUT)]


def share(found):
    """The share of true ones, to four digits; 0 of none."""
    return round(float(np.mean(found)), 4) if len(found) else 0.0


def calibration(chances, right):
    """[[from, how many, share that is right]] by tenths of the chance: what is called 0.8 should be right four times of five."""
    tenths = np.minimum((chances * 10).astype(int), 9)
    among = [(tenth, tenths == tenth) for tenth in range(10) if (tenths == tenth).any()]
    return [[tenth / 10, int(inside.sum()), share(right[inside])] for tenth, inside in among]


def confused(labels, guesses, most=20):
    """[[label, taken for, how often]] of the pairs that are mistaken the most."""
    pairs = {}
    for label, guess in zip(labels.tolist(), guesses.tolist(), strict=True):
        if label != guess:
            pairs[label, guess] = pairs.get((label, guess), 0) + 1
    return [[*pair, number] for pair, number in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:most]]
