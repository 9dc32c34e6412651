"""Database roles that read the schema `analysis` and nothing else: for QGIS and other programs of an analyst's.

Floor: beside loading. Its SQL is what the ORM has no word for: roles, rights, and notes on columns.
"""

import re
import secrets

from django.db import ProgrammingError, connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg2 import errors, extensions, sql

from gis_app.errors import Problem

SCHEMA = "analysis"
VIEWS = ("tickets", "towns", "villages", "cells")
MARK = "reads the schema analysis"  # by it a role of ours is told from any other
NAME = re.compile(r"[a-z][a-z0-9_]{2,30}")
SECONDS = 60  # a question may take
CONNECTIONS = 5  # of one reader at a time
SHUT = (  # functions that everybody may call, and a reader must not
    *("public._postgis_stats(regclass, text, text)", "public._postgis_selectivity(regclass, text, geometry, text)"),
    "public._postgis_join_selectivity(regclass, text, regclass, text, text)",
    *("public.st_estimatedextent(text, text)", "public.st_estimatedextent(text, text, text)"),
    "public.st_estimatedextent(text, text, text, boolean)",  # they tell where points lie without asking who may read them
    *("lo_creat(integer)", "lo_create(oid)", "lo_from_bytea(oid, bytea)"),  # they write, even where only reading is allowed
)
# Measured: 0.3 ms; the ORM knows no roles.
WHOSE = "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %s"
ROLE = (  # once for each reader
    "ALTER ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT {connections}",
    "ALTER ROLE {name} PASSWORD {verifier}",
    "ALTER ROLE {name} SET default_transaction_read_only = on",
    "ALTER ROLE {name} SET statement_timeout = {timeout}",
    "ALTER ROLE {name} SET idle_in_transaction_session_timeout = '10min'",
    "ALTER ROLE {name} SET search_path = {schema}, public",  # public has the functions of PostGIS and no table that is readable
    "GRANT USAGE ON SCHEMA {schema} TO {name}",
    "COMMENT ON ROLE {name} IS {mark}",
)
EVERYBODY = (  # what every role of a database may unless somebody says no
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
)


class BadName(Problem):
    slug = "bad-name"
    what = _("“%(name)s”不能做数据库角色的名字。")
    why = _("%(why)s")
    next = _("用小写字母开头，小写字母、数字和下划线，3 到 31 个。")


class NotAllowed(Problem):
    slug = "not-allowed"
    what = _("数据库没有让建这个角色。")
    why = _("%(why)s")
    next = _("请数据库的管理员来建：加上 --sql，把打印出来的交给他。")


def admit(name):
    """Make a reader, or give the one of this name a new password and its rights anew. Returns the password; it is kept nowhere.

    Raises BadName, NotAllowed.
    """
    password = secrets.token_urlsafe(18)
    with _allowed(), transaction.atomic(), connection.cursor() as cursor:
        for statement in statements(name, password):
            cursor.execute(statement)
    return password


def statements(name, password):
    """[SQL] that makes a reader, or renews one. The password goes over as its SCRAM verifier, so that no log shows it."""
    known = _mark_of(_sound(name))
    connection.ensure_connection()
    verifier = extensions.encrypt_password(password, name, scope=connection.connection, algorithm="scram-sha-256")
    given = {"name": sql.Identifier(name), "verifier": sql.Literal(verifier), "schema": sql.Identifier(SCHEMA)}
    given |= {"mark": sql.Literal(MARK), "connections": sql.Literal(CONNECTIONS), "timeout": sql.Literal(f"{SECONDS}s")}
    given |= {"database": sql.Identifier(connection.settings_dict["NAME"])}
    said = [*([] if known else ["CREATE ROLE {name}"]), *ROLE, *EVERYBODY]
    said += [f"GRANT SELECT ON {{schema}}.{view} TO {{name}}" for view in VIEWS]
    said += [f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC" for function in SHUT]
    return [sql.SQL(each).format(**given).as_string(connection.connection) for each in said]


def remove(name):
    """Take a reader away. Raises BadName, NotAllowed."""
    with _allowed(), transaction.atomic(), connection.cursor() as cursor:
        for statement in taken_back(name):
            cursor.execute(statement)


def taken_back(name):
    """[SQL] that removes a reader. Raises BadName."""
    if not _mark_of(_sound(name)):
        raise BadName(name=name, why=_("没有这个只读角色。"))
    said = ("DROP OWNED BY {name}", "DROP ROLE {name}")
    connection.ensure_connection()
    return [sql.SQL(each).format(name=sql.Identifier(name)).as_string(connection.connection) for each in said]


def note(columns):
    """Write what each column means beside the view's columns, where map programs show it. columns: {name: meaning}."""
    with connection.cursor() as cursor:
        for name, meaning in columns.items():
            cursor.execute(
                sql.SQL("COMMENT ON COLUMN {}.tickets.{} IS {}")
                .format(sql.Identifier(SCHEMA), sql.Identifier(name), sql.Literal(meaning))
                .as_string(connection.connection)
            )


def _sound(name):
    """A name that a reader may have. Raises BadName."""
    if not NAME.fullmatch(name) or name.startswith("pg_"):
        raise BadName(name=name, why="")
    return name


def _mark_of(name):
    """Whether a role of this name is a reader; False for nobody. Raises BadName for somebody else's role."""
    with connection.cursor() as cursor:
        cursor.execute(WHOSE, [name])
        found = cursor.fetchone()
    if found and found[0] != MARK:
        raise BadName(name=name, why=_("这个名字是别的角色的。"))
    return bool(found)


class _allowed:
    """The database's refusal as a sentence."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        cause = error.__cause__ if isinstance(error, ProgrammingError) else None
        if isinstance(cause, errors.InsufficientPrivilege):
            raise NotAllowed(why=str(cause).partition("\n")[0]) from error
