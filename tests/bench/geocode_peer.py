"""The name most alike to a text, by rapidfuzz: geocode_peer.py FOLDER; a turn for every line on stdin."""

import json
import sys
import time
from pathlib import Path

from rapidfuzz import fuzz, process

FOLDER = Path(sys.argv[1])
NAMES, TEXTS = ((FOLDER / name).read_text(encoding="utf-8").splitlines() for name in ("names.txt", "texts.txt"))


def main():
    """Get ready, then answer."""
    print("ready", flush=True)
    for _line in sys.stdin:
        began = time.perf_counter()
        found = [process.extractOne(text, NAMES, scorer=fuzz.partial_ratio)[0] for text in TEXTS]
        took = time.perf_counter() - began
        (FOLDER / "found.txt").write_text("\n".join(found), encoding="utf-8")
        print(json.dumps({"seconds": took}), flush=True)


if __name__ == "__main__":
    main()
