// The clerk's pages: a button that is pressed once and says what is going on, and what is plainly wrong with a file before it is sent.

for (const form of document.querySelectorAll("form[method=post]")) {
  const button = form.querySelector("button[data-doing]");
  if (!button) continue;
  const said = button.textContent;
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent || (form.dataset.mostMb && !sendable(form))) return event.preventDefault();
    form.dataset.sent = "1";
    button.textContent = button.dataset.doing;
    button.setAttribute("aria-disabled", "true");
  });
  addEventListener("pageshow", (event) => { // back from the next page: the button is as it was
    if (!event.persisted) return;
    delete form.dataset.sent;
    button.textContent = said;
    button.removeAttribute("aria-disabled");
  });
}

function sendable(form) {
  const file = form.querySelector("[type=file]"), chosen = file.files[0], told = form.dataset;
  const wrong = !chosen ? told.choose : chosen.size > told.mostMb * 1048576 ? told.tooLarge : /\.shp$/i.test(chosen.name) ? told.zipIt : "";
  const trouble = document.getElementById("file-trouble");
  document.getElementById("wrong-file")?.remove();
  trouble.hidden = !wrong;
  trouble.querySelector("span").textContent = wrong;
  file.closest(".field").classList.toggle("wrong", Boolean(wrong));
  file.toggleAttribute("aria-invalid", Boolean(wrong));
  file.setAttribute("aria-describedby", wrong ? "file-help file-trouble" : "file-help");
  if (wrong) file.focus();
  return !wrong;
}

// The number of a system is asked for only when it is wanted.
const system = document.getElementById("crs"), number = document.querySelector(".epsg");
function offerNumber() { number.hidden = system.value !== "other"; }
if (system) { system.addEventListener("change", offerNumber); offerNumber(); }

// A kind of file comes with the kind of boundaries.
const kind = document.getElementById("kind"), picked = document.getElementById("file");
function offerFiles() { picked.accept = kind.value === "addresses" ? ".csv" : ".zip,.geojson,.json,.gpkg,.kml,.shp"; }
if (kind) { kind.addEventListener("change", offerFiles); offerFiles(); }

// All of a batch, or none.
const all = document.querySelector("[data-all]"), each = [...document.querySelectorAll("[name=ticket]:not(:disabled)")];
function sumUp() {
  const ticked = each.filter((box) => box.checked).length;
  all.checked = ticked === each.length;
  all.indeterminate = ticked > 0 && ticked < each.length;
}
if (all) {
  all.addEventListener("change", () => { for (const box of each) box.checked = all.checked; });
  for (const box of each) box.addEventListener("change", sumUp);
}

document.querySelector("form [aria-invalid=true]")?.focus();
