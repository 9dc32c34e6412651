// A worker's list: how far each task is, and nearest first when asked. By deadline it comes from the server.

const list = document.querySelector(".tickets"), button = document.getElementById("near"), words = document.querySelector(".work").dataset;
const RADIUS = 6371008.8, rad = Math.PI / 180;

function metres(lon, lat, toLon, toLat) {
  const a = Math.sin((toLat - lat) * rad / 2) ** 2 + Math.cos(lat * rad) * Math.cos(toLat * rad) * Math.sin((toLon - lon) * rad / 2) ** 2;
  return 2 * RADIUS * Math.asin(Math.sqrt(a));
}
function show({ coords }) {
  const rows = [...list.children];
  for (const row of rows) {
    if (!row.dataset.lon) { row.far = Infinity; continue; }
    row.far = metres(coords.longitude, coords.latitude, Number(row.dataset.lon), Number(row.dataset.lat));
    const place = row.querySelector(".far");
    place.hidden = false;
    place.querySelector("b").textContent = row.far < 1000 ? `${Math.round(row.far / 10) * 10} ${words.metres}` : `${(row.far / 1000).toFixed(1)} ${words.kilometres}`;
  }
  return rows;
}
if (!list || !navigator.geolocation || !isSecureContext) button.parentElement.hidden = true;
else {
  button.addEventListener("click", () => {
    const none = document.getElementById("no-position");
    none.textContent = "";
    navigator.geolocation.getCurrentPosition((found) => list.append(...show(found).sort((a, b) => a.far - b.far)), () => { none.textContent = none.dataset.none; }, { timeout: 15000 });
  });
  navigator.permissions?.query({ name: "geolocation" }).then(({ state }) => { if (state === "granted") navigator.geolocation.getCurrentPosition(show); });
}
