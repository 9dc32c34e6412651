// The page of a re-check: the map, and where the phone is, put into the form. Photos go as they are: their place is read from them.

import { stillMap } from "./place.js";

const say = JSON.parse(document.getElementById("spoken")?.textContent || "{}");
const box = document.getElementById("map"), button = document.getElementById("here"), told = document.getElementById("here-told");
if (box) stillMap(box, say);
if (button && !(navigator.geolocation && isSecureContext)) button.hidden = true;
button?.addEventListener("click", () => {
  told.textContent = say.locating;
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    document.getElementById("lon").value = coords.longitude.toFixed(6);
    document.getElementById("lat").value = coords.latitude.toFixed(6);
    told.textContent = say.accuracy.replace("%s", Math.round(coords.accuracy));
  }, () => { told.textContent = say.noPosition; }, { enableHighAccuracy: true, timeout: 20000 });
});
