/* For a message's formatted words: Telegram's entities (offsets in UTF-16 units, as JavaScript counts) to elements. Text never becomes markup. */

import { h } from "./dom.js";

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote", expandable_blockquote: "blockquote" };
const NAMES = new Set(["mention", "text_mention", "hashtag", "phone_number"]);
const LINK = /^(https?:|mailto:|tel:|tg:)/i;

/** A fragment. `onCommand(text)` is called when a /command in it is pressed. */
export function rich(text, entities, onCommand) {
  const sorted = (entities ?? []).filter((one) => one.length > 0 && one.offset + one.length <= text.length)
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
  return span(text, 0, text.length, sorted, onCommand);
}

function span(text, from, to, entities, onCommand) {
  const out = document.createDocumentFragment();
  let at = from;
  let left = entities;
  while (left.length) {
    const [entity, ...rest] = left;
    const end = Math.min(to, entity.offset + entity.length);
    if (entity.offset >= at) {
      const inner = span(text, entity.offset, end, rest.filter((one) => one.offset < end), onCommand);
      out.append(text.slice(at, entity.offset), element(entity, text.slice(entity.offset, end), inner, onCommand));
      at = end;
    }
    left = rest.filter((one) => one.offset >= end);
  }
  out.append(text.slice(at, to));
  return out;
}

function element(entity, words, inner, onCommand) {
  const { type } = entity;
  if (type === "spoiler") return spoiler(inner);
  if (type === "bot_command") return h("button", { type: "button", class: "command", text: words, onclick: () => onCommand(words) });
  if (type === "url") return link(LINK.test(words) ? words : `https://${words}`, inner);
  if (type === "email") return link(`mailto:${words}`, inner);
  if (type === "text_link" && LINK.test(entity.url ?? "")) return link(entity.url, inner);
  if (NAMES.has(type)) return h("span", { class: "mention" }, inner);
  return TAGS[type] ? h(TAGS[type], {}, inner) : inner;
}

const link = (href, inner) => h("a", { href, target: "_blank", rel: "noopener noreferrer" }, inner);

function spoiler(inner) {
  const el = h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden text. Press to show." }, h("span", {}, inner));
  const show = () => {
    el.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) el.removeAttribute(name);
  };
  el.addEventListener("click", show);
  el.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") show();
  });
  return el;
}

/** "rtl" when the first letter of the text is written from the right, else "ltr". */
export function direction(text) {
  const first = /\p{L}/u.exec(text ?? "")?.[0] ?? "";
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(first) ? "rtl" : "ltr";
}
