// What is known near a place already, told before a report is sent; it may be sent all the same.

import { json } from "./map.js";

const DAY = 86_400_000;

// box: filled with what is known. url: of the API. say: the page's words.
export function nearBy(box, url, say) {
  let asked = 0;
  const line = (one) => {
    const item = document.createElement("li"), kind = document.createElement("b");
    const days = Math.floor((Date.now() + 8 * 3_600_000) / DAY) - Date.parse(one.since) / DAY; // both in the county's days
    kind.textContent = one.kind?.name ?? say.noKind;
    const more = [[say.today, say.yesterday][Math.max(days, 0)] ?? say.daysAgo.replace("%s", days), say.within.replace("%s", one.within_m), say.states[one.state]];
    item.append(kind, ` ${more.join(" · ")}`);
    return item;
  };
  return async (place, category) => {
    const mine = ++asked;
    if (!place) return box.replaceChildren();
    const [lon, lat] = place;
    const kind = category ? `&category=${category}` : "";
    const found = await json(`${url}?lon=${lon.toFixed(6)}&lat=${lat.toFixed(6)}${kind}`).catch(() => null);
    if (mine !== asked) return;
    const [list, title, note] = ["ul", "b", "p"].map((name) => document.createElement(name));
    title.textContent = say.nearTitle; note.textContent = say.nearNote;
    list.append(...(found?.results ?? []).slice(0, 3).map(line));
    box.replaceChildren(...(list.children.length ? [title, list, note] : []));
  };
}
