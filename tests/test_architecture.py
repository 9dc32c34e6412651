"""The house stands as it was drawn: imports only look down, map science knows no database, SQL lives in its homes."""

import ast
import functools
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from django.apps import apps
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
FLOORS = (  # of gis_app/, lowest first: a room knows lower floors and itself; rooms on one floor do not know each other
    {"__init__", "words"},
    {"settings", "errors", "apps", "checks"},
    {"models"},
    {"access", "clock"},
    {"locate", "classify", "route", "redact", "photos", "audit", "tally", "sheets"},
    {"workflow", "coverage"},
    {"intake", "loading", "readers", "stats", "rerouting", "retiming", "notify", "privacy"}
    | {"memory", "forgetting", "teaching", "automatic", "escalation", "meeting", "near", "draws"},
    {"frames"},
    {"charts", "exports", "extract", "hotspots"},
    {"assess"},
    {"tasks"},
    {"forms", "open311", "diagram"},
    {"api"},
    {"views", "admin", "management", "middleware", "templatetags"},
    {"urls", "wsgi", "asgi", "__main__"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
DATABASE = {"django", "gis_app", "psycopg2", "psycopg", "sqlalchemy", "sqlite3"}
SQL_HOMES = (
    *("gis_app/stats", "gis_app/tally", "gis_app/locate/bulk", "gis_app/intake/bulk", "gis_app/memory/settled"),
    "gis_app/models/spelled",  # statements that Django spells, kept
    "gis_app/loading/cells",  # tens of thousands of shapes
    "gis_app/readers",  # roles and rights, for which the ORM has no word
    "gis_app/migrations/",
)
SQL_CALLS = {"raw", "extra", "executemany", "copy_expert", "RawSQL", "RunSQL", "cursor"}
SQL_TEXT = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE \S+ SET|DELETE FROM|WITH \w+ AS|COPY \w|CREATE (TABLE|INDEX|VIEW))\s")
EMPTY = {
    "util",
    "utils",
    "helper",
    "helpers",
    "service",
    "services",
    "selector",
    "selectors",
    "manager",
    "managers",
    "common",
    "misc",
    "core",
    "base",
}
OTHER_WORDS = {
    "issue",
    "complaint",
    "incident",
    "case",
    "petition",
    "township",
    "district",
    "officer",
    "department",
    "organisation",
    "org",
}


def modules(*folders):
    """[(path as text, source)] of the Python files in these folders; what Django wrote itself is left out."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in found]


def written(*folders):
    """As `modules`, without migrations."""
    return [(path, source) for path, source in modules(*folders) if "/migrations/" not in path]


parsed = functools.cache(ast.parse)  # many tests read all of it


def room_of(path):
    """gis_app/views/public.py → views; gis_app/route.py → route."""
    return path.split("/")[1].removesuffix(".py")


def imported(path, source):
    """Yield (node, full dotted name) of all that a module imports, wherever it does so."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = path.removesuffix(".py").split("/")[: -node.level] if node.level else []
            stem = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node, f"{stem}.{alias.name}") for alias in node.names)


def climbs(path, source):
    """[what is imported from the same floor or above], by a module of gis_app."""
    here, found = room_of(path), []
    for _node, name in imported(path, source):
        parts = name.split(".")
        if parts[0] == "gis_app" and len(parts) > 1 and parts[1] != here and FLOOR.get(parts[1], 99) >= FLOOR[here]:
            found.append(name)
    return found


def hidden(source):
    """[line numbers of imports inside functions]."""
    functions = [node for node in ast.walk(parsed(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {each for function in functions for each in ast.walk(function)}
    return sorted(node.lineno for node in inside if isinstance(node, ast.Import | ast.ImportFrom))


def sql(source):
    """[(line number, what)] where a module speaks SQL itself."""
    found = []
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            on_cursor = name == "execute" and "super()" not in ast.unparse(node.func)
            if name in SQL_CALLS or on_cursor:
                found.append((node.lineno, name))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_TEXT.match(node.value):
            found.append((node.lineno, "text"))
    return found


def state_writes(source):
    """[line numbers] where a ticket's state is written: an attribute set, or an UPDATE of the column."""
    found = []
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts = [part for target in targets for part in ast.walk(target)]
            found += [node.lineno for part in parts if isinstance(part, ast.Attribute) and part.attr == "state"]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("update", "update_or_create", "bulk_update"):
            named = any(key.arg == "state" for key in node.keywords)
            listed = any(isinstance(part, ast.Constant) and part.value == "state" for part in ast.walk(node))
            found += [node.lineno] if named or listed else []
    return found


def docstring(source):
    """What a module says of itself, or nothing."""
    return ast.get_docstring(parsed(source)) or ""


def defined(source):
    """Yield every class and function of a module."""
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    yield from (node for node in ast.walk(parsed(source)) if isinstance(node, kinds))


def spelled(name):
    """The words that a name is made of: BadField → bad, field; town_of → town, of."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", name)}


# ---- the house


def test_every_room_has_a_floor():
    beside = {room_of(path) for path, source in written("gis_app") if "Floor: beside" in docstring(source)}
    assert {room_of(path) for path, _source in written("gis_app")} - FLOOR.keys() - beside == set()


def test_imports_only_look_down():
    assert {path: found for path, source in written("gis_app") if (found := climbs(path, source))} == {}


def test_nothing_is_imported_inside_a_function():
    assert {path: found for path, source in written("gis_app", "layers") if (found := hidden(source))} == {}


def test_rooms_are_reached_by_import_and_never_by_a_string():
    by_string = ("import_module", "import_string", "__import__", "get_model")
    found = {path: name for path, source in written("gis_app", "layers") for name in by_string if name in source}
    assert found == {}


def test_map_science_imports_no_database():
    reached = {(path, name) for path, source in modules("layers") for _node, name in imported(path, source)}
    assert {(path, name) for path, name in reached if name.split(".")[0] in DATABASE} == set()


def test_map_science_runs_where_there_is_no_django():
    """In a process of its own, in which an import of Django fails."""
    names = ["layers." + Path(path).stem for path, _source in modules("layers") if not path.endswith("__init__.py")]
    barred = "; ".join(f"sys.modules[{name!r}] = None" for name in sorted(DATABASE))
    asked = f"import sys; {barred}; import {', '.join(names)}"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, env={})
    assert done.returncode == 0, done.stderr
    assert len(names) > 5


def test_map_science_looks_at_no_clock_no_setting_and_throws_no_dice():
    outside = {"os", "time", "random", "secrets", "datetime.datetime"}
    reached = {(path, name) for path, source in modules("layers") for _node, name in imported(path, source)}
    assert {(path, name) for path, name in reached if name in outside or name.split(".")[0] in outside} == set()
    unsure = re.compile(r"\.now\(|\.today\(|np\.random\.(?!default_rng\(\w)")
    assert [path for path, source in modules("layers") if unsure.search(source)] == []


def test_the_driver_that_must_not_be_there_is_not():
    assert importlib.util.find_spec("psycopg") is None
    assert importlib.util.find_spec("psycopg2") is not None


def test_raw_sql_lives_in_its_homes():
    away = {path: sql(source) for path, source in modules("gis_app", "layers") if not path.startswith(SQL_HOMES)}
    assert {path: found for path, found in away.items() if found} == {}


def test_every_piece_of_sql_says_what_it_saves():
    silent = []
    for path, source in written("gis_app"):
        lines = source.split("\n")
        for line, what in sql(source):
            above = "\n".join(lines[max(0, line - 6) : line])
            if what == "text" and not re.search(r"# Measured: .*\d", above):
                silent.append((path, line))
    assert silent == []


def test_only_the_workflow_writes_a_tickets_state():
    wrote = {path: found for path, source in written("gis_app") if (found := state_writes(source))}
    assert wrote and all(room_of(path) == "workflow" for path in wrote), wrote


def test_doors_ask_for_the_tickets_of_a_person_and_never_for_all():
    lines = [
        (path, line) for path, source in written("gis_app") if room_of(path) in ("views", "api") for line in source.split("\n")
    ]
    past_access = re.compile(r"\b(Ticket|Report|Event|Words|Contact)\.objects\b")
    of_a_code = "pk=report.ticket_id"  # whose code was read by access.report_of_code
    assert [(path, line) for path, line in lines if past_access.search(line) and of_a_code not in line] == []


# ---- the words


def test_no_room_and_no_name_says_where_code_was_put():
    rooms = {part.removesuffix(".py") for path, _source in written("gis_app", "layers") for part in path.split("/")}
    names = {node.name for _path, source in written("gis_app", "layers") for node in defined(source)}
    assert rooms & EMPTY == set()
    assert {name for name in names if spelled(name) & EMPTY} == set()


def test_every_table_bears_the_towns_words_and_no_third_vocabulary():
    models = list(apps.get_app_config("gis_app").get_models())
    tables = {model.__name__ for model in models}
    assert {"Report", "Ticket", "Event", "Notice", "Unit", "Duty", "Category", "Town", "Edition"} <= tables
    assert {name for name in tables if spelled(name) & (OTHER_WORDS | EMPTY)} == set()
    fields = {f"{model.__name__}.{field.name}" for model in models for field in model._meta.fields}
    assert {name for name in fields if spelled(name) & (OTHER_WORDS | EMPTY)} == set()


def test_every_module_says_what_it_is_for():
    assert [path for path, source in written("gis_app", "layers") if source.strip() and not docstring(source)] == []


def test_every_public_function_says_what_it_does():
    tops = [(path, node) for path, source in written("gis_app", "layers") for node in parsed(source).body]
    functions = [(path, node) for path, node in tops if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    assert [f"{path}:{node.name}" for path, node in functions if not ast.get_docstring(node)] == []
    assert len(functions) > 100


@pytest.mark.django_db
def test_the_tables_are_what_the_migrations_make():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# ---- these tests can see


@pytest.mark.parametrize(
    ("path", "source", "seen"),
    [
        ("gis_app/models/place.py", "from gis_app import workflow", ["gis_app.workflow"]),
        ("gis_app/models/place.py", "from gis_app.workflow.steps import STEPS", ["gis_app.workflow.steps.STEPS"]),
        ("gis_app/models/place.py", "import gis_app.views.public", ["gis_app.views.public"]),
        ("gis_app/models/place.py", "from .. import access", ["gis_app.access"]),
        ("gis_app/models/place.py", "from ..api.door import api", ["gis_app.api.door.api"]),
        ("gis_app/route/rules.py", "from gis_app import locate", ["gis_app.locate"]),
        ("gis_app/route/rules.py", "def later():\n    from gis_app import intake", ["gis_app.intake"]),
        ("gis_app/route/rules.py", "if TYPE_CHECKING:\n    from gis_app import intake", ["gis_app.intake"]),
        ("gis_app/route/rules.py", "from gis_app import nowhere", ["gis_app.nowhere"]),
        ("gis_app/route/rules.py", "from gis_app import clock, models, words\nfrom layers import crs", []),
        ("gis_app/locate/points.py", "from gis_app.locate.place import Place\nfrom . import names", []),
    ],
)
def test_an_import_that_climbs_is_seen_however_it_is_written(path, source, seen):
    assert climbs(path, source) == seen


@pytest.mark.parametrize(
    ("find", "source"),
    [
        (sql, "Ticket.objects.raw('x')"),
        (sql, "connection.cursor()"),
        (sql, "cursor.execute(TEXT)"),
        (sql, 'TEXT = """\nSELECT a\n"""'),
        (sql, "annotate(n=RawSQL('1', ()))"),
        (state_writes, "ticket.state = 'done'"),
        (state_writes, "a, ticket.state = 1, 2"),
        (state_writes, "tickets.update(state='done')"),
        (state_writes, "Ticket.objects.bulk_update(rows, ['state'])"),
        (hidden, "def f():\n    import os"),
        (hidden, "class A:\n    async def f(self):\n        from os import path"),
    ],
)
def test_what_must_not_be_there_would_be_seen(find, source):
    assert find(dedent(source))
    assert not find("'''Selected words, and a state of mind.'''\nimport os\nstate = read.state\nself.update(1)")
