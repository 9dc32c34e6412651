"""What is personal in free text, masked for everything public."""

import re

MASK = "＊"
# Digits may be full-width or spaced; a number that is longer than these patterns is no telephone or card.
FULL = str.maketrans("０１２３４５６７８９", "0123456789")
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PERSONAL = [
    re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"),  # identity card
    re.compile(r"(?<!\d)\d(?:[ -]?\d){15,18}(?!\d)"),  # bank card
    re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[ -]?[3-9](?:[ -]?\d){9}(?!\d)"),  # mobile
    re.compile(r"(?<!\d)0\d{2,3}[ -]?\d{7,8}(?!\d)"),  # landline with area code
    re.compile(rf"[{PROVINCES}][A-Z][·\s]?[A-Z0-9]{{5,6}}(?![A-Z0-9])"),  # plate
]


def mask(text):
    """The text with telephone, identity-card, bank-card and plate numbers replaced by ＊, length kept."""
    plain = text.translate(FULL)  # one symbol for one, so that places agree
    for pattern in PERSONAL:
        for found in pattern.finditer(plain):
            text = text[: found.start()] + MASK * len(found[0]) + text[found.end() :]
    return text
