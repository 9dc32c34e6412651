"""An overlay inside a folium map: one script that puts the areas together, changes resolution, and lets a page play weeks."""

import json

from branca.element import MacroElement
from folium.template import Template

from layers.overlay import packed

DARK = 380  # of 765: names do not lie on what is darker


class Areas(MacroElement):
    """An overlay: from afar, at the middle and from near in its own resolution, and for a page that plays weeks `window.heat`.

    All areas of an overlay are one list of steps (layers.overlay.packed), put together here: a county full of cells travels
    in a tenth of the bytes that GeoJSON takes. Nothing in it is read as markup: what a tip says is set as text.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
        {
            const chart = {{ this._parent.get_name() }}, shades = {{ this.shades }}, labels = {{ this.labels }};
            const packs = {{ this.packs }}, fine = {{ this.fine }}, sizes = {{ this.sizes }};
            const WIDTH = 920, SMALL = 4.5, LARGE = 36; // metres across a cell of resolution 8; pixels from which others serve
            const MANY = 1500; // areas from which one canvas is painted sooner than so many elements
            const dark = {{ this.dark }};
            chart.createPane("areas").style.zIndex = 390;
            chart.getPane("overlayPane").style.zIndex = 380;
            const canvas = L.canvas({pane: "areas"}), elements = L.svg({pane: "areas"});
            const group = L.featureGroup().addTo(chart), known = new WeakMap(), note = document.querySelector(".note span");
            let drawn = null, asked = null, held = false;
            const shapes = (pack) => {
                if (!known.has(pack)) {
                    let lon = 0, lat = 0;
                    const ring = (steps) => {
                        let east = lon, north = lat;
                        const path = [];
                        for (let i = 0; i < steps.length; i += 2) {
                            east += steps[i];
                            north += steps[i + 1];
                            path.push([north / 1e5, east / 1e5]);
                        }
                        [lon, lat] = [lon + steps[0], lat + steps[1]];
                        return path;
                    };
                    known.set(pack, pack.at.map((parts) => parts.map((rings) => rings.map(ring))));
                }
                return known.get(pack);
            };
            const tip = (area) => {
                const table = document.createElement("table");
                area.options.facts.forEach((fact, i) => {
                    const row = table.insertRow();
                    row.append(document.createElement("th"), document.createElement("td"));
                    row.firstChild.textContent = labels[i];
                    row.lastChild.textContent = fact;
                });
                return table;
            };
            if (labels.length) group.bindTooltip(tip, {className: "tip", sticky: true});
            const show = (pack, rows) => {
                const all = shapes(pack);
                drawn = pack;
                group.clearLayers();
                const told = rows || pack.shade.map((shade, i) => [i, shade, ...pack.facts[i]]);
                for (const [i, shade, ...facts] of told) {
                    const {colour, edge} = shades[shade];
                    const renderer = told.length > MANY && !colour.startsWith("url") ? canvas : elements;
                    L.polygon(all[i], {renderer, fillColor: colour, color: edge, weight: 0.5, fillOpacity: 1, smoothFactor: 0,
                        facts, shade}).addTo(group);
                }
            };
            chart.darkBoxes = () => group.getLayers().filter((area) => dark.includes(area.options.shade)).map((area) => {
                const seen = area.getBounds(), low = chart.latLngToContainerPoint(seen.getSouthWest());
                const high = chart.latLngToContainerPoint(seen.getNorthEast());
                return {left: low.x, right: high.x, top: high.y, bottom: low.y};
            });
            const level = () => {
                const metre = 2 ** (chart.getZoom() + 8) / 40075016.7 / Math.cos(chart.getCenter().lat * Math.PI / 180);
                return packs[7] && WIDTH * metre < SMALL ? 7 : fine && WIDTH * metre > LARGE ? 9 : 8;
            };
            const near = async () => {
                asked?.abort();
                asked = new AbortController();
                try {
                    const answer = await fetch(fine + chart.getBounds().pad(0.2).toBBoxString(), {signal: asked.signal});
                    if (!answer.ok) return;
                    const pack = await answer.json();
                    if (held || level() !== 9) return;
                    show(pack);
                    if (sizes[9]) note.textContent = sizes[9];
                    chart.fire("drawn");
                } catch (error) {
                    if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error; // else the coarser cells stay
                }
            };
            const fit = () => {
                const res = level();
                if (held) return;
                if (res === 9) {
                    if (!drawn) show(packs[8]);
                    near();
                } else if (drawn !== packs[res]) {
                    asked?.abort();
                    show(packs[res]);
                    if (sizes[res]) note.textContent = sizes[res];
                }
            };
            chart.on("moveend", fit);
            chart.whenReady(fit);
            window.heat = {
                level: () => Math.min(level(), 8),
                hold(pack, rows) {
                    held = true;
                    show(pack, rows);
                },
                back() {
                    held = false;
                    drawn = null;
                    fit();
                },
            };
        }
        {% endmacro %}""")

    def __init__(self, overlay, sizes):
        super().__init__()
        self._name = "Areas"
        packs = {8: packed(overlay.areas, overlay.facts)}
        if overlay.coarse is not None:
            packs[7] = packed(overlay.coarse, overlay.facts)
        fills = [f"url(#hatch{i})" if shade.hatched else shade.colour for i, shade in enumerate(overlay.shades)]
        shades = [{"colour": fill, "edge": shade.edge} for fill, shade in zip(fills, overlay.shades, strict=True)]
        self.packs, self.shades = _script(packs), _script(shades)
        self.labels, self.fine = _script(list(overlay.facts.values())), _script(overlay.fine)
        cells = "cell" in overlay.areas  # on larger areas names have nowhere else to go
        self.dark = _script([i for i, shade in enumerate(overlay.shades) if cells and _brightness(shade.colour) < DARK])
        self.sizes = _script(sizes if cells else {})


def _brightness(colour):
    """#RRGGBB as 0 … 765."""
    return sum(bytes.fromhex(colour.removeprefix("#")))


def _script(value):
    """A value as short JSON that is safe inside a script element and stays as it is inside folium's templates."""
    written = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
