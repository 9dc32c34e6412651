"""Statements that are spelled once and sent again and again: Django takes longer to spell one than the database to do it."""

import threading
from contextlib import contextmanager
from functools import cache, cached_property, lru_cache
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models import Expression, Model
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery

MOST_PREPARED = 100  # on one connection: the database keeps each, in about 0.1 MB
AS_IT_IS = {  # class of a field: of the values that its column takes as they are. Measured: a report's rows 0.14 ms, else 0.23
    **dict.fromkeys((models.CharField, models.TextField), str),
    **dict.fromkeys((models.IntegerField, models.BigIntegerField, models.PositiveSmallIntegerField, models.ForeignKey), int),
    models.BooleanField: bool,
}
_prepared = WeakKeyDictionary()  # connection of the driver → {statement: the name that it has there}


class Blank(Expression):
    """What is filled in each time that a spelled statement is sent; it stands where a value would."""

    def __init__(self, name):
        super().__init__()
        self.name = name

    def as_sql(self, compiler, connection):
        return "%s", [self]


def _filled(told, given):
    return [given[each.name] if isinstance(each, Blank) else each for each in told]


@contextmanager
def _sent(text, values):
    """A cursor on what the database answers to a statement, which it reads and plans once for each connection.

    Behind a pooler (POOLED) each transaction may have another connection, which knows none of its names: there it is sent whole.
    """
    with connection.cursor() as cursor:
        if name := _name_of(text, len(values)):
            # Measured: the last event of a ticket with what a step must know 0.19 ms; planned each time 0.97 ms.
            order, send = f"EXECUTE {name} ({', '.join(['%s'] * len(values))})", cursor._execute
            cursor._execute = lambda _text, told, *more: send(order, told, *more)  # whoever watches sees the statement itself
        cursor.execute(text, values)
        yield cursor


def _name_of(text, values):
    """The name under which this connection has prepared a statement with so many values, or None: it is not to be prepared."""
    if connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
        return None
    names = _prepared.setdefault(connection.connection, {})
    if text not in names and len(names) < MOST_PREPARED:
        name, places = f"spelled_{len(names)}", tuple(f"${place + 1}" for place in range(values))
        with connection.wrap_database_errors, connection.connection.cursor() as plain:  # it is no statement of the caller's
            plain.execute(f"PREPARE {name} AS {text % places}")
        names[text] = name
    return names.get(text)


class Spelled:
    """A queryset with Blanks. Django puts it into SQL when it is asked first; its answers are those of the queryset.

    Worth its trouble where it is asked all the time: what a step must know 0.35 ms of Python, 3.3 ms as a queryset.
    """

    def __init__(self, queryset):
        self.queryset, self.mine = queryset, threading.local()

    def ask(self, **given):
        """[what the queryset would hold], with each Blank filled in by its name: as plain as a column holds it, a key, a text."""
        compiler, text, told = self._spelled
        if not hasattr(self.mine, "read"):
            self.mine.read = self._reader(compiler)
        with _sent(text, _filled(told, given)) as cursor:
            return [self.mine.read(row) for row in cursor.fetchall()]

    @cached_property
    def _spelled(self):
        compiler = self.queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        return compiler, *compiler.as_sql()

    def _reader(self, compiler):
        """row → what the queryset would hold for it. Each thread has its own: what reads geometries serves one at a time."""
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        into = _instance(compiler, self.queryset.model) if self.queryset._fields is None else tuple

        def read(row):
            row = list(row)
            for place, (ways, column) in converters.items():
                for way in ways:
                    row[place] = way(row[place], column, connection)
            return into(row)

        return read


def _instance(compiler, model):
    """row → the model's instance, as Django makes it: with what select_related names and with its annotations."""
    here, columns = compiler.klass_info["select_fields"], compiler.select
    names = [columns[place][0].target.attname for place in here]
    related = get_related_populators(compiler.klass_info, columns, DEFAULT_DB_ALIAS)

    def made(row):
        one = model.from_db(DEFAULT_DB_ALIAS, names, row[here[0] : here[-1] + 1])
        for each in related:
            each.populate(row, one)
        for name, place in compiler.annotation_col_map.items():
            setattr(one, name, row[place])
        return one

    return made


class SpelledUpdate:
    """What happens to the rows of a queryset with Blanks. change: {column: expression}."""

    def __init__(self, queryset, **change):
        self.queryset, self.change = queryset, change

    def write(self, **given):
        """Change the rows. Returns how many there were."""
        text, told = self._spelled
        with _sent(text, _filled(told, given)) as cursor:
            return cursor.rowcount

    @cached_property
    def _spelled(self):
        query = self.queryset.query.chain(UpdateQuery)
        query.add_update_values(self.change)
        return query.get_compiler(DEFAULT_DB_ALIAS).as_sql()


class _KeyOf(int):
    """In place of a value: the key that the row at this place is given."""


def store_together(*rows, changed=None):
    """Store new rows of several tables in one statement: all or none, and once to the database and back. Each is told its key.

    A row may point to one that stands before it and has no key yet: by a foreign key, or by a column that holds the row itself.
    changed: (a stored row, {names of fields}), which are rewritten in the same statement as the row holds them now.
    """
    told, pointing = _told(rows)
    keys = tuple(each if type(each) is _KeyOf else None for each in told)
    of, names = (type(changed[0]), tuple(changed[1])) if changed and changed[1] else (None, ())
    text, fields = _together(tuple(map(type, rows)), keys, of, names)
    rewritten = [field.get_db_prep_save(getattr(changed[0], field.attname), connection) for field in fields]
    with _sent(text, [*rewritten, *(each for each in told if type(each) is not _KeyOf)]) as cursor:
        given = cursor.fetchone()
    for row, key in zip(rows, given, strict=True):
        row.pk, row._state.adding, row._state.db = key, False, DEFAULT_DB_ALIAS
    for row, field, other in pointing:
        setattr(row, field.name, other if field.is_relation else other.pk)


def _told(rows):
    """([what stands in the columns of these rows, one row after the other], [(row, field, the row that it points to)])."""
    places, told, pointing = {id(row): _KeyOf(place) for place, row in enumerate(rows)}, [], []
    for row in rows:
        for field, plain in _fields(type(row)):
            value = field.pre_save(row, True)
            if type(value) is plain:
                told.append(value)
                continue
            if value is None and field.is_relation:
                value = field.get_cached_value(row, None)
            if isinstance(value, Model):
                pointing.append((row, field, value))
                value = value.pk or places[id(value)]
            bare = value is None or type(value) is _KeyOf  # half of a new ticket is nothing
            told.append(value if bare else field.get_db_prep_save(value, connection))
    return told, pointing


@cache
def _fields(model):
    return [(field, AS_IT_IS.get(type(field))) for field in model._meta.local_concrete_fields if not field.primary_key]


@lru_cache(maxsize=512)  # a few for each step; one more for each number of people who are told at once
def _together(models, keys, changed, names):
    """(The statement of store_together, the fields that it rewrites and last the key that says of which row).

    keys: of each value the place of the row whose key stands there, or None. changed: the model of what is rewritten, or None.
    """
    quoted, keys, parts, fields = connection.ops.quote_name, iter(keys), [], []
    if changed:
        fields = [*map(changed._meta.get_field, names), changed._meta.pk]
        told = ", ".join(f"{quoted(field.column)} = %s" for field in fields[:-1])
        parts.append(f"changed AS (UPDATE {quoted(changed._meta.db_table)} SET {told} WHERE id = %s)")
    for place, model in enumerate(models):
        columns = ", ".join(quoted(field.column) for field, _plain in _fields(model))
        values = ", ".join("%s" if (key := next(keys)) is None else _key(key) for _field in _fields(model))
        # Measured: all rows of a report 1.2 ms of Python and 1.1 ms of the database; one by one 2.3 ms and 1.7 ms.
        into = f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ({values}) RETURNING id"
        parts.append(f"row_{place} AS ({into})")
    return f"WITH {', '.join(parts)} SELECT {', '.join(map(_key, range(len(models))))}", fields


def _key(place):
    return f"(SELECT id FROM row_{place})"
