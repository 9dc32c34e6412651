"""How good what was taught is: on texts that a model has not seen, and on writers whom nobody taught it."""

import numpy as np

from gis_app.teaching.lessons import OUT
from layers.ngrams import Model, honest, probabilities
from layers.training import platt, ranks, threshold

PRECISION = 0.9  # of the kinds that are called sure
TOLD_RIGHT = 0.82  # of those who are told whom to turn to
TURNED_AWAY = 0.012  # of texts that are ours, which a model may call out


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


def report_of_matters(what, labels):
    """The figures that cross-validation gives of whom a text is sent to: how often right, and from which chance on it is told."""
    chances = probabilities(what.unseen, what.temperature)
    right = np.array(what.model.classes)[chances.argmax(axis=1)] == np.array(labels)
    level = threshold(chances.max(axis=1), right, TOLD_RIGHT)
    return {"heat_matters": what.temperature, "matters_top1": share(right), "matter": level, "matters": len(what.model.classes)}


def judged(models, report, frozen):
    """What models make of texts that nobody taught them. models: kinds, ours and matters (or None)."""
    kinds, ours, matters = models
    told, out = of_kinds(kinds, frozen), [row for row in frozen if row["category"] == OUT]
    first, three = placed_right(kinds, told)
    away = {
        side: chances(ours, report, texts)
        for side, texts in (("in", [text for text, _codes in told]), (OUT, [row["text"] for row in out]))
    }
    sent = [(row["text"], set(row["alt"].split("|"))) for row in out if row["alt"]]
    return {
        "frozen": len(told),
        "frozen_top1": first,
        "frozen_top3": three,
        "frozen_turned_away": share(away["in"] >= report["out"]),
        "frozen_out_caught": share(away[OUT] >= report["out"]),
        "frozen_matters": placed_right(matters, sent)[0] if matters else 0.0,
    }


def of_kinds(kinds: Model, frozen):
    """[(text, codes that are right)] of the frozen texts of kinds that a model knows."""
    told = [(row["text"], {row["category"], *row["alt"].split("|")} & set(kinds.classes)) for row in frozen]
    return [each for each, row in zip(told, frozen, strict=True) if row["category"] in kinds.classes]


def placed_right(model: Model, told):
    """(share right at first, share right among three) of [(text, labels that are right)]."""
    told = [(text, allowed & set(model.classes)) for text, allowed in told if allowed & set(model.classes)]
    if not told:
        return 0.0, 0.0
    order = ranks(model.scores([text for text, _allowed in told]), model.classes, [allowed for _text, allowed in told])
    return share(order == 0), share(order < 3)


def chances(ours, report, texts):
    """(n,) how likely it is that texts are not ours."""
    return probabilities(ours.scores(texts), report["heat_ours"])[:, ours.classes.index(OUT)]


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
