"""A database role for map programs: what it can read is what an export holds, and it can do nothing else."""

import datetime as dt
from contextlib import closing

import numpy as np
import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from shapely import Point

from gis_app import extract, loading, readers
from gis_app.loading.cells import lay_cells_anew
from gis_app.locate.points import in_use
from gis_app.models import Cell, Report, Ticket
from layers import cells
from tests.conftest import LOTUS_LANE, TEA_TOWN, Cast, pk_of

NAME = "a_reader_in_a_test"
REFUSED = (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction)


@pytest.fixture
def cast(county):
    """The cast, where things really commit: another connection must see them."""
    return Cast()


@pytest.fixture
def few_cells(monkeypatch):
    """Only the cells that hold tickets are laid: all of them take seconds."""
    monkeypatch.setattr(cells, "county_cells", lambda outline, res: np.array([], dtype=np.int64))


@pytest.fixture
def reader(cast, capsys, request):
    """Asks as the role that the command has made; afterwards the role is gone."""
    if "around_tea_town" not in request.fixturenames:
        request.getfixturevalue("few_cells")
    call_command("reader", "--name", NAME)
    password = capsys.readouterr().out.split()[-1]
    try:
        with closing(connected(password)) as own:
            yield lambda question, *given: asked(own, question, *given)
    finally:
        call_command("reader", "--name", NAME, "--remove")


@pytest.fixture
def around_tea_town(monkeypatch):
    """Every cell of a piece of the county is laid."""
    of_county, piece = cells.county_cells, Point(*TEA_TOWN).buffer(0.03)
    monkeypatch.setattr(cells, "county_cells", lambda outline, res: of_county(outline & piece, res))


def connected(password):
    its = connection.settings_dict
    own = psycopg2.connect(dbname=its["NAME"], host=its["HOST"], port=its["PORT"] or None, user=NAME, password=password)
    own.autocommit = True
    return own


def asked(own, question, *given):
    """The rows of an answer, [] where there are none to fetch."""
    with own.cursor() as cursor:
        cursor.execute(question, given)
        return cursor.fetchall() if cursor.description else []


def stories(cast):
    """Tickets disputed, rated, merged over two steps, split, known by their town only, supervised and late."""
    sent = cast.finished()
    cast.dispatcher.takes(sent, "close", result="ok")
    code = Report.objects.get(ticket=sent["id"]).code
    for step in ({"step": "rate", "stars": 5}, {"step": "dispute", "reason": "又坏了"}):
        cast.reporter.client.post(f"/api/v1/reports/{code}/steps", step)
    first, second, third = (cast.reporter.reports("路灯不亮", LOTUS_LANE, category="0401") for _ in range(3))
    cast.dispatcher.takes(third, "merge", other=Ticket(pk=pk_of(second)).number)
    cast.dispatcher.takes(second, "merge", other=Ticket(pk=pk_of(first)).number)
    cast.reporter.reports("沙河镇的路坏了", place_text="沙河镇")
    late = cast.dispatched()
    cast.leader.takes(late, "supervise", order="快修好", until="2030-01-07")
    earlier = timezone.now() - dt.timedelta(days=30)
    Ticket.objects.filter(pk=late["id"]).update(accepted_at=earlier, due_at=earlier)
    loading.lay_cells()


def test_a_reader_sees_row_by_row_what_an_analyst_exports(cast, reader):
    stories(cast)
    export = extract.whole(extract.read({}))
    exported = [row for rows in extract.chunks(export.tickets, False, timezone.now()) for row in rows]
    assert len(exported) == 6 and {row[extract.NAMES.index("voices")] for row in exported} >= {0, 1, 3}
    assert reader(f"SELECT {', '.join(extract.NAMES)} FROM analysis.tickets ORDER BY number") == exported


def test_the_views_columns_are_those_of_the_dictionary_and_say_what_they_mean(cast, reader):
    told = reader(
        "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
        " WHERE attrelid = 'analysis.tickets'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert told == [*((column.name, str(column.meaning)) for column in extract.COLUMNS), ("geometry", None)]


def test_places_have_their_shapes(cast, around_tea_town, reader):
    assert reader("SELECT count(*), bool_and(ST_IsValid(geometry)) FROM analysis.towns") == [(17, True)]
    assert reader("SELECT count(*) FROM analysis.villages WHERE geometry IS NOT NULL") == [(215,)]
    inside = "SELECT cell FROM analysis.cells WHERE res = %s AND ST_Covers(geometry, ST_SetSRID(ST_MakePoint(%s, %s), 4326))"
    for res in (8, 9):
        assert reader(inside, res, *TEA_TOWN) == [(cells.name(cells.cell_of(*TEA_TOWN, res)),)]
    types = "SELECT f_table_name, type, srid FROM geometry_columns WHERE f_table_schema = 'analysis' ORDER BY 1"
    assert reader(types) == [
        ("cells", "POLYGON", 4326),
        ("tickets", "POINT", 4326),
        ("towns", "MULTIPOLYGON", 4326),
        ("villages", "POINT", 4326),
    ]


def test_no_view_and_no_place_of_it_tells_a_tickets_own_point(cast, reader):
    stories(cast)
    points = {point.coords for point in Ticket.objects.filter(point__isnull=False).values_list("point", flat=True)}
    shown = set(reader("SELECT ST_X(geometry), ST_Y(geometry) FROM analysis.tickets WHERE geometry IS NOT NULL"))
    assert shown and not shown & points


def test_no_table_is_readable(cast, reader):
    tables = connection.introspection.table_names()
    assert "gis_app_words" in tables and "auth_user" in tables and len(tables) > 40
    for table in tables:
        with pytest.raises(REFUSED[0]):
            reader(f'SELECT 1 FROM public."{table}" LIMIT 1')
    granted = reader("SELECT DISTINCT table_schema FROM information_schema.table_privileges WHERE grantee = %s", NAME)
    assert granted == [("analysis",)]


@pytest.mark.parametrize(
    "deed",
    [
        *("DELETE FROM analysis.cells", "UPDATE gis_app_ticket SET state = 'closed'", "INSERT INTO gis_app_town DEFAULT VALUES"),
        *("CREATE TABLE public.mine (a int)", "CREATE TABLE analysis.mine (a int)", "CREATE TEMP TABLE mine (a int)"),
        *("CREATE SCHEMA mine", "CREATE ROLE another", "SELECT nextval('gis_app_ticket_id_seq')", "TRUNCATE gis_app_event"),
        *("SELECT lo_creat(-1)", "SELECT lo_from_bytea(0, 'x')", "DROP VIEW analysis.tickets", "CREATE EXTENSION dblink"),
        *("ALTER ROLE app SUPERUSER", "GRANT SELECT ON gis_app_words TO PUBLIC", "SET ROLE app", "SET SESSION AUTHORIZATION app"),
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_nothing_can_be_written_also_by_who_switches_the_default_off(cast, reader, deed):
    if connection.settings_dict["USER"] not in ("app", ""):
        deed = deed.replace(" app", f' "{connection.settings_dict["USER"]}"')
    with pytest.raises(REFUSED):
        reader(deed)
    reader("SET default_transaction_read_only = off")
    with pytest.raises(REFUSED[0]):
        reader(deed)


@pytest.mark.parametrize(
    "question",
    [
        *("SELECT pg_read_file('/etc/passwd')", "SELECT pg_ls_dir('.')", "COPY (SELECT 1) TO PROGRAM 'true'"),
        *("SELECT query_to_xml('SELECT * FROM gis_app_words', true, true, '')", "SELECT lo_import('/etc/passwd')"),
        *("SELECT table_to_xml('gis_app_contact', true, true, '')", "SELECT * FROM pg_authid"),
        *("SELECT _postgis_stats('gis_app_ticket', 'point')", "SELECT ST_EstimatedExtent('gis_app_ticket', 'point')"),
        "SELECT _postgis_selectivity('gis_app_ticket', 'point', ST_MakeEnvelope(107, 32, 108, 33, 4326))",
        "SELECT * FROM pg_statistic",
    ],
)
def test_no_function_tells_what_the_tables_do_not(cast, reader, question):
    with pytest.raises(REFUSED[0]):
        reader(question)


def test_statistics_and_other_peoples_questions_are_not_told(cast, reader):
    assert reader("SELECT count(*) FROM pg_stats WHERE tablename LIKE 'gis_app%%' OR tablename LIKE 'auth%%'") == [(0,)]
    others = reader("SELECT DISTINCT query FROM pg_stat_activity WHERE usename <> current_user AND query <> ''")
    assert set(others) <= {("<insufficient privilege>",)}


def test_a_function_of_a_readers_own_making_does_not_get_below_a_view(cast, reader):
    """It could be called on rows that a view hides; the views are barriers, and nobody can make one."""
    barrier = "reloptions @> '{security_barrier=true}'"
    barriers = f"SELECT count(*) FROM pg_class WHERE relnamespace = 'analysis'::regnamespace AND {barrier}"
    assert reader(barriers) == [(len(readers.VIEWS),)]


def test_a_reader_asks_by_short_names_reads_only_and_not_for_ever(cast, reader):
    shown = {name: reader(f"SHOW {name}")[0][0] for name in ("search_path", "default_transaction_read_only", "statement_timeout")}
    assert shown == {"search_path": "analysis, public", "default_transaction_read_only": "on", "statement_timeout": "1min"}
    assert reader("SELECT count(*) FROM towns") == [(17,)]
    reader("SET statement_timeout = '100ms'")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        reader("SELECT pg_sleep(5)")


def test_a_reader_that_is_removed_is_gone_and_the_same_name_twice_is_one(cast, few_cells, capsys):
    call_command("reader", "--name", NAME)
    call_command("reader", "--name", NAME)
    first, second = [line.split()[-1] for line in capsys.readouterr().out.splitlines() if "Password" in line]
    assert first != second and len(first) >= 20
    call_command("reader", "--name", NAME, "--remove")
    with pytest.raises(psycopg2.OperationalError):
        connected(second)
    with pytest.raises(CommandError, match="没有这个只读角色"):
        call_command("reader", "--name", NAME, "--remove")


def test_the_sql_for_an_administrator_makes_the_same_reader_and_shows_no_password(cast, few_cells, capsys):
    call_command("reader", "--name", NAME, "--sql")
    first, *said = capsys.readouterr().out.splitlines()
    password = first.split()[-1]
    assert first.startswith("-- ") and not [line for line in said if password in line]
    with connection.cursor() as cursor:
        cursor.execute("\n".join(said))
    try:
        with closing(connected(password)) as own:
            assert asked(own, "SELECT count(*) FROM towns") == [(17,)]
            with pytest.raises(REFUSED[0]):
                asked(own, "SELECT 1 FROM gis_app_ticket")
    finally:
        call_command("reader", "--name", NAME, "--remove")


@pytest.mark.parametrize("name", ["app", "Qgis", "q", "pg_reader", "a b", 'x"; DROP ROLE app; --', "postgres'", "读者"])
def test_a_name_that_cannot_be_a_readers_is_refused(db, name):
    connection.ensure_connection()
    name = connection.settings_dict["USER"] or name if name == "app" else name
    for more in ((), ("--remove",), ("--sql",)):
        with pytest.raises(CommandError, match="不能做数据库角色的名字"):
            call_command("reader", "--name", name, *more)


def test_whoever_may_not_make_roles_is_told_what_to_do(db, monkeypatch):
    weak = "a_role_without_rights"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {weak}; SET LOCAL ROLE {weak}")
        with pytest.raises(readers.NotAllowed) as told:
            readers.admit(NAME)
        cursor.execute("RESET ROLE")
    assert "--sql" in told.value.sentence()


def test_a_dry_run_does_nothing(db, capsys):
    call_command("reader", "--name", NAME, "--dry-run")
    assert "would make or renew" in capsys.readouterr().out and not Cell.objects.exists()


def test_cells_are_laid_once_and_hold_every_ticket(cast):
    assert loading.lay_cells() > 40_000
    stories(cast)
    assert loading.lay_cells() == 0
    held = set(Ticket.objects.filter(cell__isnull=False).values_list("cell", flat=True))
    assert held <= set(Cell.objects.filter(res=9).values_list("pk", flat=True))
    Cell.objects.filter(pk__in=held).delete()
    lay_cells_anew(in_use("towns"))
    assert held <= set(Cell.objects.values_list("pk", flat=True))
