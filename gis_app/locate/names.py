"""Words to places: the one that a text speaks of, out of all the names in it."""

from dataclasses import dataclass

from gis_app.locate import roles
from gis_app.locate.everyday import stands_for_a_place
from gis_app.locate.gazetteer import LIKELY, SURE, gazetteer
from gis_app.locate.place import Candidate, Place
from gis_app.locate.points import active_edition, at_point
from gis_app.locate.typed import Typed
from gis_app.locate.written import normal, spelled
from gis_app.models import remembered
from gis_app.words import Precision, Reading

CONFIDENCE = {"both": 0.95, Precision.ADDRESS: 0.9, Precision.VILLAGE: 0.85, Precision.TOWN: 0.8}
SPOTS = ("village", "address", "zone")
BESIDE = 4  # symbols that may stand between a town and its village


def named_places(text):
    """The stretches of a text that name places, as (start, end) in the normalised text: no evidence for what is wrong."""
    return [(hit.start, hit.end) for hit in gazetteer().find(normal(text)) if not hit.name.weak or hit.name.kind == "outside"]


def in_words(text):
    """The Place that a free text names. Reading: one, ambiguous (with candidates), outside or none.

    A village with its town beats one alone, a village beats a town; two equal readings are ambiguous, never a guess.
    """
    words = gazetteer()
    text = normal(text).replace(words.county, " ")
    found = words.find(text)
    said = _said(words, text, found)
    if not _is_told(said) and (guessed := words.guess(text, found)):
        said = _said(words, text, sorted([*found, *guessed], key=lambda hit: hit.start))
    return _settle(words, text, said)


# ---- which names count


def _is_told(said):
    """Whether the place is named in full and means one: nothing needs to be guessed."""
    told = [hit.name for mention in roles.of_the_problem(said) for hit in mention.hits]
    return any(name.kind in SPOTS and name.level == SURE and len(name.codes) == 1 for name in told)


def _said(words, text, found):
    """The Mentions of a text: names that stand together are one; those that are no names here are left out."""
    towns = {code for hit in found if hit.name.kind == "town" for code in hit.name.codes}
    elsewhere = any(hit.name.kind == "outside" for hit in found)
    groups, last = [], None
    for hit in _one_meaning(words, text, found, towns, elsewhere):
        if last and _together(words, text, last, hit):
            groups[-1].append(hit)
        else:
            groups.append([hit])
        last = hit
    return roles.mentions(text, groups)


def _one_meaning(words, text, found, towns, elsewhere):
    """The hits that are names: a short one needs its town in the text, or words around it that speak of a place."""
    taken = set()
    for hit in found:
        if (hit.start, hit.end) not in taken and (hit.name.kind not in SPOTS or _counts(words, text, hit, towns, elsewhere)):
            taken.add((hit.start, hit.end))
            yield hit


def _counts(words, text, hit, towns, elsewhere):
    name = hit.name
    if name.level == SURE or any(words.spots[name.kind, code].town.code in towns for code in name.codes):
        return True
    if elsewhere or name.text.isascii():
        return False
    return name.level == LIKELY or stands_for_a_place(text, hit)


def _together(words, text, last, hit):
    """Whether two hits say one place: a town and what is in it (in English the other way round), a county and what is there."""
    latin = hit.name.text.isascii()
    if text[last.end : hit.start].strip(" ," if latin else " 的那个嘛") or hit.start - last.end > BESIDE:
        return False
    kinds = last.name.kind, hit.name.kind
    if kinds[0] == "outside":
        return True
    if kinds[0] == "town" and kinds[1] in SPOTS:
        return True
    return latin and kinds[0] in SPOTS and kinds[1] == "town"


# ---- which place they say


@dataclass(frozen=True)
class Claim:
    """What one mention says: spots, the better the higher; towns beside them."""

    mention: roles.Mention
    strength: int  # 3 a village beside its town, 2 its town is far from it, 1 a village alone, 0 a town, -1 elsewhere
    rows: tuple  # Candidates


def _settle(words, text, said):
    """The Place of the mentions in the strongest role."""
    edition = active_edition().pk
    kept, towns = roles.of_the_problem(said), _towns_said(said)
    if not kept:
        return Place(Reading.NONE, edition=edition)
    claims = [_claim(words, mention, *towns) for mention in kept]
    best = max(claim.strength for claim in claims)
    if best < 0:
        return Place(Reading.OUTSIDE, outside=claims[0].mention.hits[0].name.text, edition=edition)
    if best == 0 and (inside := _inside(claims, [_claim(words, mention, *towns) for mention in said])):
        claims, best = inside, 2
    return _choose(_equals(text, claims, best))


def _towns_said(said):
    """The codes of the towns that a text names, and of those that it names only to deny them."""
    told, denied = set(), set()
    for mention in said:
        (denied if mention.role == roles.DENIED else told).update(mention.towns())
    return told, denied - told


def _claim(words, mention, told, denied):
    """The Claim of one mention, where the text has told and denied these towns."""
    named = mention.towns()
    if mention.hits[0].name.kind == "outside":
        return Claim(mention, -1, ())
    spots = [hit for hit in mention.hits if hit.name.kind in SPOTS]
    if not spots:
        return Claim(mention, 0, tuple(_town_candidate(words.towns[code]) for code in sorted(named)))
    rows = [words.spots[spots[-1].name.kind, code] for code in spots[-1].name.codes]
    rows = [row for row in rows if row.town.code not in denied] or rows
    for strength, towns in ((3, named), (2, told)):
        if agreeing := [row for row in rows if row.town.code in towns]:
            return Claim(mention, strength, tuple(_spot_candidate(row, CONFIDENCE["both"]) for row in agreeing))
    towns = tuple(_town_candidate(words.towns[code]) for code in sorted(named))
    if towns and spots[-1].name.weak:  # 沙河镇王家坝 is some hamlet of 沙河
        return Claim(mention, 0, towns)
    return Claim(mention, 1, (*(_spot_candidate(row, CONFIDENCE[row.precision]) for row in rows), *towns))


def _inside(claims, every):
    """The claims of villages that lie in a town which is the problem's: 反映的是白勉峡, ... 十字路村的桥."""
    towns = {row.town.code for claim in claims for row in claim.rows}
    plain = [claim for claim in every if claim.strength == 2 and claim.mention.role >= roles.PLAIN]
    return [claim for claim in plain if {row.town.code for row in claim.rows} <= towns]


def _equals(text, claims, best):
    """The Candidates of the first of the best claims, with those of its equals: another town's, or said in the same breath."""
    rows, last = {}, None
    for claim in claims:
        joined = last is not None and claim.strength >= best - 1 > 0 and roles.are_joined(text, last.mention, claim.mention)
        others = {row.town.code for row in claim.rows} - {row.town.code for row in rows}
        if joined or (claim.strength == best and (others or roles.are_joined(text, last.mention, claim.mention))):
            rows |= dict.fromkeys(claim.rows)
            last = claim
    return list(rows)


def _spot_candidate(spot, score):
    return Candidate(spot.town, spot.village, spot.precision, score, spot.lon, spot.lat, f"{spot.town.name} {spot.name}")


def _town_candidate(town):
    return Candidate(town, None, Precision.TOWN, CONFIDENCE[Precision.TOWN], name=town.name)


def _choose(candidates):
    """One candidate is the place; more are a question."""
    edition = active_edition().pk
    if len(candidates) > 1:
        share = 1 / len(candidates)
        return Place(Reading.AMBIGUOUS, confidence=share, candidates=tuple(candidates), edition=edition)
    only = candidates[0]
    around = _around(only.lon, only.lat) if only.lon is not None else None
    return Place(
        precision=only.precision,
        confidence=only.score,
        town=only.town,
        village=only.village,
        grid=around.grid if around else None,
        unit_grid=around.unit_grid if around else None,
        zones=around.zones if around and only.precision == Precision.ADDRESS else (),
        lon=only.lon,
        lat=only.lat,
        candidates=(only,),
        name=only.name,
        edition=edition,
    )


def _around(lon, lat):
    """The Place of a spot's point; found once for each spot."""
    places = _places()
    if (lon, lat) not in places:
        places[lon, lat] = at_point(lon, lat)
    return places[lon, lat]


@remembered("places")
def _places():
    return {}


# ---- what somebody is typing


def suggest(text, most=8):
    """Candidates whose name holds what somebody has typed so far, those that begin with it first."""
    part = normal(text).strip()
    return tuple(completions().holding(part, most)) if 0 < len(part) <= 20 else ()


@remembered("places")
def completions():
    """Every town, village, address and zone by what people type."""
    words = gazetteer()
    named = [(normal(town.name), spelled(town.name), _town_candidate(town)) for town in words.towns.values()]
    for (kind, _code), spot in words.spots.items():
        named.append((normal(spot.name), spelled(spot.name) if kind == "village" else "", _spot_candidate(spot, 0.5)))
    return Typed(named)
