"""How a hotspot came about: its class over periods of equal length, by stated rules and a Mann–Kendall test."""

from enum import StrEnum

import numpy as np
from scipy.stats import norm

ALWAYS = 0.9  # of the periods: what is hot that often is persistent, and historical once it no longer is
OFTEN = 0.5  # of the periods: less often, nothing is said of its rise or fall
SURE = 0.05  # two-sided, of Mann–Kendall


class Trend(StrEnum):
    """Hot now: only now; rising; falling; nearly always; without a break since some time; on and off. Not now: historical."""

    NEW = "new"
    INTENSIFYING = "intensifying"
    DIMINISHING = "diminishing"
    PERSISTENT = "persistent"
    CONSECUTIVE = "consecutive"
    SPORADIC = "sporadic"
    HISTORICAL = "historical"
    NONE = "none"


def mann_kendall(series):
    """(S, p): does a series rise or fall? series: (n, t), each row in order of time. S: (n,) int; p: (n,) two-sided.

    Normal approximation with the variance for ties and the continuity correction; 1 for a row without differences.
    Source: Mann 1945; Kendall 1975; the variance with ties as in Gilbert 1987, formula 16.5.
    """
    series = np.atleast_2d(series)
    n, length = series.shape
    s = np.zeros(n, dtype=np.int64)
    for step in range(1, length):
        s += np.sign(series[:, step:] - series[:, :-step]).sum(axis=1, dtype=np.int64)
    variance = (length * (length - 1) * (2 * length + 5) - _ties(series)) / 18
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, (np.abs(s) - 1).clip(0) / np.sqrt(variance), 0)
    return s, np.minimum(1, 2 * norm.sf(z))


def _ties(series):
    """(n,) Σ t(t − 1)(2t + 5) over groups of equal values: as a mean over members, each knows its group's size."""
    often = (series[:, :, None] == series[:, None, :]).sum(axis=2)
    return ((often - 1) * (2 * often + 5)).sum(axis=1)


def classes(hot, series):
    """(n,) of Trend. hot: (n, t) bool, whether each period's test called it; series: (n, t) what was told, oldest first.

    In this order, of what is hot in the last period: new, when it never was before; intensifying or diminishing, when it was
    hot in half of the periods or more and Mann–Kendall says that it rises or falls; persistent, hot in nine of ten;
    consecutive, hot without a break since it first was; else sporadic. Of what is hot no longer: historical, when it was hot
    in nine of ten periods before; sporadic, when it ever was; else none.
    """
    hot = np.asarray(hot, dtype=bool)
    found = np.full(len(hot), Trend.NONE, dtype=object)
    times, now = hot.sum(axis=1), hot[:, -1]
    s, p = mann_kendall(series)
    enough = times >= OFTEN * hot.shape[1]
    rules = (
        (Trend.NEW, now & (times == 1)),
        (Trend.INTENSIFYING, now & enough & (p < SURE) & (s > 0)),
        (Trend.DIMINISHING, now & enough & (p < SURE) & (s < 0)),
        (Trend.PERSISTENT, now & (times >= ALWAYS * hot.shape[1])),
        (Trend.CONSECUTIVE, now & (times == lately(hot))),
        (Trend.HISTORICAL, ~now & (times >= ALWAYS * (hot.shape[1] - 1)) & (times > 0)),
        (Trend.SPORADIC, times > 0),
    )
    for trend, meets in rules:
        found[(found == Trend.NONE) & meets] = trend
    return found


def lately(hot):
    """(n,) how many periods in a row, the last among them, each has been hot."""
    hot = np.asarray(hot, dtype=bool)
    return np.where(hot.all(axis=1), hot.shape[1], np.argmin(hot[:, ::-1], axis=1))


def since(hot):
    """(n,) position of the first hot period; t when there is none."""
    hot = np.asarray(hot, dtype=bool)
    return np.where(hot.any(axis=1), np.argmax(hot, axis=1), hot.shape[1])
