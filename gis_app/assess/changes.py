"""What differs between two editions of a bulletin: figure by figure, as they are frozen."""

FIGURES = ("total", "tasks", "units", "towns", "scores", "hotspots", "followed", "orders", "draws", "boards", "left_out")
PART = {"task": "task", "code": "code", "cell": "cell", "number": "number"}  # by what a row of a list is known
UNSAID = {"map", "number", "printed", "name_en", "tested"}  # drawn from the rest, or decided anew


def changes(old, new):
    """[[path, old, new]] of all figures that differ; a path is names and codes between slashes, a missing value None."""
    before, after = flat({name: old[name] for name in FIGURES}), flat({name: new[name] for name in FIGURES})
    return [[path, before.get(path), after.get(path)] for path in sorted(before | after) if before.get(path) != after.get(path)]


def flat(value, path=""):
    """{path: plain value} of everything inside."""
    found = {}
    for name, inner in parts(value):
        here = f"{path}/{name}" if path else name
        if isinstance(inner, dict | list) and inner:
            found |= flat(inner, here)
        elif not isinstance(inner, dict | list):
            found[here] = inner
    return found


def parts(value):
    """(name, inner value) of a dict or a list; rows of a list are known by what they are of, not by where they stand."""
    if isinstance(value, dict):
        return [(name, inner) for name, inner in value.items() if name not in UNSAID]
    return [(str(key_of(inner, place)), inner) for place, inner in enumerate(value)]


def key_of(row, place):
    """What a row is known by: the ticket, unit, task or cell that it is of, else its place in the list."""
    known = [str(row[name]) for name in PART if name in row] if isinstance(row, dict) else []
    return (known[-1] if "number" in row and "cell" not in row else known[0]) if known else place
