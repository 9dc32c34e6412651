"""Teaching a linear model from labelled texts, and saying how good it is (scikit-learn, which serving does without).

Scores are those of linear support vector machines, one class against the rest; probabilities are a softmax whose one
temperature is fitted on texts that the scoring model has not seen (cross-validation).
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import vstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from layers.ngrams import Model, log_odds, model_of, probabilities
from layers.pieces import pieces

COST, FOLDS, SEED = 0.2, 5, 1
KEPT = 40_000  # pieces that carry the most weight; the others only make the file large
TEMPERATURES = np.geomspace(0.5, 20, 40)


class Taught(NamedTuple):
    """A model with the temperature of its softmax, and what cross-validation said.

    unseen: (n, k) scores of each text by a model that had not seen it.
    """

    model: Model
    temperature: float
    unseen: np.ndarray


def teach(texts, labels, more=(), heard=(), most=KEPT):
    """A Taught model. texts: n str. labels: n str; every label at least FOLDS times. Deterministic.

    more: [(text, label)] that is taught as well and never asked: bare words, which nobody could guess from others. heard: as
    more, but what people said: it weighs pieces and adds none, so that no name of a person stays in a model.

    How rare a piece is, is counted over all texts; what it speaks for, in cross-validation, over the others alone.
    """
    labels = np.asarray(labels)
    classes, numbers = np.unique(labels, return_inverse=True)
    vectors, rows, extra, others = _counted(texts, labels, more, heard)
    unseen = np.zeros((len(labels), len(classes)), dtype=np.float32)
    for seen, left_out in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(rows, labels):
        weights, bias = _fitted(vstack([rows[seen], extra]), np.append(labels[seen], others))
        unseen[left_out] = rows[left_out] @ weights + bias
    heat = min(TEMPERATURES, key=lambda heat: _loss(unseen * heat, numbers))
    whole = _fitted(vstack([rows, extra]), np.append(labels, others))
    return Taught(_model(vectors, *whole, classes, most), float(heat), unseen)


def taught_only(texts, labels, more=(), most=KEPT):
    """The Model that `teach` makes of these, without asking how good it is."""
    labels = np.asarray(labels)
    vectors, rows, extra, others = _counted(texts, labels, more, ())
    return _model(vectors, *_fitted(vstack([rows, extra]), np.append(labels, others)), np.unique(labels), most)


def _counted(texts, labels, more, heard):
    """(vectorizer, (n, v) rows of the texts, those of what is taught besides, its labels)."""
    vectors = TfidfVectorizer(analyzer=pieces, sublinear_tf=True, min_df=2, dtype=np.float32)
    vectors.fit([*texts, *(text for text, _label in more)])
    rows, extra = vectors.transform(texts), vectors.transform([text for text, _label in (*more, *heard)] or [""])
    others = np.array([label for _text, label in (*more, *heard)] or labels[:1], dtype=labels.dtype)
    return vectors, rows, extra, others


def _fitted(rows, labels):
    """((v, k) weights, (k,) bias) of one machine a class against the rest."""
    machine = LinearSVC(C=COST, class_weight="balanced", random_state=SEED).fit(rows, labels)
    weights, bias = machine.coef_.T.astype(np.float32), machine.intercept_.astype(np.float32)
    if weights.shape[1] == 1:  # two classes have one line between them
        return np.hstack([-weights, weights]), np.hstack([-bias, bias])
    return weights, bias


def _model(vectors, weights, bias, classes, most):
    """A Model of the pieces that carry the most weight."""
    loud = np.sort(np.argsort(-np.abs(weights).max(axis=1), kind="stable")[:most])
    names = map(str, vectors.get_feature_names_out()[loud])
    return model_of(list(names), vectors.idf_[loud].astype(np.float32), weights[loud], bias, map(str, classes))


def _loss(hot, numbers):
    return -np.log(probabilities(hot, 1.0)[np.arange(len(numbers)), numbers] + 1e-12).mean()


def platt(chances, right):
    """(slope, offset) by which log-odds become honest ones. chances: (n,) float. right: (n,) bool. Source: Platt 1999."""
    if right.all() or not right.any():
        return 1.0, 0.0  # nothing to learn a line from
    machine = LogisticRegression(C=1e6).fit(log_odds(chances)[:, None], right)
    return float(machine.coef_[0, 0]), float(machine.intercept_[0])


def threshold(chances, right, precision):
    """The least chance above which at least this share is right. chances: (n,) float. right: (n,) bool. 1.0 when none is."""
    order = np.argsort(-chances, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= precision)
    return float(chances[order][good[-1]]) if len(good) else 1.0


def ranks(scores, classes, allowed):
    """(n,) int: where the first allowed label of each text stands among the scores, 0 first. allowed: n sets of labels."""
    order = np.argsort(-np.asarray(scores), axis=1, kind="stable")
    names = np.asarray(classes)[order]
    return np.array([next(i for i, name in enumerate(row) if name in good) for row, good in zip(names, allowed, strict=True)])
