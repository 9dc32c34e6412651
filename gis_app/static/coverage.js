// Who answers for what, where: arrow keys walk the open fields, a row is copied, the page is printed, the chosen field stays in sight.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const told = document.getElementById(button.dataset.copy);
    try { await navigator.clipboard.writeText(told.textContent); } catch {
      const range = document.createRange(); // plain http has no clipboard: select, and the old command copies
      range.selectNodeContents(told);
      getSelection().removeAllRanges(); getSelection().addRange(range);
      document.execCommand("copy");
    }
    button.textContent = button.dataset.copied;
  });
}
document.querySelector("[data-print]")?.addEventListener("click", () => print());

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const rows = [...document.querySelectorAll(".cover .kind")].map((row) => [...row.querySelectorAll("td")].map((cell) => cell.querySelector("a")));
for (const [y, row] of rows.entries()) {
  for (const [x, link] of row.entries()) {
    link?.addEventListener("keydown", (event) => {
      const step = event.altKey || event.ctrlKey || event.metaKey ? null : STEPS[event.key];
      if (!step) return;
      let [down, across] = [y + step[0], x + step[1]];
      while (rows[down] && across in rows[down] && !rows[down][across]) { down += step[0]; across += step[1]; }
      const next = rows[down]?.[across];
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
  }
}

const chosen = document.querySelector(".cover [aria-current]");
if (chosen && matchMedia("(min-width: 1080px)").matches) {
  document.getElementById("field").focus({ preventScroll: true });
  chosen.scrollIntoView({ block: "nearest" });
}
