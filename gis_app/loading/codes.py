"""Whose outline is it: the code, the name and what else is given of each row of a file of outlines."""

import hashlib
import json
from dataclasses import dataclass

import geopandas
import shapely
from django.conf import settings
from django.utils.translation import gettext as _

from gis_app.loading.tables import bad
from gis_app.locate.points import active_edition, county
from gis_app.models import Boundary, Edition, Grid, Town, Village, Zone
from gis_app.words import EditionKind
from layers import matching, outlines

PROVISIONAL = "9"  # after the area above, before two digits: no official code begins so


@dataclass(frozen=True)
class Kind:
    """How outlines of a kind are read. hard: the faults that keep an edition from being used."""

    model: type | None
    digits: int | None = None  # of an official code
    above: int = 6  # digits of the area above, which a provisional code begins with
    hard: tuple = ("overlap",)
    fills: bool = False  # together they fill the county
    shapes: tuple = outlines.POLYGONS
    columns: tuple = ()  # what else a file says


KINDS = {
    EditionKind.TOWNS: Kind(Town, 9, hard=("gap", "overlap"), fills=True, columns=("kind",)),
    EditionKind.VILLAGES: Kind(Village, 12, above=9, columns=("kind",)),
    EditionKind.GRIDS: Kind(Grid, above=9, columns=("town", "worker")),
    EditionKind.UNIT_GRIDS: Kind(None, 15, above=12, hard=("overlap", "digits", "unknown")),
    EditionKind.ZONES: Kind(Zone, hard=(), shapes=(*outlines.POLYGONS, *outlines.LINES), columns=("kind", "width")),
}
def known_areas(kind):
    """[matching.Known] of a kind: what an outline may belong to."""
    rows = KINDS[kind].model.objects.all() if KINDS[kind].model else ()
    return [matching.Known(row.code, row.name, _other_names(row)) for row in rows]


LAID_ONTO = {  # the boundaries in use that a file of a kind is laid onto
    EditionKind.TOWNS: (),
    EditionKind.UNIT_GRIDS: (EditionKind.TOWNS, EditionKind.VILLAGES),
    EditionKind.ADDRESSES: (EditionKind.TOWNS, EditionKind.VILLAGES),
    EditionKind.PEOPLE: (EditionKind.TOWNS, EditionKind.VILLAGES),
}


def digest_of_known(kind):
    """One digest of all that a file of a kind is matched against today: the county, names, codes, boundaries in use."""
    onto = LAID_ONTO.get(kind, (EditionKind.TOWNS,))
    told = list(Edition.objects.filter(kind__in=onto, active=True).order_by("kind").values_list("kind", "pk"))
    told += sorted((area.code, area.name, *area.aliases) for area in (known_areas(kind) if kind in KINDS else ()))
    told += sorted(Village.objects.values_list("code", flat=True)) if kind == EditionKind.UNIT_GRIDS else []
    county = (settings.FIXTURES / "county.geojson").read_bytes()
    return hashlib.sha256(json.dumps(told).encode() + county).hexdigest()


def _other_names(row):
    more = (row.pinyin,) if isinstance(row, Town) and row.pinyin else ()
    official = (row.official_name,) if isinstance(row, Village) and row.official_name else ()
    return (*getattr(row, "aliases", ()), *official, *more)


def with_codes(kind, frame, report, path):
    """The frame with code, name and given; what is not known gets a provisional code. Fills the report's `rows`."""
    rule, names = KINDS[kind], report["columns"]
    pairs = pairs_of(frame, names["code"], names["name"], rule.digits)
    towns = [None] * len(frame) if kind == EditionKind.TOWNS else _towns_of(frame)
    known = known_areas(kind)
    found = matching.match(pairs, known, lambda row, codes: _in_town(codes, towns[row]))
    named = matching.match([("", name) for _code, name in pairs], known)
    for match, other in zip(found, named, strict=True):
        if match.how == "code" and other.code not in (None, match.code):
            match.others = (other.code,)  # the code says one area, the name another
    called = {area.code: area.name for area in known}
    fresh = Provisional(kind)
    rows = []
    for (code, name), match, town, number in zip(pairs, found, towns, frame[outlines.ROW], strict=True):
        try:
            kept = match.code or _own_code(rule, code, match) or fresh.code_for(name, town)
        except ValueError as error:
            raise bad(path, error, int(number)) from error
        how = match.how or ("new" if kept == code else "provisional")
        told = {"row": int(number), "code": kept, "name": name or called.get(kept, ""), "known": called.get(match.code, "")}
        rows.append(told | {"how": how, "others": list(match.others)})
    report["rows"] = rows
    _check_rows(rows, path)
    given = [_given(rule, names, row, town) for row, town in zip(frame.to_dict("records"), towns, strict=True)]
    parts = {"code": [row["code"] for row in rows], "name": [_shown_name(rule, row) for row in rows]}
    parts |= {"row": list(frame[outlines.ROW]), "given": given}
    return geopandas.GeoDataFrame(parts, geometry=list(frame.geometry), crs=4326)


def _shown_name(rule, row):
    """A town's and a village's name is the one that the county knows; of the rest the file decides."""
    first, second = ("known", "name") if rule.model in (Town, Village) else ("name", "known")
    return row[first] or row[second] or row["code"]


def _own_code(rule, code, match):
    """A code of the file's own that is official by its form, or free where codes have no form; nobody else's."""
    if not code or match.how == "doubled":
        return None
    return code if rule.digits is None or (code.isdigit() and len(code) == rule.digits) or rule.model is None else None


def _check_rows(rows, path):
    """Raises BadFile for names and codes that cannot be kept."""
    for row in rows:
        if len(row["name"]) > 60 or len(row["code"]) > 20:
            raise bad(path, _("名称最多 60 字，编号最多 20 位"), row["row"])
        if not row["name"] and row["how"] in ("provisional", "doubled"):
            raise bad(path, _("既没有编号也没有名称，不知道是哪一块"), row["row"])


def _given(rule, names, row, town):
    """What else a file says of an area, as text, and whether it is only sketched."""
    said = {what: matching.tidy_name(row[names[what]]) for what in rule.columns if names.get(what)}
    synthetic = names["synthetic"] and str(row[names["synthetic"]]).strip().casefold() in ("1", "true", "yes", "是")
    return {what: text for what, text in said.items() if text} | {"in_town": town, "synthetic": bool(synthetic)}


def _towns_of(frame):
    """The code of the town in use in which each outline has its inner point, or None."""
    if not Edition.objects.filter(kind=EditionKind.TOWNS, active=True).exists():
        return [None] * len(frame)
    inner = shapely.point_on_surface(shapely.make_valid(frame.geometry.to_numpy()))
    return list(active_edition().index.codes_at(shapely.get_x(inner), shapely.get_y(inner)))


def _in_town(codes, town):
    """Of several areas with one name, the one whose code says that it is in this town."""
    inside = [code for code in codes if town and code != town and code.startswith(town)]
    return inside[0] if len(inside) == 1 else None


class Provisional:
    """Codes for areas that have none: the area above, a 9 and two digits; a name keeps its code there from edition to edition."""

    def __init__(self, kind):
        self.kind, self.above = kind, KINDS[kind].above
        used = Boundary.objects.filter(edition__kind=kind).values_list("name", "code")
        self.of_name = {(code[: self.above], name): code for name, code in used if code[self.above :].startswith(PROVISIONAL)}
        self.taken = {code for _name, code in used}

    def code_for(self, name, town):
        """The code that this name had in the same area above, else the next one that is free. Raises ValueError without any."""
        above = (town or county()["code"]).ljust(self.above, "0")[: self.above]
        if (above, name) not in self.of_name:
            free = (f"{above}{PROVISIONAL}{number:02d}" for number in range(1, 100))
            code = next((code for code in free if code not in self.taken), None)
            if code is None:
                raise ValueError(_("没有编号的太多，临时编号不够用"))
            self.of_name[above, name] = code
            self.taken.add(code)
        return self.of_name[above, name]


def pairs_of(frame, code, name, digits):
    """[(code, name)] of a frame's columns, tidied; empty where there is no such column."""
    codes = [matching.tidy_code(value, digits) for value in frame[code]] if code else [""] * len(frame)
    names = [matching.tidy_name(value) for value in frame[name]] if name else [""] * len(frame)
    return list(zip(codes, names, strict=True))
