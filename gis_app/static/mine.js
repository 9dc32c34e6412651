// What was reported from this phone, as links; kept on the phone alone.

import { mine } from "./sending.js";

const box = document.getElementById("mine"), codes = mine();
box.hidden = !codes.length;
box.querySelector("ul").append(...codes.map(({ code, what }) => {
  const item = document.createElement("li"), link = document.createElement("a"), name = document.createElement("b"), number = document.createElement("span");
  link.href = box.dataset.follow + code;
  name.textContent = what || ""; number.className = "mono quiet"; number.textContent = code.replace(/(.{4})(?=.)/g, "$1 ");
  link.append(name, number); item.append(link);
  return item;
}));
