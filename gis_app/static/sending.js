// Photos made small, and a copy of what was written that stays on the phone until the server has said that it has it.

const KEPT = "report-kept", MINE = "report-codes", SIDE = 2048;

export const newKey = () => (crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join(""));

// A picture no longer than 2048 px on its long side, as a JPEG; what the browser cannot read goes to the server as it is.
export async function shrink(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return blob && blob.size ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
  } catch { return file; }
}

const asUrl = (file) => new Promise((done) => { const reader = new FileReader(); reader.onload = () => done(reader.result); reader.readAsDataURL(file); });
const asFile = async (url) => new File([await (await fetchData(url))], "photo.jpg", { type: "image/jpeg" });
// Not fetch(url): the page's policy lets scripts connect to this server alone.
async function fetchData(url) {
  const bytes = atob(url.split(",")[1]);
  return new Blob([Uint8Array.from(bytes, (c) => c.charCodeAt(0))], { type: "image/jpeg" });
}

function put(name, value) {
  try { localStorage.setItem(name, JSON.stringify(value)); return true; } catch { return false; }
}
function take(name) {
  try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
}

// Oldest first: who reports a second thing before the first has arrived loses neither.
const waiting = () => [take(KEPT) ?? []].flat();

// Says what was kept: "all", the "words" alone where there was no room for the photos, or "" for nothing.
export async function keep(item) {
  const photos = await Promise.all(item.photos.map(asUrl));
  const others = waiting().filter(({ key }) => key !== item.key);
  if (put(KEPT, [...others, { ...item, photos }])) return "all";
  return put(KEPT, [...others, { ...item, photos: [] }]) ? "words" : "";
}
export const kept = () => Promise.all(waiting().map(async (item) => ({ ...item, photos: await Promise.all((item.photos || []).map(asFile)) })));
export const drop = (key) => put(KEPT, waiting().filter((item) => item.key !== key));

export const mine = () => take(MINE) || [];
export const remember = (code, what) => put(MINE, [{ code, what, at: Date.now() }, ...mine().filter((one) => one.code !== code)].slice(0, 20));

// One attempt. The key goes with it for ever, so that the second time is harmless.
export async function send(url, token, { key, fields, photos }) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value !== "" && value != null) body.append(name, value);
  for (const photo of photos) body.append("photos", photo, photo.name);
  const answer = await fetch(url, { method: "POST", body, headers: { "Idempotency-Key": key, "X-CSRFToken": token } });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(said.title || ""), { status: answer.status, problem: said });
  return said;
}
