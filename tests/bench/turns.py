"""Taking turns: ours and a peer on the same input in the same run, the median of each."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
VAR = Path(os.environ.get("VAR_DIR") or HERE.parent.parent / "var")
TURNS = 3


def seconds(work):
    """How long a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compare(what, peer, ours, theirs, amount, unit, agree, turns=TURNS):
    """One line. ours, theirs: a call each that returns the seconds it took. amount: how many things one turn does.

    agree: a call that says whether both gave the same answers; asked after the turns. ratio > 1: we are faster.
    """
    ours(), theirs()  # warm
    times = [(ours(), theirs()) for _ in range(turns)]
    mine, other = (statistics.median(side) for side in zip(*times, strict=True))
    return {
        "what": what,
        "ours": _short(amount / mine),
        "theirs": _short(amount / other),
        "peer": peer,
        "unit": unit,
        "ratio": _short(other / mine),
        "agree": bool(agree()),
    }


def _short(number):
    return float(f"{number:.3g}")


class Peer:
    """A program in an environment of its own, which does one turn for every line that it is sent."""

    def __init__(self, script, *arguments):
        command = [environment(), HERE / script, *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{script} {arguments}: did not get ready")

    def turn(self):
        """The seconds of one turn, as the peer measured them itself."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["seconds"]

    def end(self):
        """Let it go."""
        self.process.communicate()


def environment(wanted="peers.txt"):
    """The Python of an environment with what a list beside this file names, made when the list has changed.

    The lists of servers, peers_NAME.txt, are complete: what they leave out is not installed either.
    """
    folder, names = VAR / Path(wanted).stem, HERE / wanted
    stamp = folder / "made-from"
    if not stamp.exists() or stamp.read_text() != names.read_text():
        uv = Path(sys.executable).parent / "uv"
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, folder], check=True)
        python, alone = folder / "bin/python", [] if wanted == "peers.txt" else ["--no-deps"]
        subprocess.run([uv, "pip", "install", "-q", "--python", python, *alone, "-r", names], check=True)
        stamp.write_text(names.read_text())
    return folder / "bin/python"
