/* For making elements: one builder, the icons, and small shared manners. Knows nothing of chats. */

const SVG = "http://www.w3.org/2000/svg";

// Drawn on a 24 x 24 grid with a stroke of 1.75.
const PATHS = {
  send: "M4.5 12 3 4l18 8-18 8zM4.5 12H12",
  clip: "m20 11.5-8.3 8.2a5 5 0 0 1-7.1-7.1l8.5-8.4a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.4a1.7 1.7 0 0 1-2.3-2.4l7.5-7.4",
  slash: "M14.5 7l-5 10M4 4.5h16a1.5 1.5 0 0 1 1.5 1.5v12a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 18V6A1.5 1.5 0 0 1 4 4.5z",
  keyboard: "M4 6h16a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 20 18H4a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 4 6zM7 10h.01M11 10h.01M15 10h.01M18 10h.01M8 14h8",
  photo: "M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM3.5 16.5l5-5 4 4 2.5-2.5 5.5 5.5M15.5 9.5h.01",
  picture: "M12 3v3M12 18v3M3 12h3M18 12h3M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  file: "M14 3H7a1.5 1.5 0 0 0-1.5 1.5v15A1.5 1.5 0 0 0 7 21h10a1.5 1.5 0 0 0 1.5-1.5V7.5zM14 3v4.5h4.5M9 13h6M9 16.5h4",
  sticker: "M12 3a9 9 0 1 0 9 9c-5 0-9-4-9-9zM12 3l9 9M8.5 14.5c.8 1.2 2 1.8 3.5 1.8",
  voice: "M12 3a3 3 0 0 0-3 3v5.5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c.6-3.8 3.6-5.5 7.5-5.5s6.9 1.7 7.5 5.5",
  people: "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 19.5c.5-3.3 3-5 6.5-5s6 1.7 6.5 5M16 5.3a3.5 3.5 0 0 1 0 6.4M18 14.8c2 .6 3.2 2.2 3.5 4.7",
  pin: "M12 3a6.5 6.5 0 0 0-6.5 6.5C5.5 14.5 12 21 12 21s6.5-6.5 6.5-11.5A6.5 6.5 0 0 0 12 3zM12 7.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  pencil: "M4 20l1-4.5L16 4.5 19.5 8 8.5 19zM13.5 7l3.5 3.5",
  bin: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10 11v5.5M14 11v5.5",
  copy: "M8.5 8.5V4.5a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-3M5.5 8.5h9a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-10a1 1 0 0 1 1-1z",
  tick: "M5 12.5l4.5 4.5L19 7",
  ticks: "M2.5 12.5L7 17l9-10M11.5 16l1 1 9-10",
  dots: "M12 5.5h.01M12 12h.01M12 18.5h.01",
  down: "M12 5v14M6 13l6 6 6-6",
  back: "M19 12H5M11 6l-6 6 6 6",
  close: "M6 6l12 12M18 6L6 18",
  mail: "M4 5.5h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1zM3.5 7l8.5 6.5L20.5 7",
  sms: "M5 4.5h14a1.5 1.5 0 0 1 1.5 1.5v9.5A1.5 1.5 0 0 1 19 17h-7.5L7 20.5V17H5a1.5 1.5 0 0 1-1.5-1.5V6A1.5 1.5 0 0 1 5 4.5zM8 9.5h8M8 12.5h5",
  inbox: "M4 13.5L6.5 5h11L20 13.5V19H4zM4 13.5h4.5l1 2.5h5l1-2.5H20",
  phone: "M8 2.5h8A1.5 1.5 0 0 1 17.5 4v16a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 20V4A1.5 1.5 0 0 1 8 2.5zM11 18.5h2",
  calendar: "M5 5.5h14a1 1 0 0 1 1 1V19a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6.5a1 1 0 0 1 1-1zM4 10h16M8.5 3.5V7M15.5 3.5V7",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2",
  out: "M9 6h9v9M18 6L6.5 17.5",
  block: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM6 6l12 12",
  play: "M8 5.5v13l11-6.5z",
  use: "M20 5v6a3 3 0 0 1-3 3H5M9 9.5L4.5 14 9 18.5",
};

/** An element. `props` keys: class, text, data-*, aria-*, attributes, and on<event> functions; nullish or false ones are left out. */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") el.addEventListener(key.slice(2), value);
    else if (key === "class") el.className = value;
    else if (key === "text") el.textContent = value;
    else el.setAttribute(key, value === true ? "" : String(value));
  }
  el.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return el;
}

/** A decorative icon; its button or link carries the words. */
export function icon(name, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon ${className}`.trim());
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A round portrait: the mark for the bot, two initials on a quiet colour for a person. */
export function portrait(name, { id = 0, mark = false, small = false } = {}) {
  const el = h("span", { class: `portrait${small ? " small" : ""}${mark ? " mark" : ""}`, "aria-hidden": "true" });
  if (!mark) {
    el.dataset.hue = String(Math.abs(Number(id) || 0) % 6);
    el.textContent = initials(name);
  }
  return el;
}

function initials(name) {
  const words = String(name ?? "").split(/[\s·,]+/).filter((word) => /\p{L}/u.test(word) && !/\.$/.test(word));
  const segments = (word) => [...new Intl.Segmenter().segment(word)].map((part) => part.segment);
  return words.slice(0, 2).map((word) => segments(word)[0]).join("").toUpperCase();
}

/** Copies to the clipboard, also where the page is not served over https. */
export async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = h("textarea", { class: "offscreen", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("This browser does not let the page copy. Select the code and copy it by hand.");
}

/** A short note at the foot of the page, read out to screen readers. */
export function notice(text, kind = "note") {
  const el = h("p", { class: `notice ${kind}`, text });
  document.getElementById("notices").append(el);
  setTimeout(() => el.classList.add("going"), kind === "error" ? 6500 : 3500);
  setTimeout(() => el.remove(), kind === "error" ? 6900 : 3900);
}

export function bytes(size) {
  if (!Number.isFinite(size)) return "";
  if (size < 1000) return `${size} bytes`;
  return size < 1e6 ? `${Math.round(size / 1000)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}
