// The desk by keyboard: J K down and up, Enter as proposed, A accept only, X refuse, M merge, C send to look, U urge, R remark,
// N the next likely kind, 2 3 change kind and unit, / find.

const rows = [...document.querySelectorAll(".desk-list a[href*='/desk/']")].filter((link) => link.closest(".tickets"));
const here = rows.findIndex((link) => link.getAttribute("aria-current") === "true");
const say = JSON.parse(document.getElementById("spoken")?.textContent || "{}");

const open = (n) => { if (rows[n]) rows[n].click(); };
const unfold = (step) => {
  const box = document.querySelector(`details[data-step=${step}]`);
  if (!box) return;
  for (let fold = box; fold; fold = fold.parentElement.closest("details")) fold.open = true;
  box.querySelector("textarea, select, input:not([type=hidden]), button")?.focus();
};
const press = (id) => document.getElementById(id)?.click();
const focus = (id) => document.getElementById(id)?.focus();
const nextLikely = () => { // the focus stays where it is, so that Enter sends it: a wrong kind is put right by two keys
  const kind = document.getElementById("category"), likely = [...document.querySelectorAll("#likely option")];
  if (!likely.length) return;
  likely[(likely.findIndex((one) => one.value === kind.value) + 1) % likely.length].selected = true;
  kind.dispatchEvent(new Event("change"));
};

const KEYS = {
  j: () => open(here + 1), k: () => open(here - 1), n: nextLikely,
  Enter: () => press("accept-dispatch"), a: () => press("accept-only"),
  x: () => unfold("reject"), r: () => unfold("comment"), m: () => unfold("merge"), c: () => unfold("send_check"), u: () => unfold("urge"),
  1: () => focus("map"), 2: () => focus("category"), 3: () => focus("unit"), "/": () => focus("q"),
};
// Single keys act only while nothing that takes keys has the focus: a letter typed into a field must never dispatch.
const busy = (target) => target.closest("input, textarea, select, button, a, summary, .leaflet-container, [contenteditable]");

addEventListener("keydown", (event) => {
  if (event.key === "Escape") return document.activeElement?.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat || busy(event.target)) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act) { event.preventDefault(); act(); }
});

// Another kind may belong to another unit: say so before it is sent.
const proposal = document.getElementById("proposal");
proposal?.category.addEventListener("change", async () => {
  const { route, lon, lat } = proposal.dataset, why = document.getElementById("unit-why");
  if (!lon || !proposal.category.value) return;
  const answer = await fetch(`${route}?category=${proposal.category.value}&lon=${lon}&lat=${lat}`);
  if (!answer.ok) return;
  const found = await answer.json();
  why.textContent = found.why;
  proposal.unit.options[0].textContent = say.route.replace("%s", found.unit.name);
});
const ticks = document.querySelectorAll("input[form=many]"), ticked = document.getElementById("ticked");
for (const tick of ticks) tick.addEventListener("change", () => { ticked.textContent = [...ticks].filter((one) => one.checked).length || ""; });
document.querySelector(".chosen-row")?.scrollIntoView({ block: "nearest" });
for (const form of document.querySelectorAll("form[method=post]")) form.addEventListener("submit", (event) => {
  if (form.dataset.sent) event.preventDefault(); // a second Enter while the first is under way
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent; }); // gone back to
