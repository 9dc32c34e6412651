// A ticket's page: where it is and how far, and the photo that has to come before the finish.

import { distanceWords, me, metres } from "./map.js";
import { stillMap } from "./place.js";
import { shrink } from "./sending.js";
import { stay } from "./stay.js";

const say = JSON.parse(document.getElementById("spoken")?.textContent || "{}");
const box = document.getElementById("map"), goThere = document.getElementById("go-there");
const shown = box && stillMap(box, say);

function bearing([lon, lat], [toLon, toLat]) {
  const turn = Math.atan2((toLon - lon) * Math.cos(lat * Math.PI / 180), toLat - lat) * 180 / Math.PI;
  return say.sides[Math.round(((turn + 360) % 360) / 45) % 8];
}
if (shown && goThere && navigator.geolocation && isSecureContext) {
  navigator.permissions?.query({ name: "geolocation" }).then(({ state }) => {
    if (state === "granted") navigator.geolocation.getCurrentPosition(({ coords }) => {
      const here = [coords.longitude, coords.latitude];
      me(here, coords.accuracy).addTo(shown.map);
      L.polyline([[here[1], here[0]], [shown.at[1], shown.at[0]]], { color: "#28588F", weight: 2, dashArray: "3 5", interactive: false }).addTo(shown.map);
      shown.map.fitBounds([[here[1], here[0]], [shown.at[1], shown.at[0]]], { padding: [48, 48], maxZoom: 17 });
      const far = say.away.replace("%(side)s", bearing(here, shown.at)).replace("%(far)s", distanceWords(metres(here, shown.at), say));
      goThere.querySelector("span").textContent = `${far} · ${goThere.textContent.trim()}`;
    });
  });
}

stay(say);
// What was refused is in view, wherever its fold lies.
const refusal = document.querySelector(".step .mend");
refusal?.scrollIntoView({ block: "center" });
refusal?.closest("form").querySelector("textarea, select, input:not([type=hidden])")?.focus({ preventScroll: true });

// Photos leave the phone small; the server draws them anew all the same.
for (const input of document.querySelectorAll("input[type=file]")) input.addEventListener("change", async () => {
  const files = new DataTransfer();
  for (const file of input.files) files.items.add(await shrink(file));
  input.files = files.files;
  let row = input.parentElement.querySelector(".previews");
  if (!row) { row = document.createElement("div"); row.className = "previews"; input.after(row); }
  row.replaceChildren(...[...input.files].map((file) => Object.assign(new Image(), { src: URL.createObjectURL(file), alt: file.name })));
  offerShot();
});

// One green button, always the next thing: first the photo, then the finish.
const forward = document.getElementById("forward"), why = document.getElementById("forward-why");
const shot = forward?.hasAttribute("data-shoot") ? document.querySelector("#step-finish input[type=file]") : null;
function offerShot() {
  if (!shot) return;
  const missing = !shot.files.length;
  forward.querySelector("span").textContent = missing ? say.shootAfter : say.finish;
  why.hidden = !missing; why.textContent = say.thenFinish;
}
offerShot();
forward?.addEventListener("click", (event) => { if (shot && !shot.files.length) { event.preventDefault(); shot.click(); } });

// Where somebody stands who looked: the phone writes it, the fields are for when it cannot.
const away = ({ longitude, latitude }) => shown ? say.stood.replace("%s", distanceWords(metres([longitude, latitude], shown.at), say)) : say.stoodSomewhere;
for (const spot of document.querySelectorAll("[data-spot=here]")) {
  const typed = spot.querySelector(".spot-typed"), said = spot.querySelector(".spot-said"), [lon, lat] = typed.querySelectorAll("input");
  const give = () => { typed.hidden = false; said.textContent = say.typePosition; lon.focus(); };
  const locate = (then) => {
    if (!navigator.geolocation || !isSecureContext) return give();
    said.textContent = say.locating;
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      lon.value = coords.longitude.toFixed(6); lat.value = coords.latitude.toFixed(6);
      said.textContent = away(coords);
      then?.();
    }, give, { enableHighAccuracy: true, timeout: 15000 });
  };
  typed.hidden = !lon.value && !lat.value;
  spot.querySelector("[data-locate]").addEventListener("click", () => locate());
  spot.closest("form").addEventListener("submit", (event) => {
    if (lon.value || !typed.hidden) return;
    event.preventDefault(); event.stopImmediatePropagation();
    locate(() => event.target.requestSubmit());
  });
}

// Where the problem really is: the pin on the map moves and writes the fields.
for (const spot of shown ? document.querySelectorAll("[data-spot=pin]") : []) {
  const [lon, lat] = spot.querySelectorAll("input"), said = spot.querySelector(".spot-said");
  const put = ({ lng, lat: north }) => {
    lon.value = lng.toFixed(6); lat.value = north.toFixed(6);
    said.textContent = say.pinMoved.replace("%s", distanceWords(metres([lng, north], shown.at), say));
  };
  shown.marker.on("dragend", () => put(shown.marker.getLatLng()));
  shown.map.on("click", ({ latlng }) => { if (spot.closest("details").open) { shown.marker.setLatLng(latlng); put(latlng); } });
  spot.closest("details").addEventListener("toggle", (event) => shown.marker.dragging[event.target.open ? "enable" : "disable"]());
}
