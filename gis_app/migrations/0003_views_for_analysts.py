"""A schema for analysts: views with the columns of an export, and the county's places as shapes, for roles that see nothing else.

The views are read with their owner's rights, so a reader needs none on a table. A column that a view reads cannot change its
type while the view is there: such a migration drops the view first and makes it anew.
"""

from django.db import migrations

# What the ORM has no word for. tests/test_readers.py holds every row of `tickets` against the export's own.
VIEWS = """
CREATE SCHEMA analysis;
CREATE VIEW analysis.tickets WITH (security_barrier) AS
WITH RECURSIVE merged AS (
    SELECT id AS ticket, merged_into_id AS other FROM gis_app_ticket WHERE merged_into_id IS NOT NULL
    UNION ALL
    SELECT merged.ticket, further.merged_into_id FROM merged
        JOIN gis_app_ticket AS further ON further.id = merged.other WHERE further.merged_into_id IS NOT NULL
), more AS (
    SELECT merged.other AS ticket, sum((SELECT count(*) FROM gis_app_report WHERE ticket_id = merged.ticket)
        + (own.split_from_id IS NOT NULL)::int) AS voices
    FROM merged JOIN gis_app_ticket AS own ON own.id = merged.ticket GROUP BY merged.other
)
SELECT 'X' || lpad(t.id::text, greatest(7, length(t.id::text)), '0') AS number,
    t.state::text AS state, t.opened_at, t.accepted_at, t.due_at, t.finished_at, t.ended_at AS closed_at,
    coalesce(coalesce(t.finished_at, t.ended_at, now()) > t.due_at, false) AS late,
    category.code::text AS category, category.name::text AS category_name, category.task::text AS task,
    town.code::text AS town, town.name::text AS town_name,
    village.code::text AS village, village.name::text AS village_name,
    grid.code::text AS grid, unit.code::text AS unit, unit.name::text AS unit_name, t.precision::text AS precision,
    CASE WHEN t.cell IS NOT NULL THEN 'cell' END AS position,
    round(ST_X(cell.point)::numeric, 6)::float8 AS lon, round(ST_Y(cell.point)::numeric, 6)::float8 AS lat,
    to_hex((t.cell & ~(15::bigint << 52)) | (8::bigint << 52) | (7::bigint << 18)) AS cell_r8, to_hex(t.cell) AS cell_r9,
    CASE WHEN t.state = 'merged' THEN 0 ELSE (SELECT count(*) FROM gis_app_report WHERE ticket_id = t.id)
        + (t.split_from_id IS NOT NULL)::int + coalesce(more.voices, 0) END::int AS voices,
    (SELECT count(*) FROM gis_app_event WHERE ticket_id = t.id AND step = 'return')::int AS returned,
    (SELECT count(*) FROM gis_app_event WHERE ticket_id = t.id AND step = 'rework')::int AS reworked,
    (SELECT count(*) FROM gis_app_event WHERE ticket_id = t.id AND step = 'dispute')::int AS reopened,
    t.supervised_at IS NOT NULL AS supervised,
    (SELECT (given ->> 'stars')::int FROM gis_app_event
        WHERE ticket_id = t.id AND step = 'rate' ORDER BY seq DESC LIMIT 1) AS rating,
    cell.point::geometry(Point, 4326) AS geometry
FROM gis_app_ticket AS t
    JOIN gis_app_town AS town ON town.id = t.town_id
    LEFT JOIN gis_app_category AS category ON category.id = t.category_id
    LEFT JOIN gis_app_village AS village ON village.id = t.village_id
    LEFT JOIN gis_app_grid AS grid ON grid.id = t.grid_id
    LEFT JOIN gis_app_unit AS unit ON unit.id = t.unit_id
    LEFT JOIN gis_app_cell AS cell ON cell.id = t.cell
    LEFT JOIN more ON more.ticket = t.id;
CREATE VIEW analysis.towns WITH (security_barrier) AS
SELECT town.code::text AS code, town.name::text AS name, town.kind::text AS kind, outline.synthetic,
    outline.outline::geometry(MultiPolygon, 4326) AS geometry
FROM gis_app_town AS town
    JOIN gis_app_boundary AS outline ON outline.code = town.code
    JOIN gis_app_edition AS edition ON edition.id = outline.edition_id AND edition.kind = 'towns' AND edition.active;
CREATE VIEW analysis.villages WITH (security_barrier) AS
SELECT village.code::text AS code, village.name::text AS name, village.kind::text AS kind, town.code::text AS town,
    village.point::geometry(Point, 4326) AS geometry
FROM gis_app_village AS village JOIN gis_app_town AS town ON town.id = village.town_id;
CREATE VIEW analysis.cells WITH (security_barrier) AS
SELECT to_hex(id) AS cell, res::int AS res,
    CASE res WHEN 9 THEN to_hex((id & ~(15::bigint << 52)) | (8::bigint << 52) | (7::bigint << 18)) END AS cell_r8,
    outline::geometry(Polygon, 4326) AS geometry
FROM gis_app_cell;
"""
GONE = "DROP SCHEMA analysis CASCADE"


class Migration(migrations.Migration):
    replaces = [("gis_app", "0023_appeals")]
    dependencies = [("gis_app", "0002_what_is_written_stays")]
    operations = [migrations.RunSQL(VIEWS, GONE)]
