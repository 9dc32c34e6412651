"""What a text is about: our serving of the learned model against scikit-learn's own, and whole verdicts."""

import pickle
import sys

import numpy as np
from django.conf import settings
from django.core.management import call_command
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from gis_app import teaching
from gis_app.classify import classify, classify_many
from gis_app.classify.learned import learned
from layers.pieces import pieces
from layers.training import COST, SEED
from tests.bench.turns import compare, seconds


def run():
    """Lines of the bench `classify`."""
    call_command("migrate", verbosity=0)
    call_command("load_fixtures", stdout=sys.stderr)
    call_command("train", stdout=sys.stderr)
    rows = teaching.seeds(settings.FIXTURES / "seeds.csv")
    texts = [row["text"] for row in rows if row["writer"] in teaching.FROZEN]
    theirs = Sklearn()
    yield scoring(texts, theirs)
    yield whole(texts, theirs)
    yield many(texts, theirs)
    yield loading(texts, theirs)


class Sklearn:
    """The pipeline that a model like ours is usually served with: taught with the same texts."""

    def __init__(self):
        lessons = teaching.lessons(settings.FIXTURES / "seeds.csv")
        kinds = lessons.kinds + lessons.words
        self.vectors = TfidfVectorizer(analyzer=pieces, sublinear_tf=True, min_df=2, dtype=np.float32)
        rows = self.vectors.fit_transform([text for text, _code in kinds])
        self.machine = LinearSVC(C=COST, class_weight="balanced", random_state=SEED).fit(rows, [code for _text, code in kinds])

    def best(self, texts):
        """(n,) the likeliest kind of each text."""
        return self.machine.predict(self.vectors.transform(texts))


def scoring(texts, theirs):
    """A batch: scores of every kind. Equal where both name the same kind for 97 of 100: ours keeps the pieces that weigh most."""
    model, answer = learned().kinds, {}

    def mine():
        answer["ours"] = np.array(model.classes)[model.scores(texts).argmax(axis=1)]

    def other():
        answer["theirs"] = theirs.best(texts)

    turns = (lambda: seconds(mine)), (lambda: seconds(other))
    what = f"{len(texts):,} texts of {np.mean(list(map(len, texts))):.0f} characters in a batch"
    return compare(what, "scikit-learn", *turns, len(texts), "texts/s", lambda: _agree(answer, 0.97))


def whole(texts, theirs):
    """One text after the other, as a request comes: our whole verdict against the peer's bare kind.

    Equal where both name the same kind for 9 of 10: ours also listens to the county's own words.
    """
    few, answer = texts[:200], {}

    def mine():
        answer["ours"] = [reasoned(classify(text)) for text in few]

    def other():
        answer["theirs"] = np.concatenate([theirs.best([text]) for text in few])

    turns = (lambda: seconds(mine)), (lambda: seconds(other))
    what = "one text at a time: kinds, reasons, scope, danger"
    return compare(what, "scikit-learn", *turns, len(few), "texts/s", lambda: _agree(answer, 0.9))


def many(texts, theirs):
    """A file of texts at once, as from the hotline: our whole verdicts against the peer's bare kinds."""
    answer = {}

    def mine():
        answer["ours"] = [reasoned(verdict) for verdict in classify_many(texts)]

    def other():
        answer["theirs"] = theirs.best(texts)

    turns = (lambda: seconds(mine)), (lambda: seconds(other))
    what = f"{len(texts):,} texts at once: kinds, reasons, scope, danger"
    return compare(what, "scikit-learn", *turns, len(texts), "texts/s", lambda: _agree(answer, 0.85))


def loading(texts, theirs):
    """From the database to the first answer, as a new process does it: all three models of ours, the peer's one from a pickle."""
    kept, answer = pickle.dumps(theirs), {}

    def mine():
        answer["ours"] = learned.__wrapped__().kinds.scores(texts[:1]).argmax(axis=1)

    def other():
        answer["theirs"] = pickle.loads(kept).best(texts[:1])

    turns = (lambda: seconds(mine)), (lambda: seconds(other))
    return compare("models loaded", "scikit-learn", *turns, 1, "loads/s", lambda: len(answer["ours"]) == len(answer["theirs"]))


def reasoned(verdict):
    """The code of the best guess; the reasons of all of them, which are found when somebody asks, are asked for."""
    assert all(isinstance(guess.because, tuple) for guess in verdict.guesses)
    return verdict.guesses[0].category.code


def _agree(answer, share):
    return np.mean(np.array(answer["ours"]) == answer["theirs"]) >= share
