"""What the rows of score rules must promise together: each version whole, and at any time one."""

from itertools import groupby, pairwise

from django.utils.translation import gettext as _

WHOLE = 100  # what the weights of a version add up to


def unsound(rows):
    """What is wrong with the ScoreRules of a file, as (line, why); None when nothing is."""
    whole = sorted(rows, key=lambda row: row.version)
    versions = [list(own) for _version, own in groupby(whole, key=lambda row: row.version)]
    found = (each for version in versions for each in (_not_whole(version), _not_of_one_time(version)))
    return next(filter(None, found), None) or _two_at_once([version[0] for version in versions])


def _not_whole(version):
    total = sum(row.weight for row in version)
    told = {"version": version[0].version, "total": f"{total.normalize():f}"}
    return None if total == WHOLE else (version[-1].line, _("%(version)s 版的权重加起来是 %(total)s，要是 100") % told)


def _not_of_one_time(version):
    first = version[0]
    other = next((row for row in version if (row.since, row.until) != (first.since, first.until)), None)
    return other and (other.line, _("%s 版的各行要写同样的起止日期") % first.version)


def _two_at_once(firsts):
    """Two versions that hold on the same day. firsts: a row of each."""
    for one, other in pairwise(sorted(firsts, key=lambda row: row.since)):
        if one.until is None or one.until >= other.since:
            told = {"one": one.version, "other": other.version, "day": other.since.isoformat()}
            return other.line, _("%(one)s 版和 %(other)s 版在 %(day)s 都有效，给前一版写上 to") % told
    return None
