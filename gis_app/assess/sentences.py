"""What a bulletin says in words: templates with the condition under which each is said. Numbers decide, nobody's mood."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from gis_app.models.unit import in_language


class Sentence(NamedTuple):
    """Said when `when` is true of the facts (a dict), with the facts put in."""

    when: Callable
    words: str


def said(sentences, facts):
    """The sentences that hold, one after another."""
    return in_language("", " ").join(str(one.words) % facts for one in sentences if one.when(facts))


TOTAL = (
    Sentence(lambda f: f["nothing"], _("%(period)s全县没有上报。")),
    Sentence(lambda f: not f["nothing"], _("%(period)s全县上报 %(reported)s 件。")),
    Sentence(lambda f: f["more"] and f["more"] > 0, _("比%(last)s多 %(more)d 件。")),
    Sentence(lambda f: f["more"] and f["more"] < 0, _("比%(last)s少 %(fewer)d 件。")),
    Sentence(lambda f: f["more"] == 0, _("和%(last)s一样多。")),
    Sentence(lambda f: not f["known"], _("%(last)s的数不全，不作比较。")),
    Sentence(lambda f: f["fates"], _("其中已办结 %(ended)s 件，在办 %(underway)s 件，不予立案 %(rejected)s 件。")),
)
DUE = (
    Sentence(lambda f: f["share"] is None, _("没有到期应结案的，按期结案率算不出来。")),
    Sentence(lambda f: f["share"] is not None, _("到期应结案 %(whole)s 件，按期结案率 %(share)s。")),
    Sentence(lambda f: f["share"] is not None and f["before"] is not None, _("%(last)s是 %(before)s。")),
)
STANDS = (
    Sentence(lambda f: f["idle"], _("期末没有在办的。")),
    Sentence(lambda f: not f["idle"], _("期末在办 %(open)s 件，其中超期 %(late)s 件。")),
)
SHARE = (  # of the county, by one indicator
    Sentence(lambda f: f["share"] is None, _("%(name)s：没有可以算的。")),
    Sentence(lambda f: f["share"] is not None, _("%(name)s全县 %(share)s。")),
)
OUTSIDE = (  # of units or towns, by the same
    Sentence(lambda f: f["low"], _("%(low_n)d 个%(what)s明显偏低：%(low)s。")),
    Sentence(lambda f: f["high"], _("%(high_n)d 个%(what)s明显偏高：%(high)s。")),
    Sentence(lambda f: f["share"] is not None and (f["low"] or f["high"]), _("其余在偶然波动内，不排先后。")),
    Sentence(lambda f: f["share"] is not None and not (f["low"] or f["high"]), _("各%(what)s的差别都在偶然波动内，不排先后。")),
)
BOARDS = (
    Sentence(lambda f: f["waiting"] and f["proposed"], _("按规则提议的红黑榜如下，审定时决定公布哪些。")),
    Sentence(lambda f: f["waiting"] and not f["proposed"], _("红黑榜：没有单位够得上，不凑数。")),
    Sentence(lambda f: not f["waiting"] and not f["printed"], _("本期不公布红黑榜。")),
    Sentence(lambda f: not f["waiting"] and f["printed"], _("红黑榜如下，规则一并列出。")),
)
SPOTS = (  # of one task
    Sentence(lambda f: not f["total"], _("%(task)s：近 %(days)d 天没有上报。")),
    Sentence(
        lambda f: f["total"] and not f["n"] and not f["more"],
        _("%(task)s：近 %(days)d 天的上报检验过了，没有一处不像偶然。"),
    ),
    Sentence(
        lambda f: f["total"] and not f["n"] and f["more"],
        _("%(task)s：近 %(days)d 天的上报检验过了，不像偶然的地方都不足 5 件，不列。"),
    ),
    Sentence(
        lambda f: f["n"],
        _("%(task)s：近 %(days)d 天上报 %(total)s 件，检验 %(tested)s 格，列出热点 %(n)d 处。"),
    ),
    Sentence(lambda f: f["fresh"], _("新增或加剧的：%(fresh)s。")),
    Sentence(lambda f: f["fading"], _("在消退的：%(fading)s。")),
)
ORDERS = (
    Sentence(lambda f: f["none"], _("期末没有督办中的案件。")),
    Sentence(lambda f: not f["none"], _("期末督办中 %(of)s 件，已回复 %(answered)s 件，过期没有回复 %(overdue)s 件。")),
)
DRAWN = (
    Sentence(lambda f: not f["looked"], _("%(period)s没有抽查结果。")),
    Sentence(lambda f: f["looked"], _("%(period)s现场复查看得出结果的 %(looked)d 件，办好了的 %(ok)d 件。")),
    Sentence(lambda f: f["unsure"], _("另有 %(unsure)d 件看不出来。")),
    Sentence(lambda f: f["looked"], _("件数少的时候比例不稳。")),
)
NEXT = (
    Sentence(lambda f: f["slow"], _("%(slow)s：按期结案明显偏低，对照案件说明原因，提出办法。")),
    Sentence(lambda f: f["again"], _("%(again)s：返工明显偏多，办结前先核查。")),
    Sentence(lambda f: f["fresh"], _("%(fresh)s：热点新增或加剧，牵头单位到现场看，提出办法。")),
    Sentence(lambda f: f["overdue"], _("过了回复期限的督办，有关单位补上回复。")),
    Sentence(lambda f: f["late"], _("超期的先办最久的。")),
    Sentence(lambda f: not any(f.values()), _("没有要另外布置的。")),
)
NOTES = (
    Sentence(
        lambda f: True,
        _("数字按期末的样子算，以后的变化算在以后。比例的分母是零，写作 —，不是 0 也不是 100。"),
    ),
    Sentence(
        lambda f: True,
        _("偏高偏低按漏斗判断：落在全县水平 %(inner)s 或 %(outer)s 的范围之外才算，件数不到 5 件的不判。"),
    ),
    Sentence(lambda f: f["merged"], _("并案的 %(merged)d 件算在主案里。")),
    Sentence(lambda f: f["unsorted"], _("还没有分类的 %(unsorted)d 件不属于任何一项任务。")),
    Sentence(lambda f: f["town_only"], _("只知道镇街的 %(town_only)d 件不在图上。")),
    Sentence(lambda f: f["public"], _("为保护上报人，不足 3 件的不显示；0、1、2 都一样。")),
)
