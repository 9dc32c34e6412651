// A still picture of one place, for the pages of one report or ticket.

import { countyMap, me, pin } from "./map.js";

export function stillMap(element, say) {
  const at = [Number(element.dataset.lon), Number(element.dataset.lat)];
  const { map } = countyMap(element, { countyUrl: element.dataset.county, placesUrl: element.dataset.places, words: say, still: true });
  map.setView([at[1], at[0]], 16);
  const marker = pin(at, say.pin).addTo(map);
  if (Number(element.dataset.accuracy)) me(at, Number(element.dataset.accuracy)).addTo(map);
  return { map, at, marker };
}
