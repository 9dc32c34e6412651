"""HTML to PDF, a program of its own: python -m layers.press IDENTIFIER < page.html > page.pdf.

WeasyPrint takes a second to load, and switches Pillow to let half a picture pass for a whole one, in its whole process: neither
belongs where citizens' photos come in.
"""

import sys

from weasyprint import HTML


def pressed(page, identifier):
    """The bytes of a PDF. page: HTML; identifier: hexadecimal. No moment stands in it: the same input gives the same bytes."""
    return HTML(string=page, url_fetcher=refuse).write_pdf(pdf_identifier=bytes.fromhex(identifier))


def refuse(url, *args, **kwargs):
    """What is printed needs nothing from anywhere. Raises ValueError."""
    raise ValueError(f"nothing is fetched for print: {url}")


if __name__ == "__main__":
    sys.stdout.buffer.write(pressed(sys.stdin.buffer.read().decode(), sys.argv[1]))
