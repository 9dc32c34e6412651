// Runs before the first paint, so that a page never flashes in the other contrast.
(() => {
  const root = document.documentElement;
  const KEY = "contrast";
  const read = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const write = (value) => { try { localStorage.setItem(KEY, value); } catch { /* private mode: holds for this page only */ } };
  const show = (on) => { root.classList.toggle("contrast", on); };
  root.classList.add("js");
  show(read() === "more" || (!read() && matchMedia("(prefers-contrast: more)").matches));
  addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-contrast]")) {
      button.setAttribute("aria-pressed", root.classList.contains("contrast"));
      button.addEventListener("click", () => {
        const on = !root.classList.contains("contrast");
        show(on);
        write(on ? "more" : "less");
        button.setAttribute("aria-pressed", on);
      });
    }
  });
})();
