// While a file is read the page looks every second how far it is; when that is over, it shows what came of it.

const EVERY = 1000;

async function look() {
  const here = document.querySelector("[data-live]");
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-live]");
    if (!answer.ok) throw new Error(answer.status);
    if (!now || now.dataset.live !== here.dataset.live) return location.reload();
    if (!here.contains(document.activeElement)) here.replaceChildren(...now.childNodes);
  } catch {
    // the connection is away for a moment: what is shown stays, and the next look may tell more
  }
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
