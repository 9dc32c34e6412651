// The county's map from our own vectors: outline, towns, neighbours, names, a grid of 100 m. Leaflet is loaded before.
// Positions are [lon, lat] everywhere outside this file; Leaflet wants them the other way round.

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const flip = ([lon, lat]) => [lat, lon];
const GRID_FROM = 14, NAMES_FROM = 13;
const STEP_LAT = 100 / 111130, STEP_LON = 100 / 93440; // degrees that measure 100 m at 33° north

const LEAF = '<svg viewBox="0 0 28 44" width="28" height="44" aria-hidden="true"><path d="M14 43.5L8.5 31C4 27 1.5 22 1.5 17 1.5 10.5 6.5 5.5 14 1c7.5 4.5 ' +
  '12.5 9.5 12.5 16 0 5-2.5 10-7 14z" fill="#24603F" stroke="#fff" stroke-width="2"/><path d="M14 9v24M14 17l-4-4M14 17l4-4M14 23l-5-5M14 23l5-5" stroke="#fff" ' +
  'stroke-width="2" stroke-linecap="round"/></svg>';

export async function json(url, options) {
  const answer = await fetch(url, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.title || answer.statusText), { status: answer.status, problem: body });
  return body;
}

const gridLayer = () => Object.assign(new L.GridLayer({ pane: "grid", minZoom: GRID_FROM, maxZoom: 19 }), {
  createTile(coords) {
    const tile = document.createElement("canvas"), size = this.getTileSize();
    tile.width = size.x; tile.height = size.y;
    const pen = tile.getContext("2d"), map = this._map, origin = coords.scaleBy(size);
    const west = map.unproject(origin, coords.z), east = map.unproject(origin.add(size), coords.z);
    pen.strokeStyle = "#E1E5DE";
    pen.beginPath();
    for (let lon = Math.ceil(west.lng / STEP_LON) * STEP_LON; lon < east.lng; lon += STEP_LON) {
      const x = Math.round(map.project([0, lon], coords.z).x - origin.x) + 0.5;
      pen.moveTo(x, 0); pen.lineTo(x, size.y);
    }
    for (let lat = Math.ceil(east.lat / STEP_LAT) * STEP_LAT; lat < west.lat; lat += STEP_LAT) {
      const y = Math.round(map.project([lat, 0], coords.z).y - origin.y) + 0.5;
      pen.moveTo(0, y); pen.lineTo(size.x, y);
    }
    pen.stroke();
    return tile;
  },
});

function name(at, text, kind) {
  const span = document.createElement("span");
  span.textContent = text;
  span.setAttribute("aria-hidden", "true"); // who listens to a page hears its words, not the names of 200 villages
  return L.marker(flip(at), { icon: L.divIcon({ className: kind, html: span, iconSize: null }), interactive: false, keyboard: false });
}

function drawCounty(map, county) {
  const english = document.documentElement.lang === "en", called = (place) => (english && place.name_en) || place.name;
  const flat = { interactive: false }, beside = [];
  for (const near of county.neighbours) {
    for (const path of near.paths) L.polyline(path.map(flip), { ...flat, color: "#CBD2C9", weight: 1 }).addTo(map);
    if (near.label) beside.push(name(near.label, called(near), "county-name").addTo(map));
  }
  const rings = county.county.map((ring) => ring.map(flip));
  const outline = { ...flat, color: "#24503A" };
  L.polygon(rings, { ...outline, weight: 11, opacity: 0.13, fill: false }).addTo(map);
  L.polygon(rings, { ...flat, pane: "ground", stroke: false, fillColor: colour("--land"), fillOpacity: 1 }).addTo(map);
  L.polygon(rings, { ...outline, weight: 2, fill: false }).addTo(map);
  const between = county.lines.map((line) =>
    L.polyline(line.path.map(flip), { ...flat, color: "#6F7E75", weight: 1.1, dashArray: line.synthetic ? "5 3" : null, smoothFactor: 1 }));
  for (const line of between) line.addTo(map);
  const names = county.towns.map((town) => name(town.label, called(town), "town-name").addTo(map));
  map.on("zoomend resize", () => thin(map, [...names, ...beside]));
  thin(map, [...names, ...beside]);
}

// Of names that would lie on each other only the first is shown.
function thin(map, names) {
  const kept = [];
  for (const marker of names) {
    const at = map.latLngToLayerPoint(marker.getLatLng()), half = marker.getElement().firstChild.offsetWidth / 2;
    const box = L.bounds([at.x - half, at.y - 8], [at.x + half, at.y + 8]);
    const crowded = kept.some((other) => other.intersects(box));
    marker.getElement().classList.toggle("crowded", crowded);
    if (!crowded) kept.push(box);
  }
}

// Leaflet writes m and km; the page says it in its own language.
function scaleBar(words) {
  const scale = L.control.scale({ position: "bottomright", imperial: false, maxWidth: 90 });
  scale._updateMetric = (most) => {
    const length = scale._getRoundNum(most);
    scale._updateScale(scale._mScale, length < 1000 ? words.metres.replace("%s", length) : words.kilometres.replace("%s", length / 1000), length / most);
  };
  return scale;
}

async function drawPlaces(map, url) {
  const places = await json(url).catch(() => []);
  const layer = L.layerGroup(places.map((place) => name([place.lon, place.lat], place.name, "village-name")));
  const show = () => {
    if (map.getZoom() < NAMES_FROM) return layer.remove();
    layer.addTo(map);
    thin(map, layer.getLayers());
  };
  map.on("zoomend", show);
  show();
}

// Makes the map in an element. `still`: a picture of one place rather than something to work on.
export function countyMap(element, { countyUrl, placesUrl, words, still = false, onGrid = () => {} }) {
  const map = L.map(element, {
    preferCanvas: true, zoomControl: false, attributionControl: false, zoomSnap: 0.25, minZoom: 8, maxZoom: 18,
    scrollWheelZoom: !still, dragging: true, tap: false,
  });
  map.setView([32.98, 107.77], 9);
  element.addEventListener("pointerdown", () => element.classList.add("touched"));
  element.addEventListener("keydown", () => element.classList.remove("touched"));
  element.style.background = colour("--beyond");
  if (!still) L.control.zoom({ position: "bottomright", zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  scaleBar(words).addTo(map);
  for (const [pane, floor] of [["ground", 350], ["cells", 380], ["grid", 390]]) map.createPane(pane).style.zIndex = floor;
  gridLayer().addTo(map);
  map.on("zoomend", () => onGrid(map.getZoom() >= GRID_FROM));
  const ready = json(countyUrl).then((county) => {
    drawCounty(map, county);
    if (placesUrl) drawPlaces(map, placesUrl);
    const [west, south, east, north] = county.bbox;
    return { ...county, bounds: L.latLngBounds([south, west], [north, east]) };
  });
  return { map, ready };
}

export function pin(at, title, draggable = false) {
  const icon = L.divIcon({ className: "pin", html: LEAF, iconSize: [28, 44], iconAnchor: [14, 43] });
  return L.marker(flip(at), { icon, title, alt: title, draggable, autoPan: true, keyboard: true });
}

export function me(at, accuracy) {
  const dot = L.circleMarker(flip(at), { radius: 7, color: "#fff", weight: 2, fillColor: colour("--indigo"), fillOpacity: 1, interactive: false });
  const around = L.circle(flip(at), { radius: accuracy, color: colour("--indigo"), weight: 1.5, dashArray: "4 3", fillOpacity: 0.1, interactive: false });
  return L.layerGroup([around, dot]);
}

export const metres = (a, b) => L.latLng(flip(a)).distanceTo(flip(b));

// 240 米, 1.1 千米
export function distanceWords(m, words) {
  return m < 1000 ? words.metres.replace("%s", Math.round(m / 10) * 10) : words.kilometres.replace("%s", (m / 1000).toFixed(1));
}
