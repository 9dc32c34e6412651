"""What is taught: texts that were written for it, the county's own words, and what dispatchers decided."""

import csv
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from gis_app import locate
from gis_app.classify import as_heard, categories
from gis_app.errors import WHOLE, BadFile, Unopened
from gis_app.models import Event, Handoff
from gis_app.words import ActorKind, RejectReason, Source, State, StepName
from layers.training import FOLDS

OUT = "out"
COLUMNS = ("category", "alt", "writer", "text")
DECIDE = (StepName.ACCEPT, StepName.RECLASSIFY)  # steps by which a dispatcher says what a text is about
FROZEN = ("e", "g")  # writers whose texts are never taught: what a model is judged by before it is used


def seeds(path):
    """[{category, alt, writer, text}] of a file of texts; columns that are not there are empty. Raises BadFile."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [{name: (row.get(name) or "").strip() for name in COLUMNS} for row in csv.DictReader(file)]
    except OSError as error:
        raise Unopened.because(path, error) from error
    except UnicodeDecodeError as error:
        raise BadFile(file=Path(path).name, line=WHOLE, why=_("要存成 UTF-8")) from error
    except csv.Error as error:
        raise BadFile(file=Path(path).name, line=WHOLE, why=str(error)) from error
    return [row for row in rows if row["text"] and row["category"]]


def decisions():
    """[(text, code)] of what a dispatcher accepted or put into another category, from the county's own reports.

    Each with the category that stands now; what was accepted without the desk teaches nothing until somebody corrects it, and the
    demo nothing at all.
    """
    decided = Event.objects.filter(step__in=DECIDE, actor_kind=ActorKind.MEMBER, ticket__category__isnull=False)
    decided = decided.exclude(ticket__state=State.REJECTED)
    rows = decided.exclude(ticket__reports__source=Source.DEMO).values_list(
        "ticket__reports__said__text", "ticket__category__code"
    )
    return sorted({(text, code) for text, code in rows if text})


def refusals():
    """[(text, code of whose affair it is, or empty)] of what a dispatcher refused as not ours; the demo teaches nothing."""
    refused = Event.objects.filter(step=StepName.REJECT, actor_kind=ActorKind.MEMBER, given__reason=RejectReason.NOT_OURS)
    rows = refused.filter(ticket__state=State.REJECTED).exclude(ticket__reports__source=Source.DEMO)
    told = rows.values_list("ticket__reports__said__text", "given__handoff")
    return sorted({(text, code or "") for text, code in told if text})


def words_of(codes):
    """[(text, code)] of the county's own words for its kinds: short texts, too."""
    rows = [(row.code, [*row.keywords, row.name, row.name_en]) for code, row in sorted(categories().items()) if code in codes]
    return [(word, code) for code, words in rows for word in words if word]


def words_of_matters(codes):
    """[(text, code)] of the county's own words for what is not ours."""
    rows = [(row.code, [*row.keywords, row.topic]) for row in Handoff.objects.order_by("code") if row.code in codes]
    return [(word, code) for code, words in rows for word in words if word]


@dataclass
class Lessons:
    """What is taught, [(text, label)] each: kinds and ours from written texts, words of the county, what people said.

    said: from what was accepted. refused: [(text, OUT)] from what a dispatcher refused as not ours.
    matters, matter_words, matter_said: the same for whom to turn to with what is not ours; none where too few texts say it.
    frozen: the rows that are never taught. allowed: {text: labels that are right for it}.
    """

    kinds: list
    ours: list
    words: list
    said: list
    refused: list
    matters: list
    matter_words: list
    matter_said: list
    frozen: list
    allowed: dict

    def digest(self):
        """One digest of all that is taught and of what it is judged by."""
        told = [self.kinds, self.ours, self.words, self.said, self.matters, self.matter_words, sorted(map(str, self.frozen))]
        told += [self.refused, self.matter_said] if self.refused else []  # without any it is the training that it was
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
    refused = [(text, code) for text, code in heard_of_all(refusals()) if text not in hidden]
    out = [(row["text"], OUT) for row in told if row["category"] == OUT]
    if len(codes) < 2 or len(out) < FOLDS:
        raise BadFile(file=Path(path).name, line=WHOLE, why=_("要有至少两类、每类 %d 条，还要有不归这里管的（out）") % FOLDS)
    matters = taught_enough([(row["text"], row["alt"].split("|")[0]) for row in told if row["category"] == OUT and row["alt"]])
    named = {code for _text, code in matters}
    matters, named = (matters, named) if len(named) > 1 else ([], set())
    sent = [(text, code) for text, code in refused if code in named]
    refused = [(text, OUT) for text, _code in refused]
    ours = [(text, "in") for text, _code in kinds] + out
    allowed = {row["text"]: {row["category"], *row["alt"].split("|")} for row in rows}
    return Lessons(kinds, ours, words_of(codes), said, refused, matters, words_of_matters(named), sent, frozen, allowed)


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


def columns(pairs):
    """[(text, label)] as ([text], [label])."""
    return [text for text, _label in pairs], [label for _text, label in pairs]
