"""How often words are read as people mean them, by kind of case: `python -m tests.place_table` prints the README's table.

Needs a database with the county loaded (`./run` or `python -m django load_fixtures`).
"""

import csv
from collections import Counter
from pathlib import Path

import django

DATA = Path(__file__).parent / "data"
KINDS = {  # of place_cases_fresh.csv, in the order of the table
    "town": "a town",
    "village": "a village, its town named or not",
    "short": "short names, without 镇 村 社区",
    "old": "old names: 城关镇, 乡, towns that were merged",
    "typo": "one symbol wrong, missing or too many",
    "sound": "symbols of the same sound",
    "pinyin": "pinyin, with spaces, tones or neither",
    "trad": "traditional characters",
    "digits": "figures for numerals, full width",
    "english": "English sentences",
    "speech": "dialect, and speech without punctuation",
    "tail": "houses, groups, landmarks after the name",
    "several": "several places, long texts",
    "no": "a place that is denied",
    "same": "names that two towns share, or that hold another",
    "neighbour": "neighbouring counties",
    "far": "other provinces and cities",
    "word": "no place: everyday words",
    "road": "no place: roads and rivers",
    "person": "no place: people",
    "none": "no place at all",
}
OWN = {"one": "one place", "ambiguous": "a question", "outside": "elsewhere", "none": "no place"}


def cases(name):
    """The rows of one file of cases, as dicts."""
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def reading_of(case):
    """The readings that a case allows; the given file says them in its precision."""
    said = case.get("reading") or (case["precision"] if case["precision"] in ("ambiguous", "outside") else "one")
    return said.split(";")


def is_right(place, case):
    """Whether a Place is what the person who wrote the case down meant; of a question every town, and no other, is offered."""
    if place.reading not in reading_of(case):
        return False
    if place.reading == "one":
        return (place.town.code, place.precision) == (case["town_codes"], case["precision"])
    return place.reading != "ambiguous" or {row.town.code for row in place.candidates} == set(case["town_codes"].split(";"))


def counted(name, kind_of, read):
    """{kind: (right, cases)} of one file. kind_of: a case's kind. read: a text's Place."""
    told, right = Counter(), Counter()
    for case in cases(name):
        told[kind_of(case)] += 1
        right[kind_of(case)] += is_right(read(case["text"]), case)
    return {kind: (right[kind], told[kind]) for kind in told}


def lines(read):
    """The table's lines, in Markdown. read: a text's Place."""
    yield from ("| words that say a place | cases | read right |", "|---|---:|---:|")
    files = (
        ("place_cases.csv", lambda case: "the first fifteen examples", {}),
        ("place_cases_own.csv", lambda case: reading_of(case)[0], OWN),
        ("place_cases_fresh.csv", lambda case: case["kind"], KINDS),
    )
    sums = Counter()
    for name, kind_of, labels in files:
        found = counted(name, kind_of, read)
        for kind in labels or found:
            right, told = found[kind]
            yield f"| {labels.get(kind, kind)} | {told} | {right} |"
            sums.update(right=right, told=told)
    yield f"| **all** | **{sums['told']}** | **{sums['right']} ({sums['right'] / sums['told']:.1%})** |"


def main():
    """Print the table."""
    django.setup()
    from gis_app.locate import in_words  # cycle: models can be imported only after django.setup()

    print("\n".join(lines(in_words)))


if __name__ == "__main__":
    main()
