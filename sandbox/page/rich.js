/* For a message's formatted words: Telegram's entities (offsets in UTF-16 units, as JavaScript counts) to elements. Text never becomes markup. */

import { h } from "./dom.js";

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote", expandable_blockquote: "blockquote" };
const LITERAL = new Set(["code", "pre", "text_link", "bot_command"]); // inside these nothing is looked for
const LINK = /^(https?:|mailto:|tel:|tg:)/i;
// Telegram's own apps find these in a bot's plain words too.
const FOUND = /(?<=^|[\s(])(\/[a-z][a-z0-9_]{0,31}(?:@\w+)?)(?![\w/])|(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/gi;

/** A fragment. `onCommand(text)` is called when a /command in it is pressed. */
export function rich(text, entities, onCommand) {
  const sorted = (entities ?? []).filter((one) => one.length > 0 && one.offset + one.length <= text.length)
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
  return span(text, 0, text.length, sorted, onCommand, true);
}

function span(text, from, to, entities, onCommand, searching) {
  const out = document.createDocumentFragment();
  let at = from;
  while (entities.length) {
    const [entity, ...rest] = entities;
    const end = Math.min(to, entity.offset + entity.length);
    const inside = rest.filter((one) => one.offset < end);
    if (entity.offset >= at) {
      out.append(plain(text.slice(at, entity.offset), onCommand, searching),
        element(entity, text.slice(entity.offset, end), span(text, entity.offset, end, inside, onCommand, searching && !LITERAL.has(entity.type)), onCommand));
      at = end;
    }
    entities = rest.filter((one) => one.offset >= end);
  }
  out.append(plain(text.slice(at, to), onCommand, searching));
  return out;
}

function element(entity, words, inner, onCommand) {
  if (entity.type === "spoiler") return spoiler(inner);
  if (entity.type === "bot_command") return command(words, onCommand);
  if (entity.type === "text_link" && LINK.test(entity.url ?? "")) return link(entity.url, inner);
  const tag = TAGS[entity.type];
  return tag ? h(tag, {}, inner) : inner;
}

function plain(text, onCommand, searching) {
  const out = document.createDocumentFragment();
  let at = 0;
  for (const match of searching ? text.matchAll(FOUND) : []) {
    out.append(text.slice(at, match.index), match[1] ? command(match[1], onCommand) : link(match[2], match[2]));
    at = match.index + match[0].length;
  }
  out.append(text.slice(at));
  return out;
}

const command = (text, onCommand) => h("button", { type: "button", class: "command", text, onclick: () => onCommand(text) });
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
