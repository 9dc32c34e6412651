"""What speaks against using an edition: faults that forbid it, and doubts that somebody must insist on against."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app.loading import duties
from gis_app.locate.points import in_use
from gis_app.models import Address, Boundary, Town
from gis_app.words import EditionKind

MOST_VANISH = 0.4  # of the areas in use: an edition that drops more of them is another county's, or a slip
NAMED = 12  # names in one sentence at most
DOUBTS = {  # by the word that the log keeps, so that whoever reads it later reads their own language
    "vanish": gettext_lazy("现用的 %(all)d 个单位里有 %(n)d 个（%(share)d%%）在新文件里没有了"),
    "contrary": gettext_lazy("%(n)d 块的编号和名称说的不是一处：%(names)s"),
    "homeless": gettext_lazy("%(n)d 块不在任何现有的镇街里，启用了也不算数：%(names)s"),
    "emptied": gettext_lazy(
        "现在有人管的 %(all)d 格里，%(n)d 格（%(share)d%%）会没人管；只想加几行就用“加到现有的”（--add）"
    ),
    "provisional": gettext_lazy("%(n)d 个对不上已知的名单，用了临时编号：%(names)s"),
}


def hard_faults(edition):
    """The kinds of faults that keep an edition from being used, each as a sentence."""
    sums = edition.report.get("sums", {})
    told = {
        "gap": _("有 %(n)d 处空隙没有归属，共 %(m2)s 平方米"),
        "overlap": _("有 %(n)d 处重叠，共 %(m2)s 平方米"),
        "system": _("坐标系没有写明，按哪一种都对不上县界"),
        "digits": _("有单元网格的编码不是 15 位"),
        "unknown": _("有单元网格的前 12 位不是已知的村社"),
    }
    return [told[kind] % _counted(sums.get(kind, (0, 0))) for kind in edition.report.get("hard", ())]


def _counted(pair):
    return {"n": pair[0], "m2": f"{pair[1]:,}"}


def doubts(edition):
    """What a clerk must insist on before an edition is used, each as a sentence."""
    return [worded(reason) for reason in reasons(edition)]


def worded(reason):
    """A reason as a sentence in the language of the moment; one that was kept as a sentence stays as it was written."""
    if not isinstance(reason, dict):
        return str(reason)
    return DOUBTS[reason["doubt"]] % (reason | {"names": "、".join(reason.get("names", ()))})


def reasons(edition):
    """[{doubt: a word of DOUBTS, n, and what its sentence takes}] against using an edition, as the log keeps them."""
    if edition.kind == EditionKind.DUTIES:
        return duties.reasons(edition)
    found, now = [], in_use(edition.kind)
    were = _codes(now) if now else set()
    gone = were - _codes(edition)
    if were and len(gone) / len(were) > MOST_VANISH:
        found.append({"doubt": "vanish", "n": len(gone), "all": len(were), "share": round(len(gone) / len(were) * 100)})
    rows = edition.report.get("rows", ())
    named = {"contrary": [row["name"] for row in rows if row["how"] == "code" and row["others"]], "homeless": _homeless(edition)}
    if edition.kind in (EditionKind.TOWNS, EditionKind.VILLAGES):
        named["provisional"] = [row["name"] for row in rows if row["how"] in ("provisional", "doubled")]
    return found + [{"doubt": doubt, "n": len(names), "names": names[:NAMED]} for doubt, names in named.items() if names]


def _homeless(edition):
    """The names of an edition's villages or grids that lie in no town that there is, so that nothing could be done with them."""
    if edition.kind not in (EditionKind.VILLAGES, EditionKind.GRIDS):
        return []
    known = set(Town.objects.values_list("code", flat=True))
    rows = Boundary.objects.filter(edition=edition)
    if edition.kind == EditionKind.VILLAGES:
        return [row.name for row in rows if row.code[:9] not in known]
    towns = Towns()
    return [row.name for row in rows if towns.of_grid(row) is None]


def _codes(edition):
    if edition.kind == EditionKind.ADDRESSES:
        return set(Address.objects.filter(edition=edition).values_list("town", "name"))
    return set(Boundary.objects.filter(edition=edition).values_list("code", flat=True))


class Towns:
    """The towns that there are, by code and by name."""

    def __init__(self):
        rows = list(Town.objects.all())
        self.named = {town.name: town for town in rows} | {town.code: town for town in rows}

    def of_grid(self, row):
        """The town of a grid's Boundary: the one that the file names, else the one that it lies in, else None."""
        return self.named.get(row.given.get("town")) or self.named.get(row.given.get("in_town"))
