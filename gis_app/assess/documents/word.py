"""A bulletin as DOCX: an office goes on writing in it, so headings and tables are real ones."""

import datetime as dt
import io
import zipfile

import docx
from django.utils.translation import override
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from gis_app.assess.telling import tell
from layers.picture_png import png

LETTERS, HEADS = "仿宋", "黑体"
INK = RGBColor(0x16, 0x20, 0x1B)
ZIPPED = (1980, 1, 1, 0, 0, 0)  # no moment of making stands in the file
PICTURE_CM, MARGIN_CM = 15, 2.2


def word(bulletin, public=False):
    """The bytes of the DOCX. public: the edition for everybody."""
    with override("zh-hans"):
        told = tell(bulletin, public)
    paper = blank(told.title)
    for words, style in ((told.title, "Title"), (told.period, "Subtitle"), (told.number, "Subtitle")):
        paper.add_paragraph(words, style).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for section in told.sections:
        paper.add_heading(section.title, 1)
        for block in section.blocks:
            WRITE[block.kind](paper, block)
    for line in told.foot:
        paper.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return timeless(paper)


def blank(title):
    """An empty A4 paper with the styles of a county's office."""
    paper = docx.Document()
    page = paper.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN_CM)
    for name, face, size in (("Normal", LETTERS, 11), ("Title", HEADS, 20), ("Subtitle", HEADS, 13), ("Heading 1", HEADS, 14)):
        style = paper.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = face, Pt(size), INK
        style.font.italic = False
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
    paper.core_properties.title = title
    paper.core_properties.author = ""
    paper.core_properties.comments = ""
    paper.core_properties.created = paper.core_properties.modified = dt.datetime(2000, 1, 1)
    return paper


def write_text(paper, block):
    """A paragraph; the first line is set in by two letters."""
    paragraph = paper.add_paragraph(block.words)
    paragraph.paragraph_format.first_line_indent = Pt(0 if block.quiet else 22)
    if block.quiet:
        paragraph.runs[0].font.size = Pt(9)


def write_table(paper, block):
    """A table under its caption; its head is repeated on each page, and no row is split."""
    caption = paper.add_paragraph(block.caption, "Caption")
    caption.paragraph_format.keep_with_next = True
    table = paper.add_table(rows=1, cols=len(block.heads), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    fill(table.rows[0], block.heads, block.words)
    mark(table.rows[0], "w:tblHeader")
    for row in block.rows:
        line = table.add_row()
        fill(line, row, block.words)
        mark(line, "w:cantSplit")


def fill(line, cells, words):
    """Words at the left, numbers at the right."""
    for number, (cell, told) in enumerate(zip(line.cells, cells, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.add_run(told).font.size = Pt(9)
        if number not in words:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def mark(line, name):
    """Say of a row that it is repeated, or that it stays whole."""
    line._tr.get_or_add_trPr().append(OxmlElement(name))


def write_picture(paper, block):
    """A map with its caption; the caption is what is read out, too."""
    shape = paper.add_picture(io.BytesIO(png(block.svg)), width=Cm(PICTURE_CM))
    shape._inline.docPr.set("descr", block.caption)
    paper.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
    paper.add_paragraph(block.caption, "Caption").alignment = WD_ALIGN_PARAGRAPH.CENTER


WRITE = {"text": write_text, "table": write_table, "picture": write_picture}


def timeless(paper):
    """The file's bytes without the moments of its parts: the same paper gives the same bytes."""
    made, out = io.BytesIO(), io.BytesIO()
    paper.save(made)
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as same:
        for name in parts.namelist():
            same.writestr(zipfile.ZipInfo(name, ZIPPED), parts.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
