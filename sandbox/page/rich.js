/* For showing the server's message HTML: keeps what Telegram's formatting knows, drops all else, makes commands pressable. */

import { h } from "./dom.js";

const ALLOWED = new Set(["B", "STRONG", "I", "EM", "U", "INS", "S", "STRIKE", "DEL", "CODE", "PRE", "BLOCKQUOTE", "A", "BR", "SPAN", "TG-SPOILER"]);
const LINK = /^(https?:|mailto:|tel:|tg:)/i;
const COMMAND = /(^|[\s(])(\/[a-z][a-z0-9_]{0,31})(@\w+)?(?![\w/])/gi;

/** A fragment for `html`. `onCommand(text)` is called when a /command in it is pressed. */
export function rich(html, onCommand) {
  const source = new DOMParser().parseFromString(html ?? "", "text/html").body;
  const out = document.createDocumentFragment();
  for (const node of source.childNodes) out.append(keep(node, onCommand, true));
  return out;
}

function keep(node, onCommand, pressable) {
  if (node.nodeType === Node.TEXT_NODE) return pressable ? commands(node.data, onCommand) : node.data;
  const inner = document.createDocumentFragment();
  if (node.nodeType !== Node.ELEMENT_NODE || ["SCRIPT", "STYLE"].includes(node.tagName)) return inner;
  const inside = pressable && !["A", "CODE", "PRE"].includes(node.tagName);
  for (const child of node.childNodes) inner.append(keep(child, onCommand, inside));
  if (!ALLOWED.has(node.tagName)) return inner;
  if (node.tagName === "A") return link(node, inner, onCommand);
  if (node.tagName === "TG-SPOILER" || node.classList.contains("tg-spoiler") || node.classList.contains("spoiler")) return spoiler(inner);
  const el = document.createElement(node.tagName);
  el.append(inner);
  return el;
}

function link(node, inner, onCommand) {
  const href = node.getAttribute("href") ?? "";
  if (LINK.test(href)) return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, inner);
  const text = node.textContent;
  return text.startsWith("/") ? command(text, onCommand) : h("span", { class: "mention" }, inner);
}

function spoiler(inner) {
  const el = h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden text. Press to show." });
  const show = () => {
    el.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) el.removeAttribute(name);
  };
  el.append(h("span", {}, inner));
  el.addEventListener("click", show);
  el.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") show();
  });
  return el;
}

function commands(text, onCommand) {
  const out = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(COMMAND)) {
    const start = match.index + match[1].length;
    out.append(text.slice(at, start), command(match[2] + (match[3] ?? ""), onCommand));
    at = match.index + match[0].length;
  }
  out.append(text.slice(at));
  return out;
}

const command = (text, onCommand) => h("button", { type: "button", class: "command", text, onclick: () => onCommand(text) });

/** "rtl" when the first letter of the text is written from the right, else "ltr". */
export function direction(text) {
  const first = /\p{L}/u.exec(text ?? "")?.[0] ?? "";
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(first) ? "rtl" : "ltr";
}
