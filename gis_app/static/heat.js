// The leaders' map week by week: bars, a slider and a button, which show one week after the other in the map's frame.
const player = document.querySelector("[data-weeks]");
if (player) {
  const frame = document.querySelector(".chart iframe");
  const [play, back] = ["[data-play]", "[data-back]"].map((name) => player.querySelector(name));
  const range = player.querySelector("input"), said = player.querySelector("output");
  const bars = [...player.querySelectorAll("[data-week]")];
  const words = { play: play.textContent, legend: said.textContent };
  const STEP = 700; // milliseconds that a week is seen
  const known = {}; // what was loaded, by resolution
  let timer = 0, started = false;

  const load = async (map) => {
    const res = map.level();
    if (!known[res]) {
      const answer = await fetch(`${player.dataset.weeks}&res=${res}`);
      if (!answer.ok) throw new TypeError(answer.status);
      known[res] = await answer.json();
    }
    return known[res];
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = words.play;
  };
  const show = async () => {
    const place = Number(range.value), map = frame.contentWindow.heat;
    if (!map) return;
    try {
      const pack = await load(map);
      if (place !== Number(range.value)) return; // somebody moved on while it was loading
      map.hold(pack, pack.weeks[bars[place].dataset.week] || []);
      bars.forEach((bar, other) => bar.classList.toggle("now", other === place));
      said.textContent = bars[place].dataset.said;
      range.setAttribute("aria-valuetext", said.textContent);
      back.hidden = false;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      stop();
      said.textContent = player.dataset.failed;
    }
  };
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (!started || range.value === range.max) range.value = Math.max(0, bars.findIndex((bar) => bar.getAttribute("height") > 2));
    started = true;
    play.textContent = play.dataset.pause;
    show();
    timer = setInterval(() => {
      if (range.value === range.max) return stop();
      range.value = Number(range.value) + 1;
      show();
    }, STEP);
  });
  range.addEventListener("input", () => {
    stop();
    started = true;
    show();
  });
  back.addEventListener("click", () => {
    stop();
    frame.contentWindow.heat.back();
    bars.forEach((bar) => bar.classList.remove("now"));
    said.textContent = words.legend;
    range.value = range.max;
    range.removeAttribute("aria-valuetext");
    started = false;
    back.hidden = true;
    range.focus();
  });
}
