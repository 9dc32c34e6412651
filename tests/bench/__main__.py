"""Measure against other programs: python -m tests.bench [NAME…]; one JSON object a line, the last one a summary."""

import importlib
import json
import os
import sys
import time

import django

NAMES = (
    *("locate", "geocode", "crs", "province", "http-locate", "classify", "route", "import", "intake", "storm", "desk", "sweep"),
    *("heat", "hotspots", "rollup", "bulletin"),
)


def main(asked):
    """Run the named benches (all by default). Returns the exit code."""
    if strange := sorted(set(asked) - set(NAMES)):
        print(f"no bench {', '.join(strange)}; there are: {' '.join(NAMES)}", file=sys.stderr)
        return 1
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gis_app.settings")
    django.setup()
    began, lines = time.monotonic(), []
    for name in asked or NAMES:
        for line in importlib.import_module(f"tests.bench.{name.replace('-', '_')}").run():
            lines.append({"bench": name, **line})
            print(json.dumps(lines[-1], ensure_ascii=False), flush=True)
    differing = [line["what"] for line in lines if not line["agree"]]
    print(json.dumps({"summary": {"lines": len(lines), "differing": differing, "seconds": round(time.monotonic() - began)}}))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
