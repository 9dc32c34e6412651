// The leaders' pages: printing is all that needs a script.
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
