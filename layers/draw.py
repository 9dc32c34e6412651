"""The leaders' map: a folium document that needs nothing from elsewhere and comes out the same, byte for byte, every time.

folium wants latitude first; here, and only here, coordinates are turned round for it.
"""

import html
import re
from typing import NamedTuple

import folium
import shapely
from branca.element import Element, MacroElement
from folium.map import CustomPane
from folium.template import Template

from layers.areas import Areas
from layers.names import placed

DROPPED = {  # folium asks for these for pop-ups and pictured pins, of which the map has none
    "jquery-3.7.1.min.js",
    "bootstrap.bundle.min.js",
    "leaflet.awesome-markers.js",
    "bootstrap.min.css",
    "bootstrap-glyphicons.css",
    "all.min.css",
    "leaflet.awesome-markers.css",
    "leaflet.awesome.rotate.min.css",
}
COUNTY, TOWN, BESIDE = "#24503A", "#6F7E75", "#CBD2C9"
LINES = "lines"  # the pane of what is drawn over the areas
STYLE = """
:root { --ink: #16201B; --ink-3: #5C6861; }
html, body { margin: 0; height: 100%; print-color-adjust: exact; -webkit-print-color-adjust: exact }
body, body .leaflet-container { background: #ECEFE9; color: var(--ink); font: 500 13px/1.35 "PingFang SC", "HarmonyOS Sans SC",
  "MiSans", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; font-variant-numeric: tabular-nums }
body .leaflet-container:focus-visible, body .leaflet-control a:focus-visible {
  outline: 3px solid var(--ink); outline-offset: -3px }
.name { width: max-content; height: 0; pointer-events: none; white-space: nowrap }
.name span[hidden] { display: none }
.name span:not([hidden]) { display: block; transform: translate(-50%, -50%); width: max-content;
  -webkit-text-stroke: 3px #fff; paint-order: stroke fill;
  text-shadow: 0 0 3px #fff, 0 0 3px #fff, 1px 1px 1px #fff, -1px -1px 1px #fff, 1px -1px 1px #fff, -1px 1px 1px #fff }
.name.beside span { color: var(--ink-3); letter-spacing: .14em; text-shadow: none; -webkit-text-stroke: 0; font-weight: 400 }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.note { position: absolute; left: 12px; bottom: 12px; z-index: 500; margin: 0; padding: 1px 6px; border-radius: 4px;
  background: #ffffffd9; font-size: 12px; font-weight: 400; color: #435049 }
body .leaflet-control-scale-line { border: 1.5px solid var(--ink); border-top: 0; background: none; color: var(--ink);
  text-align: center; text-shadow: 0 0 3px #fff; font-size: 12px; line-height: 1.2; padding: 0 }
body .leaflet-container .leaflet-bar { border: 1px solid #76837B; border-radius: 8px; overflow: hidden; box-shadow: none }
body .leaflet-container .leaflet-bar a { width: 44px; height: 44px; line-height: 44px; color: var(--ink) }
body .tip { border: 1px solid #DBE0D8; border-radius: 8px; color: var(--ink); box-shadow: 0 1px 2px #16201B24; font-size: 13px }
.tip th { font-weight: 400; color: #435049; text-align: left; padding: 0 12px 0 0 }
.tip td { text-align: right; padding: 0 }
@media (max-width: 480px) { .leaflet-bottom.leaflet-right { bottom: 26px } }
@media (max-width: 480px) { :lang(en) .leaflet-bottom.leaflet-right { bottom: 42px } }
@media (max-width: 480px) { .name.beside { display: none } path[stroke-width="0.5"] { stroke-width: .2 } }
@media print { .leaflet-control-zoom { display: none } }
"""


class Wording(NamedTuple):
    """What the map says, already in the reader's language."""

    lang: str
    title: str
    note: str  # 示意边界，非法定界线
    metre: str
    kilometre: str
    zoom_in: str
    zoom_out: str
    sizes: dict  # {resolution: how large one of its cells is}, for the note


class UnknownAsset(ValueError):
    """folium wants a file that is neither served from here nor known to be needless."""


class Names(MacroElement):
    """Names as markers whose text is set as text: whatever it holds, it is never read as markup.

    Where one would lie on another or on a dark cell at this zoom, it moves by its own height, or waits until there is room.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
        {
            const chart = {{ this._parent.get_name() }};
            const spans = {{ this.names|tojson }}.map(([lat, lon, text, kind]) => {
                const span = document.createElement("span");
                span.textContent = text;
                const icon = L.divIcon({className: "name " + kind, html: span, iconSize: null});
                L.marker([lat, lon], {interactive: false, keyboard: false, icon}).addTo(chart);
                return span;
            });
            const clash = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 3 && b.top < a.bottom - 3;
            const box = (element) => element.getBoundingClientRect();
            const thin = () => {
                const taken = chart.darkBoxes();
                for (const span of spans) {
                    span.hidden = false;
                    span.hidden = ![0, -13, 13].some((down) => {
                        span.style.translate = `0 ${down}px`;
                        return !taken.some((other) => clash(box(span), other));
                    });
                    if (!span.hidden) taken.push(box(span));
                }
            };
            chart.on("zoomend resize drawn", thin);
            chart.whenReady(() => requestAnimationFrame(thin));
        }
        {% endmacro %}""")

    def __init__(self, names):
        super().__init__()
        self._name, self.names = "Names", names


class Furniture(MacroElement):
    """Zoom buttons with names, a scale bar in the reader's language, and the sentence about the boundaries."""

    _template = Template("""
        {% macro html(this, kwargs) %}
        <header class="unseen"><h1>{{ this.title }}</h1></header><footer class="note">{{ this.note }} <span></span></footer>
        <svg class="unseen" aria-hidden="true"><defs>{% for i, colour in this.hatches %}
        <pattern id="hatch{{ i }}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="5" height="5" fill="{{ colour }}"/><path d="M0 0V5" stroke="#fff" stroke-width="2"/></pattern>
        {% endfor %}</defs></svg>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        L.control.zoom({position: "topleft", zoomInTitle: {{ this.wording.zoom_in|tojson }},
            zoomOutTitle: {{ this.wording.zoom_out|tojson }}}).addTo({{ this._parent.get_name() }});
        new (L.Control.Scale.extend({
            _updateMetric(most) {
                const metres = this._getRoundNum(most), far = metres >= 1000;
                const unit = far ? {{ this.kilometre|tojson }} : {{ this.metre|tojson }};
                this._updateScale(this._mScale, (far ? metres / 1000 : metres) + " " + unit, metres / most);
            },
        }))({position: "bottomright", imperial: false, maxWidth: 110}).addTo({{ this._parent.get_name() }});
        {% endmacro %}""")

    def __init__(self, wording, shades):
        super().__init__()
        self._name, self.wording = "Furniture", wording
        self.hatches = [(i, shade.colour) for i, shade in enumerate(shades) if shade.hatched]
        self.title, self.note = text(wording.title), text(wording.note)
        self.metre, self.kilometre = text(wording.metre), text(wording.kilometre)  # Leaflet reads the scale's words as markup


def text(words):
    """Safe inside HTML and inside folium's JavaScript template literals, where ${…} would run as code."""
    return html.escape(words).replace("$", "&#36;").replace("`", "&#96;").replace("\\", "&#92;")


def heat_map(overlay, ground, wording, assets, tiles=None):
    """A map of a county as one HTML document.

    overlay: layers.overlay.Overlay. ground: ground.Ground. wording: Wording. assets: {file name: address} with leaflet.js and
    leaflet.css. tiles: (template address, attribution) or None for white paper.
    The same input gives the same bytes. Raises UnknownAsset when folium wants a file that `assets` does not name.
    """
    chart = _paper(ground, tiles)
    beside = {"color": BESIDE, "weight": 1, "fill": False}
    _shapes(chart, [(_path(paths), beside) for _label, paths in ground.neighbours])
    halo = {"color": COUNTY, "weight": 9, "opacity": 0.13, "fillColor": "#FFFFFF", "fillOpacity": 0 if tiles else 1}
    _shapes(chart, [(ground.county, halo)])
    chart.add_child(Areas(overlay, wording.sizes))
    _shapes(chart, [*_inner(ground), (ground.county, {"color": COUNTY, "weight": 2, "fill": False})], LINES)
    chart.add_child(Names(_names(ground, overlay.areas)))
    chart.add_child(Furniture(wording, overlay.shades))
    root = chart.get_root()
    root.header.add_child(Element(f"<style>{STYLE}</style>"), name="style")
    root.title = text(wording.title)
    localise(root, assets)
    return _finished(root.render(), wording)


def signed(document, nonce):
    """The document with this answer's nonce on its scripts and styles, so that a strict policy lets exactly them run."""
    return re.sub(r"<(script|style)>", rf'<\1 nonce="{nonce}">', document)


def localise(root, assets):
    """Point every file that folium wants to where it is served from. Set on the instance: the classes stay as they are."""
    for element in _walk(root):
        for kind in ("default_js", "default_css"):
            if hasattr(element, kind):
                wanted = [(name, address.rsplit("/", 1)[-1]) for name, address in getattr(element, kind)]
                strange = [file for _name, file in wanted if file not in assets and file not in DROPPED]
                if strange:
                    raise UnknownAsset(", ".join(strange))
                setattr(element, kind, [(name, assets[file]) for name, file in wanted if file in assets])


def _walk(element):
    yield element
    for child in element._children.values():
        yield from _walk(child)


def _finished(document, wording):
    """Random element numbers counted from nought, the reader's language, and a page that may be enlarged."""
    numbers = {}
    document = re.sub(r"[0-9a-f]{32}", lambda found: numbers.setdefault(found[0], f"{len(numbers):032x}"), document)
    document = document.replace("<html>", f'<html lang="{text(wording.lang)}">', 1)
    document = re.sub(
        r'<meta name="viewport".*?/>', '<meta name="viewport" content="width=device-width">', document, flags=re.DOTALL
    )
    name = f'<div role="main" aria-label="{text(wording.title)}" class="folium-map"'
    return document.replace('<div class="folium-map"', name, 1)


def _paper(ground, tiles):
    west, south, east, north = ground.county.bounds
    chart = folium.Map(
        tiles=None,
        zoom_control=False,
        attribution_control=bool(tiles),
        scroll_wheel_zoom=False,  # the map is a part of a page that people scroll
        zoom_snap=0.1,
        min_zoom=8,
        max_zoom=17,
        max_bounds=[[south - 0.4, west - 0.4], [north + 0.4, east + 0.4]],
    )
    if tiles:
        folium.TileLayer(tiles[0], attr=text(tiles[1]), max_zoom=17).add_to(chart)
    CustomPane(LINES, z_index=410, pointer_events=False).add_to(chart)
    chart.fit_bounds([[south, west], [north, east]], padding=(10, 10))
    return chart


def _inner(ground):
    """(shape, style) of the lines between towns; dashed where a line is synthetic."""
    style = {"color": TOWN, "weight": 1.1, "fill": False}
    for synthetic, path in ground.lines:
        yield _path([path]), style | ({"dashArray": "5 3"} if synthetic else {})


def _path(paths):
    return shapely.MultiLineString(list(paths))


def _shapes(chart, shapes, pane="overlayPane"):
    """Parts of the ground, [(shape, style)]: seen, never clicked. In one layer, for folium takes a millisecond for each."""
    features, styles = [], {}
    for number, (shape, style) in enumerate(shapes):
        if not shape.is_empty:
            rounded = shapely.set_precision(shape, 1e-5, mode="pointwise")
            features.append({"type": "Feature", "id": number, "properties": {}, "geometry": shapely.geometry.mapping(rounded)})
            styles[number] = {**style, "interactive": False}
    if features:
        whole = {"type": "FeatureCollection", "features": features}
        folium.GeoJson(whole, style_function=lambda feature: styles[feature["id"]], pane=pane).add_to(chart)


def _names(ground, areas):
    """(lat, lon, name, kind) of everything that is named: latitude first, as the browser's map wants it.

    Towns' names keep off cells with many tickets; over larger areas they stay where they are.
    """
    cells = areas if "cell" in areas else areas[:0]
    middles = shapely.get_coordinates(shapely.centroid(cells.geometry.array))
    weight = cells["count"] if "count" in cells else cells["shade"]
    towns = placed(ground.towns, ground.outlines, middles[:, 0], middles[:, 1], weight.to_numpy())
    beside = [label for label, _paths in ground.neighbours]
    return [[label.lat, label.lon, label.name, kind] for group, kind in ((towns, "town"), (beside, "beside")) for label in group]
