// The map of a report: this edition's outlines, land that changes hands, and numbered faults; list and map lead to each other.

import { countyMap, json } from "./map.js";

const say = JSON.parse(document.getElementById("spoken").textContent), names = JSON.parse(document.getElementById("names").textContent);
const box = document.getElementById("map"), wait = document.getElementById("map-wait");
const STYLES = {
  area: { stroke: false, fillColor: "#28588F", fillOpacity: 0.04 },
  line: { color: "#28588F", weight: 2, fill: false, interactive: false },
  land: { color: "#855600", weight: 1, fillColor: "#B87A08", fillOpacity: 0.3 },
  fault: { color: "#16201B", weight: 2, fillOpacity: 0.15 },
  hard: { color: "#B0261C", weight: 2, fillOpacity: 0.15 },
};
const layers = {}, found = {};

function words(text) {
  const span = document.createElement("span"); // names come from a file: they are text, never markup
  span.textContent = text;
  return span;
}
const figure = (number) => number.toLocaleString("en", { maximumFractionDigits: 2 });
const area = (m2) => (m2 < 1e5 ? say.squareMetres.replace("%s", figure(Math.round(m2))) : say.squareKilometres.replace("%s", figure(m2 / 1e6)));
const called = (code) => (code ? names[code] || code : say.nobody);

function handed({ was, now, m2 }) {
  return say.handed.replace("%(was)s", called(was)).replace("%(now)s", called(now)).replace("%(area)s", area(m2));
}

// A fault is a disc with the number that its row has; pressing it leads to the row.
function mark(at, number, label, hard) {
  const disc = words(number);
  disc.className = `mark${hard ? " mark-hard" : ""}`;
  const marker = L.marker(at, { icon: L.divIcon({ className: "disc", html: disc, iconSize: [22, 22] }), title: `${number} ${label}`, keyboard: true });
  const lead = () => {
    const row = document.getElementById(`fault-${number}`);
    row.scrollIntoView({ block: "center" });
    row.querySelector("a").focus({ preventScroll: true });
  };
  return marker.on("click", lead).on("keypress", ({ originalEvent }) => { if (originalEvent.key === "Enter") lead(); });
}

function drawFault(feature) {
  const { number, label } = feature.properties, shown = number + 1;
  const hard = document.getElementById(`fault-${shown}`)?.querySelector(".mark-hard") !== null;
  const shape = feature.geometry.type === "Point" ? null : L.geoJSON(feature, { style: hard ? STYLES.hard : STYLES.fault, interactive: false });
  const at = shape ? shape.getBounds().getCenter() : L.latLng(feature.geometry.coordinates[1], feature.geometry.coordinates[0]);
  const drawn = mark(at, shown, label, hard);
  found[`fault-${shown}`] = { layer: "fault", bounds: shape ? shape.getBounds() : at.toBounds(400) };
  return L.featureGroup(shape ? [shape, drawn] : [drawn]);
}

function drawShape(feature, key, told, name) {
  const drawn = L.geoJSON(feature, { style: STYLES[name] }).bindTooltip(words(told), { sticky: true, direction: "top" });
  found[key] = { layer: name, bounds: drawn.getBounds(), drawn };
  return drawn;
}

const DRAW = { // in this order: an area's line lies over the land that changes hands
  area: (feature) => drawShape(feature, `area-${feature.properties.code}`, feature.properties.name, "area"),
  land: (feature, nth) => drawShape(feature, `land-${nth}`, handed(feature.properties), "land"),
  line: (feature) => L.geoJSON(feature, { style: STYLES.line, interactive: false }),
  fault: drawFault,
  place: (feature) => L.circleMarker([feature.geometry.coordinates[1], feature.geometry.coordinates[0]], { radius: 3, color: "#28588F", weight: 1.5, fillColor: "#fff", fillOpacity: 1 })
    .bindTooltip(words(feature.properties.name)),
};

function draw(map, shapes) {
  const whole = L.latLngBounds([]);
  for (const name of Object.keys(DRAW)) {
    const some = shapes.features.filter((feature) => feature.properties.layer === (name === "line" ? "area" : name));
    layers[name] = L.featureGroup(some.map(DRAW[name])).addTo(map);
    const bounds = layers[name].getBounds();
    if (bounds.isValid()) whole.extend(bounds);
  }
  return whole;
}

function show(map, key) {
  const one = found[key];
  if (!one) return;
  const shown = document.querySelector(`[data-layer~=${one.layer}]`);
  if (shown && !shown.checked) shown.click();
  map.fitBounds(one.bounds, { maxZoom: 17, padding: [40, 40], animate: false });
  one.drawn?.openTooltip(one.bounds.getCenter());
  box.scrollIntoView({ block: "nearest" });
  box.focus({ preventScroll: true });
}

try {
  const { map, ready } = countyMap(box, { countyUrl: box.dataset.county, words: say });
  map.setMinZoom(6);
  map.scrollWheelZoom.disable(); // the map is a part of a page that people scroll
  const [county, shapes] = await Promise.all([ready, json(box.dataset.shapes)]);
  const whole = draw(map, shapes);
  map.fitBounds(whole.isValid() ? whole : county.bounds, { padding: [16, 16], animate: false });
  for (const tick of document.querySelectorAll("[data-layer]")) tick.addEventListener("change", () => {
    for (const name of tick.dataset.layer.split(" ")) if (tick.checked) layers[name].addTo(map); else layers[name].remove();
  });
  for (const link of document.querySelectorAll("[data-show]")) link.addEventListener("click", (event) => {
    event.preventDefault();
    show(map, link.dataset.show);
  });
  wait.hidden = true;
  box.dataset.drawn = "yes";
} catch {
  wait.textContent = say.broken;
}
