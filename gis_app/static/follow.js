// The page of one report: copy and pass on its code, remember it on this phone, show where it is.

import { stillMap } from "./place.js";
import { remember } from "./sending.js";
import { stay } from "./stay.js";

const say = JSON.parse(document.getElementById("spoken").textContent);
const code = document.getElementById("code").textContent.trim();
const address = location.origin + location.pathname;
const copy = document.getElementById("copy"), share = document.getElementById("share");

stay(say);
remember(code.replaceAll(" ", ""), document.title.split(" · ")[0]);

copy.addEventListener("click", async () => {
  try { await navigator.clipboard.writeText(code); } catch {
    const range = document.createRange(); // plain http has no clipboard: select, and the old command copies
    range.selectNodeContents(document.getElementById("code"));
    getSelection().removeAllRanges(); getSelection().addRange(range);
    document.execCommand("copy");
  }
  copy.lastChild.textContent = say.copied;
});
if (navigator.share) {
  share.hidden = false;
  share.addEventListener("click", () => navigator.share({ title: document.title, text: code, url: address }).catch(() => {}));
}
if (document.getElementById("map")) stillMap(document.getElementById("map"), say);
