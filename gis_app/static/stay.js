// What somebody wrote and photographed stays on its page until it can be sent.

export function stay(say) {
  // What a step needs is asked for before anything leaves: a refused form comes back without its photos.
  for (const field of document.querySelectorAll("[data-needed]")) field.required = true;
  for (const field of document.querySelectorAll(".stack [required]")) {
    const name = field.dataset.needed || field.labels[0]?.textContent.trim() || "";
    field.addEventListener("invalid", () => field.setCustomValidity(say.stillNeeded.replace("%s", name)));
    field.addEventListener("input", () => field.setCustomValidity(""));
  }
  // Without signal a sent form would leave its page.
  const lost = Object.assign(document.createElement("p"), { className: "mend", role: "alert" });
  for (const form of document.querySelectorAll("form[method=post]")) form.addEventListener("submit", (event) => {
    if (navigator.onLine) return lost.remove();
    event.preventDefault(); event.stopImmediatePropagation();
    (event.submitter ?? form.lastElementChild).after(lost);
    lost.textContent = `${say.noSignal} ${say.stillHere}`;
  });
}
