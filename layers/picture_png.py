"""A picture of layers.picture as PNG, for documents that cannot hold SVG. It reads only what layers.picture writes."""

import io
import re
from xml.etree import ElementTree

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D

FONT = "Noto Sans CJK JP"  # by this name the face that holds all of these letters is known to matplotlib
DPI = 200
PX = 72 / 96  # points of a pixel
STEP = re.compile(r"([MLlhvz])([^MLlhvz]*)")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
MOVED = re.compile(r"(translate|scale)\(([^)]*)\)")
ALIGN = {"middle": "center", None: "left"}
INHERITED = ("fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity")


def png(svg: str, inches: float = 5.9) -> bytes:
    """The picture as PNG, so wide. The same picture gives the same bytes."""
    root = ElementTree.fromstring(svg)
    width, height = (float(root.get(name)) for name in ("width", "height"))
    figure = Figure(figsize=(inches, inches * height / width), dpi=DPI)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    drawing = _Drawing(axes, 72 * inches / width)
    drawing.clips = {node.get("id"): node[0].get("d") for node in root.iter() if _tag(node) == "clipPath"}
    for node in root:
        drawing.draw(node, {}, Affine2D(), None)
    out = io.BytesIO()
    canvas.print_png(out, metadata={"Software": None})
    return out.getvalue()


class _Drawing:
    """Draws elements one above the other. point: points of paper for one pixel of the picture."""

    def __init__(self, axes, point):
        self.axes, self.point, self.order, self.clips = axes, point, 0, {}

    def draw(self, node, given, moved, clip):
        """One element with what is inside it. given: what it inherits; moved: an affine transform; clip: a Path or None."""
        tag, style = _tag(node), given | {name: node.get(name) for name in INHERITED if node.get(name)}
        if tag == "g":
            inner = _transform(node.get("transform")) + moved
            name = (node.get("clip-path") or "")[5:-1]
            clip = moved.transform_path(path_of(self.clips[name])) if name else clip
            for child in node:
                self.draw(child, style, inner, clip)
        elif tag in ("path", "rect", "circle") and "url(" not in (style.get("fill") or ""):
            self._shape(_patch(tag, node, moved), style, clip)
        elif tag == "text" and not node.get("aria-hidden"):
            self._text(node, style)

    def _shape(self, patch, style, clip):
        self.order += 1
        fill, stroke = style.get("fill", "#000"), style.get("stroke")
        patch.set(facecolor=fill, edgecolor=stroke or "none", linewidth=self.point * float(style.get("stroke-width", 1)))
        patch.set(zorder=self.order, joinstyle="round")
        if stroke and "stroke-opacity" in style:
            patch.set_edgecolor((*_rgb(stroke), float(style["stroke-opacity"])))
        if "stroke-dasharray" in style:
            patch.set_linestyle((0, [float(part) for part in style["stroke-dasharray"].split()]))
        self.axes.add_patch(patch)
        if clip is not None:
            patch.set_clip_path(clip, self.axes.transData)

    def _text(self, node, style):
        self.order += 1
        size = float(node.get("font-size", 13)) * self.point
        weight = "bold" if int(node.get("font-weight", 400)) > 600 else "normal"
        middle = node.get("dominant-baseline") == "central"
        told = self.axes.text(float(node.get("x")), float(node.get("y")), node.text or "", fontsize=size, family=FONT)
        told.set(color=style.get("fill", "#000"), zorder=self.order, fontweight=weight, ha=ALIGN[node.get("text-anchor")])
        told.set_va("center" if middle else "baseline")
        if style.get("fill") != "#fff":  # a number stands on its disc, everything else on a halo
            told.set_path_effects([withStroke(linewidth=3 * self.point, foreground="#fff")])


def _tag(node):
    return node.tag.rpartition("}")[2]


def _rgb(colour):
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))


def _transform(text):
    """A transform of SVG: the one named last works first."""
    whole = Affine2D()
    for name, inner in reversed(MOVED.findall(text or "")):
        numbers = [float(number) for number in NUMBER.findall(inner)]
        whole = whole.translate(*numbers) if name == "translate" else whole.scale(*numbers)
    return whole


def _patch(tag, node, moved):
    if tag == "circle":
        return Circle((float(node.get("cx")), float(node.get("cy"))), float(node.get("r")))
    if tag == "rect":
        wide, high = float(node.get("width")), float(node.get("height"))
        return PathPatch(Path([(0, 0), (wide, 0), (wide, high), (0, high), (0, 0)], closed=True))
    return PathPatch(moved.transform_path(path_of(node.get("d"))))


def path_of(d: str) -> Path:
    """The data of an SVG path as a Path: M and L absolute; l, h and v relative; z."""
    points, codes, here, first = [], [], np.zeros(2), np.zeros(2)
    for letter, inner in STEP.findall(d):
        numbers = [float(number) for number in NUMBER.findall(inner)]
        if letter == "z":
            points.append(first)
            codes.append(Path.CLOSEPOLY)
            here = first
            continue
        if letter in "hv":
            numbers = [numbers[0], 0.0] if letter == "h" else [0.0, numbers[0]]
        for step in np.array(numbers).reshape(-1, 2):
            here = here + step if letter in "lhv" else step
            points.append(here)
            codes.append(Path.MOVETO if letter == "M" else Path.LINETO)
        first = here if letter == "M" else first
    return Path(points, codes)
