"""Words to places: completion at every key, and free texts; how fast, and how often right."""

import csv
import sys
import tempfile
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from psycopg2.extras import execute_values

from gis_app import locate
from gis_app.locate.typed import Typed
from gis_app.models import Village
from tests.bench.turns import HERE, Peer, compare, seconds

ADDRESSES, KEYS = 100_000, 200


def run():
    """Lines of the bench `geocode`."""
    call_command("migrate", verbosity=0)
    call_command("load_fixtures", stdout=sys.stderr)
    yield completion()
    with tempfile.TemporaryDirectory() as folder:
        yield reading(Path(folder))


def completion():
    """The next letter among 100,000 addresses: ours in the process, the peer a LIKE with a trigram index."""
    villages = list(Village.objects.order_by("code").values_list("name", flat=True))
    names = sorted({f"{villages[i % len(villages)]}{i // len(villages)}号" for i in range(ADDRESSES)})
    typed = Typed([(name, "", name) for name in names])
    parts = [name[at : at + 2 + i % 3] for i, name in enumerate(names[:: len(names) // KEYS]) for at in (0, 1)]
    cursor, found = _table(names), {}

    def mine():
        found["ours"] = [len(typed.holding(part, 8)) for part in parts]

    def other():
        found["theirs"] = [_like(cursor, part) for part in parts]

    turns = (lambda: seconds(mine)), (lambda: seconds(other))
    what = f"the next letter among {len(names):,} addresses"
    return compare(what, "postgresql pg_trgm", *turns, len(parts), "answers/s", lambda: found["ours"] == found["theirs"])


def _table(names):
    connection.ensure_connection()
    cursor = connection.connection.cursor()
    cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE TEMP TABLE address (name text)")
    execute_values(cursor, "INSERT INTO address VALUES %s", [(name,) for name in names], page_size=5000)
    cursor.execute("CREATE INDEX ON address USING gin (name gin_trgm_ops); ANALYZE address")
    return cursor


def _like(cursor, part):
    cursor.execute("SELECT name FROM address WHERE name LIKE %s LIMIT 8", (f"%{part}%",))
    return len(cursor.fetchall())


def reading(folder):
    """Our own cases: ours as the application reads them; the peer takes the name that is most alike, by rapidfuzz.

    `agree` holds ours against the labels: what the peer gets wrong is told beside it.
    """
    with open(HERE.parent / "data/place_cases_own.csv", encoding="utf-8", newline="") as file:
        cases = [case for case in csv.DictReader(file) if case["reading"] == "one"]
    villages = Village.objects.select_related("town")
    names = {village.name: village.town.code for village in villages}
    names |= {name: town.code for town in {v.town for v in villages} for name in (town.name, *town.aliases)}
    (folder / "names.txt").write_text("\n".join(names), encoding="utf-8")
    (folder / "texts.txt").write_text("\n".join(case["text"] for case in cases), encoding="utf-8")
    peer, answer = Peer("geocode_peer.py", folder), {}

    def mine():
        answer["ours"] = [locate.in_words(case["text"]) for case in cases]

    wanted = [case["town_codes"] for case in cases]

    def right():
        return sum(place.town is not None and place.town.code == code for place, code in zip(answer["ours"], wanted, strict=True))

    turns = (lambda: seconds(mine)), peer.turn
    line = compare("", "rapidfuzz", *turns, len(cases), "texts/s", lambda: right() == len(cases))
    peer.end()
    theirs = (folder / "found.txt").read_text(encoding="utf-8").splitlines()
    alike = sum(names[name] == code for name, code in zip(theirs, wanted, strict=True))
    return line | {"what": f"{len(cases)} texts; the right town: ours {right()}, theirs {alike}"}
