"""Rows of a table that a clerk saved, CSV or spreadsheet, whatever its encoding, separator and headings look like.

Floor: beside redact.
"""

import codecs
import csv
import datetime as dt
import io
import itertools
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import python_calamine as calamine
from django.utils.translation import gettext as _

from gis_app.errors import WHOLE, BadFile, Unopened

HEAD = 30  # rows among which the headings stand; titles and notes may be above them
UNPACKED_MB = 500  # of a spreadsheet: 100,000 rows of the hotline are about 60
SEPARATORS = ",;\t"
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
BLANK = "\ufeff\u200b\u200c\u200d\u2060 \t\r\n\xa0\u3000"  # what looks like nothing in a cell
NOTE = re.compile(r"\(.*?\)|\s+|[*:]+$")  # of a heading: 来电时间（北京时间）, 联系 电话, 工单编号*
MORE = ""  # the name under which cells stand that have no heading above them


@dataclass
class Sheet:
    """A table as it was saved: an iterable of (row number as a spreadsheet shows it, {column: what stands there}).

    A column that was looked for goes by the name it was looked for; any other by its own heading. What stands in a cell is a
    text without blanks around it, a number, a date or a datetime; empty cells are "". A row without any is left out. Cells
    beyond the last heading are a list under MORE, when there are some: a row that has them was cut wrong.
    """

    headings: list  # as written, in order; "" where there is none
    names: list  # what each column is called here
    about: int  # rows that there may be, to show progress by
    body: Iterator  # of (number, cells)

    def __iter__(self):
        width = len(self.names)
        for number, cells in self.body:
            cells = [stripped(cell) for cell in cells]
            row = {name: cell for name, cell in zip(self.names, cells, strict=False) if name}
            if more := [cell for cell in cells[width:] if cell != ""]:
                row[MORE] = more
            if any(cell != "" for cell in row.values()):
                yield number, dict.fromkeys(filter(None, self.names), "") | row


def read(path, columns, needed=()):
    """The Sheet in a file. Raises BadFile: cannot be opened, is no table, is locked, has no such headings.

    columns: {name: other headings that mean the same}. needed: names without which it is not the table that was meant;
    by default all. The headings are the row, or the two rows one above the other, in which most of the columns are found.
    """
    path, wanted = Path(path), Wanted(columns, needed)
    try:
        with open(path, "rb") as file:
            start = file.read(4096)
        grid, about = _workbook(path, wanted) if start.startswith((ZIP, OLE)) else _text(path, start, wanted)
    except OSError as error:
        raise Unopened.because(path, error) from error
    except calamine.PasswordError as error:
        raise bad(path, _("有密码，先去掉密码再存一次")) from error
    except calamine.CalamineError as error:
        raise bad(path, _("不是表格，或者已经损坏")) from error
    head, body = _split(grid, HEAD + 1)
    found = wanted.headings([cells for _number, cells in head])
    if found is None:
        raise bad(path, _("没有找到表头，要有这几列：%s") % "、".join(wanted.needed))
    last, headings = found
    names = wanted.names(headings)
    return Sheet(headings, names, about, itertools.chain(head[last:], body))


def bad(path, why, line=WHOLE):
    """The Problem of a table that cannot be used."""
    return BadFile(file=Path(path).name, line=line, why=str(why).rstrip("。."))


def stripped(cell):
    """What stands in a cell, without blanks around it that nobody sees."""
    if isinstance(cell, str):
        return cell.replace("\x00", "").strip(BLANK)
    return "" if cell is None else cell


def written(cell):
    """A cell as the text that a person would have typed: no decimal point after a whole number, dates by their digits."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "seconds")
    return str(cell)


def plain(cell):
    """As `written`, in half width: for codes, numbers and dates, never for what people said."""
    text = written(cell)
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip(BLANK)


class Wanted:
    """The headings that are looked for."""

    def __init__(self, columns, needed=()):
        self.columns, self.needed = columns, tuple(needed or columns)
        self.meant = {}
        for rank in range(max((len(others) for others in columns.values()), default=0) + 1):
            for name, others in columns.items():
                if heading := (name, *others)[rank : rank + 1]:
                    self.meant.setdefault(_bare(heading[0]), (name, rank))

    def headings(self, rows):
        """(number of rows down to the headings, the headings) in the first rows of a grid, or None."""
        best, found = 0, None
        for last, row in enumerate(rows[:HEAD], 1):
            for heading in (row, _below(row, rows[last]) if last < len(rows) else row):
                known = {self.meant[_bare(cell)][0] for cell in heading if _bare(cell) in self.meant}
                if known.issuperset(self.needed) and len(known) > best:
                    best, found = len(known), (last + (heading is not row), [written(stripped(cell)) for cell in heading])
        return found

    def names(self, headings):
        """What each column is called: of several that mean one thing the first in the table's order has its name."""
        ranks = [self.meant.get(_bare(heading)) for heading in headings]
        chosen = {}
        for column, meant in enumerate(ranks):
            if meant and (meant[0] not in chosen or meant[1] < ranks[chosen[meant[0]]][1]):
                chosen[meant[0]] = column
        names, taken = [], set(chosen)
        for column, heading in enumerate(headings):
            name = next((name for name, at in chosen.items() if at == column), None)
            if name is None:
                name = heading if heading not in taken else f"{heading} ({column + 1})" if heading else ""
            taken.add(name)
            names.append(name)
        while names and not names[-1]:
            names.pop()
        return names


def _bare(heading):
    """A heading without what is noise in it; nothing for a cell that is no text."""
    return NOTE.sub("", unicodedata.normalize("NFKC", heading)).strip(BLANK).casefold() if isinstance(heading, str) else ""


def _below(upper, lower):
    """Two rows of headings as one: the lower one says more, where it says something."""
    return [low if stripped(low) != "" else up for up, low in itertools.zip_longest(upper, lower, fillvalue="")]


def _split(rows, most):
    rows = enumerate(rows, 1)
    return list(itertools.islice(rows, most)), rows


# ---- spreadsheets


def _workbook(path, wanted):
    """(rows of cells, how many) of the first sheet that is shown and has the headings; of the first one when none has."""
    data = path.read_bytes()
    if data.startswith(OLE) and ENCRYPTED in data:
        raise calamine.PasswordError
    if data.startswith(ZIP):
        _check_size(path, data)
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    shown = [sheet.name for sheet in book.sheets_metadata if sheet.visible == calamine.SheetVisibleEnum.Visible]
    sheets = [sheet for sheet in map(book.get_sheet_by_name, shown) if sheet.start]
    if not sheets:
        raise bad(path, _("文件是空的"))
    with_headings = (sheet for sheet in sheets if wanted.headings(list(itertools.islice(_cells(sheet), HEAD + 1))))
    sheet = next(with_headings, sheets[0])
    return _cells(sheet), sheet.end[0]


def _check_size(path, data):
    """Raises BadFile for an archive that says it unpacks to more than any table of ours: it would fill the memory."""
    try:
        size = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except zipfile.BadZipFile as error:
        raise bad(path, _("不是表格，或者已经损坏")) from error
    if size > UNPACKED_MB * 1024 * 1024:
        raise bad(path, _("压缩包展开以后太大：最多 %d MB。") % UNPACKED_MB)


def _cells(sheet):
    """Rows of a sheet's cells; what was merged downwards stands in each of the rows."""
    merged = {}
    for (top, column), (bottom, _right) in sheet.merged_cell_ranges or ():
        if bottom > top:
            merged.setdefault(top, []).append((column, bottom))
    held = {}
    for number, cells in enumerate(sheet.iter_rows()):
        if held or number in merged:
            held = {column: (bottom, cell) for column, (bottom, cell) in held.items() if bottom >= number}
            for column, (_bottom, cell) in held.items():
                cells[column] = cell
            held |= {column: (bottom, cells[column]) for column, bottom in merged.get(number, ()) if column < len(cells)}
        yield cells


# ---- text


def _text(path, start, wanted):
    """(rows of cells, how many) of a file of separated values. Raises BadFile."""
    if start[:512].lstrip(BLANK.encode() + b" \r\n").lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise bad(path, _("是网页，不是表格；用表格软件打开，另存为 XLSX 或 CSV"))
    encoding = _encoding(path, start)
    with open(path, encoding=encoding, newline="") as file:
        head = "".join(itertools.islice(file, HEAD + 1))
    separator = max(SEPARATORS, key=lambda each: _score(head, each, wanted))
    about = sum(1 for _row in _rows(path, encoding, separator))  # a quotation mark that is missing shows before a row is used
    return _rows(path, encoding, separator), about


def _score(head, separator, wanted):
    """How well a separator cuts the first lines: by the headings that come out, then by the cells."""
    rows = list(_parsed(path="", lines=io.StringIO(head, newline=""), separator=separator))
    return wanted.headings(rows) is not None, sum(map(len, rows))


def _encoding(path, start):
    """The encoding: by its mark, else the first that reads the whole file. Raises BadFile with the line that none does."""
    marked = next((name for mark, name in MARKS.items() if start.startswith(mark)), None)
    if not start.strip(BLANK.encode()):
        raise bad(path, _("文件是空的"))
    for encoding in (marked,) if marked else ("utf-8", "gb18030"):
        decoder, lines = codecs.getincrementaldecoder(encoding)(), 0
        try:
            with open(path, "rb") as file:
                while chunk := file.read(1 << 20):
                    text = decoder.decode(chunk)
                    if "\x00" in text:
                        raise bad(path, _("不是表格，或者已经损坏"))
                    lines += text.count("\n")
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise bad(path, _("有读不出的字，要存成 UTF-8 或 GBK"), lines + 1)


def _rows(path, encoding, separator):
    with open(path, encoding=encoding, newline="") as file:
        yield from _parsed(path, file, separator)


def _parsed(path, lines, separator):
    """Rows of cells. Raises BadFile with the line where it went wrong."""
    reader = csv.reader(lines, delimiter=separator)
    try:
        yield from reader
    except csv.Error as error:
        if path:
            raise bad(path, _("引号没有成对，或者一格太长"), reader.line_num) from error
