"""What a document is made of, whatever it is written as: headings, paragraphs, tables and maps, all in words already."""

from typing import NamedTuple


class Text(NamedTuple):
    """A paragraph. quiet: a remark beside the matter."""

    words: str
    quiet: bool = False
    kind = "text"


class Table(NamedTuple):
    """heads: [str]; rows: [[str]], each as long as heads, the first cell naming the row. words: columns that hold words."""

    caption: str
    heads: list
    rows: list
    words: tuple = (0,)
    kind = "table"


class Picture(NamedTuple):
    """A map as layers.picture draws it, its words in the reader's language."""

    svg: str
    caption: str
    kind = "picture"


class Section(NamedTuple):
    """A numbered part."""

    title: str
    blocks: list


class Told(NamedTuple):
    """A whole document. title, period: its heading; number: as an office cites it, or that it is a draft; foot: [str]."""

    title: str
    period: str
    number: str
    sections: list
    foot: list
