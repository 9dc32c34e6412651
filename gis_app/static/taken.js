// Where a photo was taken, out of its own EXIF block, and the offer to put the pin there. Read on the phone: nothing is sent.
// Positions are [lon, lat], WGS84 by the EXIF standard; some phones write GCJ-02 there, and nothing in the file tells.

import { json, metres } from "./map.js";

const START_OF_JPEG = 0xFFD8, PIXELS = 0xFFDA, APP1 = 0xFFE1, EXIF = 0x45786966, FTYP = 0x66747970, TIFF = [0x49492A00, 0x4D4D002A];
const GPS = 0x8825, ASCII = 2, RATIONAL = 5, HEAD = 262144, SAME_M = 50;

// [lon, lat]; null when the photo says nothing usable; undefined when this kind of file is for the server to read.
export async function takenAt(file) {
  try {
    const head = new DataView(await file.slice(0, HEAD).arrayBuffer());
    if (head.getUint16(0) === START_OF_JPEG) return position(head, inJpeg(head));
    if (head.getUint32(4) !== FTYP) return undefined;
    const all = new DataView(await file.arrayBuffer()), at = inHeic(all);
    return at < 0 ? undefined : position(all, at);
  } catch { return null; } // cut off or damaged
}

// Where the TIFF header of the EXIF block stands. Past the file's end the view throws.
function inJpeg(view) {
  for (let at = 2; view.getUint16(at) !== PIXELS; at += 2 + view.getUint16(at + 2)) {
    if (view.getUint16(at) === APP1 && view.getUint32(at + 4) === EXIF) return at + 10;
  }
  throw new RangeError("no EXIF");
}

// Not through HEIC's boxes: its block bears the same mark, and a header right behind it.
function inHeic(view) {
  const bytes = new Uint8Array(view.buffer), last = bytes.length - 10;
  for (let at = bytes.indexOf(0x45); at >= 0 && at <= last; at = bytes.indexOf(0x45, at + 1)) {
    if (view.getUint32(at) === EXIF && view.getUint16(at + 4) === 0 && TIFF.includes(view.getUint32(at + 6))) return at + 6;
  }
  return -1;
}

function position(view, start) {
  const little = view.getUint16(start) === 0x4949;
  const short = (at) => view.getUint16(start + at, little), long = (at) => view.getUint32(start + at, little);
  const entry = (block, tag) => {
    for (let n = short(block), at = block + 2; n > 0; n--, at += 12) if (short(at) === tag) return at;
    throw new RangeError("no such entry");
  };
  const block = long(entry(long(4), GPS) + 8);
  const half = (ref, value, refs, edge) => {
    const side = entry(block, ref), at = entry(block, value), numbers = long(at + 8), bytes = Math.min(long(side + 4), 4);
    const letter = String.fromCharCode(...new Uint8Array(view.buffer, start + side + 8, bytes)).replace(/[\0 ]+$/, "");
    const [degrees, minutes, seconds] = [0, 8, 16].map((n) => long(numbers + n) / long(numbers + n + 4));
    const angle = degrees + minutes / 60 + seconds / 3600; // a denominator of zero fails every comparison below
    const sound = short(side + 2) === ASCII && refs.includes(letter) && short(at + 2) === RATIONAL && long(at + 4) === 3;
    if (!(sound && minutes <= 60 && seconds <= 60 && angle <= edge)) throw new RangeError("no angle");
    return letter === refs[1] ? -angle : angle;
  };
  const lat = half(1, 2, ["N", "S"], 90), lon = half(3, 4, ["E", "W"], 180);
  return lat || lon ? [lon, lat] : null; // 0, 0 is what a phone without a fix writes
}

// Offers in `box` to put the pin where a photo was taken, once for each place. pinAt: where the pin is, or null.
// named: what /locate answers, as words. use: puts the pin there.
export function photoOffer(box, { url, say, pinAt, named, use }) {
  const answered = [];
  let shown = null, used = null, turn = 0;
  const same = (a, b) => a && b && metres(a, b) <= SAME_M;

  async function consider(places) {
    const mine = ++turn;
    let outside = false;
    for (const place of places) {
      if (same(place, shown) && !same(place, pinAt())) return; // asked already, and still open
      if (!place || same(place, pinAt()) || answered.some((other) => same(place, other))) continue;
      const found = await json(`${url}?lon=${place[0].toFixed(6)}&lat=${place[1].toFixed(6)}`).catch(() => null);
      if (mine !== turn) return;
      if (found?.town) return ask(place, named(found));
      outside ||= Boolean(found);
    }
    shown = null;
    if (same(used, pinAt())) return; // what was done stays said
    box.replaceChildren(...outside && !pinAt() ? [sentence(say.takenOutside)] : []);
  }

  function ask(place, name) {
    shown = place;
    const row = document.createElement("div"); row.className = "buttons";
    row.append(button(say.takenUse, () => { used = place; answer(say.takenUsed.replace("%s", name)); use(place); }), button(say.takenNo, () => answer("")));
    box.replaceChildren(sentence(say.takenAt.replace("%s", name)), row);
  }

  function answer(words) {
    answered.push(shown); shown = null;
    box.replaceChildren(...words ? [sentence(words)] : []);
    box.tabIndex = -1; box.focus({ preventScroll: true }); // the button that had it is gone
  }

  return { consider, ask };
}

function sentence(words) { const p = document.createElement("p"); p.textContent = words; return p; }
function button(words, act) {
  const made = document.createElement("button");
  made.type = "button"; made.className = "button"; made.textContent = words;
  made.addEventListener("click", act);
  return made;
}
