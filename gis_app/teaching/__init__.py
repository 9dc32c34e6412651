"""Teaching the classifier: from texts that were written for it, and from what dispatchers decided.

Floor: beside intake. Only a command imports this: scikit-learn takes a second to load, and serving does without.
"""

import hashlib
from collections import Counter

from django.db import transaction

from gis_app.models import Stamp, Training
from gis_app.teaching.judging import judged, of_kinds, placed_right, report_of, report_of_matters
from gis_app.teaching.lessons import FROZEN, columns, decisions, lessons, refusals, seeds
from layers.ngrams import unpacked
from layers.training import taught_only, teach

__all__ = ["CURVE", "FROZEN", "curve", "decisions", "lessons", "refusals", "seeds", "some_of_each", "train"]
CURVE = (5, 10, 20, 40, None)  # texts a kind; None: all that there are
SLACK = 0.01  # by how much a new training may be worse at one thing, when it is better at another by as much


def train(path, dry_run=False):
    """Teach the models and keep them as a Training; it comes into use unless it is worse on the frozen texts.

    Returns the Training (not stored in a dry run). The same lessons again are the training that they were. Raises BadFile.
    """
    taught = lessons(path)
    known = Training.objects.filter(digest=taught.digest()).first()
    if known and not dry_run:
        return use(known, taught.frozen)
    what = teach(*columns(taught.kinds), more=taught.words, heard=taught.said)
    words, said = ([(text, "in") for text, _code in pairs] for pairs in (taught.words, taught.said))
    mine = teach(*columns(taught.ours), more=words, heard=said + taught.refused)
    row = Training(digest=taught.digest(), kinds=what.model.packed(), ours=mine.model.packed())
    row.report = report_of(what, taught.kinds, taught.allowed, mine, [label for _text, label in taught.ours])
    if taught.matters:
        sent = teach(*columns(taught.matters), more=taught.matter_words, heard=taught.matter_said)
        row.matters = sent.model.packed()
        row.report |= report_of_matters(sent, columns(taught.matters)[1])
    row.report |= judged(models_of(row), row.report, taught.frozen)
    return row if dry_run else use(row, taught.frozen)


def models_of(row):
    """The kinds, ours and matters of a Training; matters may be None."""
    return unpacked(bytes(row.kinds)), unpacked(bytes(row.ours)), unpacked(bytes(row.matters)) if row.matters else None


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
    """Whether a Training does as well as another on the same texts; where there are none to judge by, nothing is replaced.

    What one training loses at one thing the next must not lose again: all told it is never worse.
    """
    if not frozen:
        return False
    mine, other = (judged(models_of(each), each.report, frozen) for each in (row, now))
    gained = [mine[name] - other[name] for name in ("frozen_top1", "frozen_out_caught")]
    gained.append(other["frozen_turned_away"] - mine["frozen_turned_away"])
    return min(gained) >= -SLACK and round(sum(gained), 6) >= 0


def curve(path):
    """Yield (most texts a kind or None, texts, right at first, right among three) on the frozen texts. Raises BadFile.

    A smaller choice is part of every larger one.
    """
    taught = lessons(path)
    for most in CURVE:
        kinds = some_of_each(taught.kinds, most)
        model = taught_only(*columns(kinds), more=taught.words)
        yield most, len(kinds), *placed_right(model, of_kinds(model, taught.frozen))


def some_of_each(pairs, most):
    """At most so many texts of each label, by the order of their digests."""
    counts, kept = Counter(), []
    for text, label in sorted(pairs, key=lambda pair: hashlib.sha256(pair[0].encode()).digest()):
        counts[label] += 1
        if most is None or counts[label] <= most:
            kept.append((text, label))
    return kept
