// The citizen's page: a place by finger, position or words; a kind, photos, words; sent once, kept until it has arrived.

import { countyMap, distanceWords, json, me, pin } from "./map.js";
import { nearBy } from "./near.js";
import { placeSearch } from "./search.js";
import { drop, keep, kept, newKey, remember, send, shrink } from "./sending.js";
import { photoOffer, takenAt } from "./taken.js";

const form = document.getElementById("report"), urls = form.dataset;
const say = JSON.parse(document.getElementById("spoken").textContent);
const $ = (id) => document.getElementById(id);
const wide = matchMedia("(min-width: 1080px)");
const MOST_PHOTOS = 4;
let at = null, marker = null, where = null, side = "", asked = 0, photos = [];
const taken = new Map(); // a photo to be sent: where it was taken; see takenAt

// ---- the place
const { map, ready } = countyMap($("map"), {
  countyUrl: urls.county, placesUrl: urls.places, words: say, onGrid: (on) => { $("grid-note").hidden = !on; },
});
ready.then(({ bounds }) => { if (!at) map.fitBounds(bounds, wide.matches ? { paddingTopLeft: [20, 20], paddingBottomRight: [20, 40] } : { paddingTopLeft: [8, 60], paddingBottomRight: [8, 4] }); restorePlace(); if (wide.matches) heat($("task").value); }).catch(() => { $("chosen-more").textContent = say.noMap; });
map.on("click", (event) => put([event.latlng.lng, event.latlng.lat]));
$("map").addEventListener("keyup", () => { $("here").hidden = false; });
$("here").addEventListener("click", () => { const centre = map.getCenter(); put([centre.lng, centre.lat]); });

function put(place, accuracy = "", zoom = 16) {
  at = place;
  form.lon.value = place[0].toFixed(6); form.lat.value = place[1].toFixed(6); form.accuracy_m.value = accuracy;
  if (marker) marker.setLatLng([place[1], place[0]]);
  else {
    marker = pin(place, say.pin, true).addTo(map);
    marker.on("dragend", () => { const end = marker.getLatLng(); put([end.lng, end.lat]); });
  }
  if (where && !accuracy) { where.remove(); where = null; }
  if (map.getZoom() < zoom - 1) map.setView([place[1], place[0]], zoom); else map.panTo([place[1], place[0]]);
  side = ""; sides([]);
  inWords(place, accuracy);
  tellNear(place, chosenKind());
  considerPhotos();
}

function lift() { // the pin, when only a town is meant
  at = null; asked++; marker?.remove(); where?.remove(); marker = where = null;
  form.lon.value = form.lat.value = form.accuracy_m.value = "";
  side = ""; sides([]); tellNear(null);
  considerPhotos();
}

const tellNear = nearBy($("near"), urls.near, say);

function told(title, more, late = false) {
  $("chosen-name").textContent = title; $("chosen-more").textContent = more;
  $("chosen").classList.toggle("late", late); $("change").hidden = !at;
  if (!late) $("trouble").replaceChildren();
}

const chosenKind = () => form.querySelector("[name=category]:checked")?.value || form.any_category.value;

// [the village or what is near, the town] of an answer of /locate.
function nameOf(found) {
  const near = (found.village?.name ?? found.name ?? "").replace(found.town.name, "").trim();
  return near ? [near, found.town.name] : [found.town.name];
}

async function inWords([lon, lat], accuracy) {
  told(say.looking, "");
  const kind = chosenKind(), mine = ++asked;
  const circle = accuracy ? `&accuracy_m=${accuracy}${kind ? `&category=${kind}` : ""}` : "";
  try {
    const found = await json(`${urls.locate}?lon=${lon.toFixed(6)}&lat=${lat.toFixed(6)}${circle}`);
    if (mine !== asked) return;
    if (!found.town) return told(say.outside, found.nearest ? say.nearest.replace("%(town)s", found.nearest.town?.name ?? found.nearest.town).replace("%(km)s", found.nearest.km.toFixed(1)) : say.moveIn, true);
    const more = accuracy ? say.accuracy.replace("%s", Math.round(accuracy)) : say.dragging;
    const [name, ...inTown] = nameOf(found);
    told(name, [...inTown, more].join(" · "));
    sides(found.sides || [], name);
  } catch { if (mine === asked) told(say.placed, say.offlinePlace); }
}

// Where the phone's circle crosses a border to another unit, the one who stands there knows on which side it is.
// Not answering is an answer too; a second press takes it back.
function sides(near, name) {
  if (!near.some(({ town }) => town.code === side)) side = "";
  $("sides").hidden = !near.length;
  $("which-side").textContent = near.length ? say.whichSide : "";
  const row = $("sides").querySelector(".buttons");
  const press = () => {
    near.forEach(({ town }, n) => row.children[n].setAttribute("aria-pressed", town.code === side));
    const across = near.slice(1).find(({ town }) => town.code === side); // the measured side stands first
    if (near.length) $("chosen-name").textContent = across?.town.name ?? name;
  };
  row.replaceChildren(...near.map(({ town, unit }) => {
    const button = document.createElement("button");
    button.type = "button"; button.className = "button"; button.textContent = unit ? `${town.name} · ${unit.name}` : town.name;
    button.addEventListener("click", () => { side = side === town.code ? "" : town.code; press(); });
    return button;
  }));
  press();
}

function restorePlace() {
  if (form.lon.value && form.lat.value) put([Number(form.lon.value), Number(form.lat.value)], form.accuracy_m.value);
}

$("locate").addEventListener("click", () => {
  if (!navigator.geolocation || !isSecureContext) return told(say.noPosition, say.noPositionNext);
  told(say.locating, "");
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    const place = [coords.longitude, coords.latitude];
    where?.remove();
    put(place, Math.round(coords.accuracy), 17);
    where = me(place, coords.accuracy).addTo(map);
  }, () => told(say.noPosition, say.noPositionNext), { enableHighAccuracy: true, timeout: 15000 });
});
$("change").addEventListener("click", () => { form.place_text.focus(); form.place_text.select(); });
placeSearch(form.place_text, $("suggestions"), urls.locate, say, (one) => {
  if (one.lon != null) return put([one.lon, one.lat], "", one.precision === "village" ? 15 : 16);
  lift(); // what is sent is what the page says
  told(one.name, say.onlyTown);
});

// ---- counts of everybody's reports, on wide screens
let cells = null;
async function heat(task) {
  const found = await json(`${urls.heat}?task=${encodeURIComponent(task)}`).catch(() => null);
  cells?.remove();
  if (!found) return;
  $("legend").hidden = false;
  const fills = Object.fromEntries(say.classes.map((name, n) => [name, `--c${n + 2}`]));
  const style = ({ properties }) => ({ fillColor: getComputedStyle(document.documentElement).getPropertyValue(fills[properties.class] || "--c2"), fillOpacity: 1, color: "#52806A", weight: 0.5 });
  cells = L.geoJSON(found, { style, pane: "cells", interactive: false }).addTo(map);
}
$("task").addEventListener("change", (event) => heat(event.target.value));

// ---- the kind: an icon or one of all, never both
form.any_category.addEventListener("change", () => { for (const radio of form.querySelectorAll("[name=category]")) radio.checked = false; });
form.querySelector(".kinds").addEventListener("change", () => { form.any_category.value = ""; });
for (const chooser of [form.any_category, form.querySelector(".kinds")]) // on a border another kind may be another unit's
  chooser.addEventListener("change", () => {
    if (at && form.accuracy_m.value) inWords(at, form.accuracy_m.value);
    if (at) tellNear(at, chosenKind());
  });

// ---- photos
$("photos").addEventListener("change", async (event) => {
  const files = [...event.target.files];
  event.target.value = "";
  for (const file of files.slice(0, MOST_PHOTOS - photos.length)) {
    const place = await takenAt(file), photo = await shrink(file);
    taken.set(photo, place === undefined && photo !== file ? null : place); // drawn anew, it tells the server nothing either
    photos.push(photo);
  }
  if (files.length && photos.length === MOST_PHOTOS) trouble({ title: say.photosFull });
  previews();
});
function previews() {
  $("previews").replaceChildren(...photos.map((file, n) => {
    const item = document.createElement("li"), image = document.createElement("img"), away = document.createElement("button");
    image.src = URL.createObjectURL(file); image.alt = say.photo.replace("%s", n + 1);
    away.type = "button"; away.textContent = "✕"; away.setAttribute("aria-label", say.dropPhoto.replace("%s", n + 1));
    away.addEventListener("click", () => { photos = photos.filter((other) => other !== file); previews(); });
    item.append(image, away);
    return item;
  }));
  $("shoot-word").textContent = photos.length ? say.shootMore : say.shoot;
  form.querySelector(".shoot").hidden = photos.length >= MOST_PHOTOS;
  considerPhotos();
}
const offer = photoOffer($("taken"), { url: urls.locate, say, pinAt: () => at, named: (found) => nameOf(found).reverse().join(" "), use: (place) => put(place) });
function considerPhotos() { offer.consider(photos.map((photo) => taken.get(photo))); }

// ---- what the words say already while they are written
let hintTimer;
form.text.addEventListener("input", () => { clearTimeout(hintTimer); hintTimer = setTimeout(hint, 500); });
async function hint() {
  const text = form.text.value.trim();
  if (text.length < 3) return $("hint").replaceChildren();
  const read = await json(urls.classify, {
    method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": form.csrfmiddlewaretoken.value },
    body: JSON.stringify({ text, ...(at && { lon: at[0], lat: at[1] }) }),
  }).catch(() => null);
  if (!read || form.text.value.trim() !== text) return;
  if (read.danger) return $("hint").replaceChildren(callBox("box box-danger", read.danger.what, read.danger.phone, say.dangerNext));
  if (read.handoff && read.scope !== "in") return $("hint").replaceChildren(callBox("box box-hand", say.handoff.replace("%(topic)s", read.handoff.topic).replace("%(to)s", read.handoff.to), read.handoff.phone, say.handoffNext));
  $("hint").replaceChildren();
}
function callBox(kind, what, phone, next) {
  const box = document.createElement("div"), inside = document.createElement("div"), number = document.createElement("a"), words = document.createElement("p"), more = document.createElement("p");
  box.className = kind; number.href = `tel:${phone}`; number.textContent = phone; words.append(what, " ", number); more.textContent = next;
  inside.append(words, more); box.append(inside);
  return box;
}

// ---- sending
function trouble(problem) {
  const line = document.createElement("p");
  line.textContent = [...new Set([problem.title, problem.detail, problem.next])].filter(Boolean).join(" ");
  $("trouble").replaceChildren(line);
}
function written() {
  const fields = { text: form.text.value, place_text: form.place_text.value, category: chosenKind(), contact: form.contact.value };
  if (form.agreed?.checked) fields.agreed = true;
  if (at) Object.assign(fields, { lon: form.lon.value, lat: form.lat.value, accuracy_m: form.accuracy_m.value, side });
  return { key: form.key.value, fields, photos };
}
const KEPT_AS = { all: say.keptHere, words: say.keptWords, "": say.keptNothing };
const refused = (error) => error.status && error.status < 500 && error.status !== 429;
let gone = false; // what is written here has arrived

async function arrived(item) {
  const said = await send(urls.reports, form.csrfmiddlewaretoken.value, item);
  drop(item.key);
  remember(said.code, said.category?.name || item.fields.text.slice(0, 20));
  return said.code;
}
function leaveFor(code) {
  gone = true; form.reset(); lift(); // who comes back finds an empty page, not the same thing to send twice
  location.assign(`${urls.follow}${code}?sent=1`);
}
addEventListener("pageshow", (event) => { if (event.persisted && gone) location.reload(); });

async function deliver(item) {
  const button = $("send");
  button.disabled = true; button.textContent = say.sending;
  let as = "";
  try {
    as = await keep(item);
    leaveFor(await arrived(item));
  } catch (error) {
    button.disabled = false; button.textContent = say.send;
    if (refused(error)) { drop(item.key); form.key.value = newKey(); trouble(error.problem); offerTaken(error.problem.photo_position); }
    else trouble(error.status ? { ...error.problem, detail: KEPT_AS[as] } : { title: say.noSignal, next: KEPT_AS[as] });
  }
}
function offerTaken(found) {
  if (found) offer.ask([found.lon, found.lat], found.town.name);
}
const forServer = () => photos.some((photo) => taken.get(photo) === undefined); // it may know where: the server asks back then
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const item = written();
  if (!at && !item.fields.place_text.trim() && !forServer()) { trouble({ title: say.needPlace }); return $("map").focus(); }
  if (!item.fields.category && !item.fields.text.trim() && !photos.length) return trouble({ title: say.needWhat });
  deliver(item);
});

// ---- what has not arrived yet: sent from here too, and it takes nothing from what is being written meanwhile
const empty = () => !at && !photos.length && !chosenKind() && !form.text.value.trim() && !form.place_text.value.trim();

function fill({ key, fields, photos: pictures }) {
  for (const name of ["text", "place_text", "contact"]) form[name].value = fields[name] ?? "";
  const kind = [...form.querySelectorAll("[name=category]")].find(({ value }) => value === fields.category);
  if (kind) kind.checked = true; else form.any_category.value = fields.category;
  if (form.agreed) form.agreed.checked = Boolean(fields.agreed);
  form.key.value = key; photos = pictures; previews();
  if (fields.lon) put([Number(fields.lon), Number(fields.lat)], fields.accuracy_m);
}
async function sendKept() {
  const codes = [];
  let own = false; // what stands on this page was among them
  $("trouble").replaceChildren(); // of an earlier try
  for (const item of await kept()) {
    const here = item.key === form.key.value, same = here && JSON.stringify(item.fields) === JSON.stringify(written().fields);
    try {
      codes.push(await arrived(same ? written() : item)); // the page has the photos for which the phone had no room
      own ||= same;
      if (here && !same) form.key.value = newKey(); // changed meanwhile: that is another report
    } catch (error) {
      if (refused(error) && empty()) fill(item);
      trouble(error.status ? error.problem : { title: say.noSignal });
      if (!refused(error)) break; // one that is refused holds up none behind it
    }
  }
  const left = (await kept()).filter(({ key }) => key !== form.key.value);
  $("kept").hidden = !left.length && !codes.length;
  if (!codes.length || left.length) return;
  if (own || empty()) leaveFor(codes.at(-1)); else tellArrived(codes);
}
function tellArrived(codes) {
  const line = document.createElement("p");
  line.append(say.keptArrived, ...codes.flatMap((code) => {
    const link = document.createElement("a");
    link.href = urls.follow + code; link.textContent = code.replace(/(.{4})(?=.)/g, "$1 ");
    return [" ", link];
  }));
  $("kept").replaceChildren(line);
}
kept().then((items) => { $("kept").hidden = !items.length; });
$("kept-send").addEventListener("click", sendKept);
$("kept-drop").addEventListener("click", async () => { for (const { key } of await kept()) drop(key); $("kept").hidden = true; });
addEventListener("online", sendKept);
