// The place field: what the server reads out of the words, as a list to choose from with finger, mouse or keys.

import { json } from "./map.js";

const labelOf = (one) => [one.town?.name, one.village?.name ?? one.village].filter(Boolean).join(" ");

// Calls onChoose({lon, lat, name}) for a place with a coordinate and for one that is known by its town alone.
export function placeSearch(input, list, url, words, onChoose) {
  let timer, shown = [], active = -1, asked = 0;

  const close = () => { list.hidden = true; active = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const mark = (i) => {
    active = (i + shown.length) % shown.length;
    [...list.children].forEach((row, n) => row.setAttribute("aria-selected", n === active));
    input.setAttribute("aria-activedescendant", list.children[active].id);
  };
  const choose = (one) => { input.value = labelOf(one) || input.value; close(); onChoose({ ...one, name: labelOf(one) }); };

  function row(one, n) {
    const item = document.createElement("li"), side = document.createElement("span");
    item.id = `place-${n}`; item.setAttribute("role", "option"); item.setAttribute("aria-selected", "false");
    side.textContent = words.precision[one.precision] || "";
    item.append(labelOf(one), side);
    item.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(one); });
    return item;
  }

  async function ask() {
    const text = input.value.trim(), mine = ++asked;
    if (text.length < 2) return close();
    const found = await json(`${url}?text=${encodeURIComponent(text)}`).catch(() => null);
    if (mine !== asked || !found) return;
    const one = found.reading === "one" ? [found] : [];
    const others = (found.candidates || []).filter((other) => !one.length || labelOf(other) !== labelOf(found));
    shown = [...one, ...others].filter((place) => place.town).slice(0, 8);
    list.replaceChildren(...shown.map(row));
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 250); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden || !shown.length) { if (event.key === "Enter") { event.preventDefault(); ask(); } return; }
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active - 1);
    else if (event.key === "Enter") choose(shown[Math.max(active, 0)]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
}
