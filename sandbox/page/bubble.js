/* For turning one message into its bubble. Acts only through the callbacks it is given. */

import { bytes, h, icon, portrait } from "./dom.js";
import { showPicture } from "./overlays.js";
import { direction, rich } from "./rich.js";
import { gist } from "./store.js";
import { time } from "./time.js";

/**
 * The row of one message, still to be dressed. `ctx`: {mine, group, quoted}, the last the message it replies to;
 * `acts`: {command(text), press(message, button, key), menu(message, {at | anchor}), find(message id)}.
 */
export function messageRow(message, ctx, acts) {
  const service = serviceWords(message);
  if (service) return h("div", { class: "service", "data-message-id": message.message_id }, h("span", { text: service }));
  const kinds = ["msg", ctx.mine ? "mine" : "theirs", ctx.group && "in-group", message.sticker && "bare"];
  const row = h("div", { class: kinds.filter(Boolean).join(" "), "data-message-id": message.message_id, "data-from": message.from?.id });
  const bubble = h("div", { class: `bubble${message.photo ? " with-photo" : ""}` });
  if (ctx.group && !ctx.mine) bubble.append(sender(message.from));
  if (ctx.quoted) {
    bubble.append(h("button", { type: "button", class: "quote", "aria-label": `In reply to ${ctx.quoted.from.name}: ${gist(ctx.quoted)}`, onclick: () => acts.find(ctx.quoted.message_id) },
      h("strong", { text: ctx.quoted.from.name }), h("span", { text: gist(ctx.quoted) })));
  }
  bubble.append(...media(message), ...body(message, ctx, acts));
  if (ctx.group && !ctx.mine) bubble.append(portrait(message.from.name, { id: message.from.id, mark: message.from.is_bot, small: true }));
  row.append(h("div", { class: "column" }, bubble, inlineKeyboard(message, acts)));
  bubble.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a")) return;
    event.preventDefault();
    acts.menu(message, { at: { x: event.clientX, y: event.clientY } });
  });
  bubble.append(h("button", { type: "button", class: "more", tabindex: "-1", "aria-haspopup": "menu", "aria-label": "What to do with this message",
    onclick: (event) => acts.menu(message, { anchor: event.currentTarget }) }, icon("dots")));
  return row;
}

/**
 * How a row stands among its neighbours: first and last of a run by one sender, seen by the bot. Changes the row in
 * place: a new element would be read out again by a screen reader.
 */
export function dress(row, { first, last, seen }) {
  row.classList.toggle("first", first);
  row.classList.toggle("last", last);
  const ticks = row.querySelector(".ticks");
  if (!ticks || ticks.classList.contains("seen") === seen) return;
  ticks.classList.toggle("seen", seen);
  ticks.setAttribute("aria-label", seen ? "read" : "sent");
  ticks.replaceChildren(icon(seen ? "ticks" : "tick"));
}

function serviceWords(message) {
  const names = (users) => users.map((user) => [user.first_name, user.last_name].filter(Boolean).join(" ")).join(", ");
  if (message.new_chat_members) return `${names(message.new_chat_members)} joined the group`;
  if (message.left_chat_member) return `${names([message.left_chat_member])} left the group`;
  return "";
}

const sender = (from) => h("p", { class: "sender", "data-hue": from.is_bot ? "bot" : String(Math.abs(from.id) % 6) }, from.name, from.is_bot && h("span", { class: "tag", text: "bot" }));

function body(message, ctx, acts) {
  const text = message.text || message.caption;
  if (!text) return [h("div", { class: "meta-line" }, meta(message, ctx))];
  const dir = direction(text);
  const el = h("div", { class: `text${/[\u0600-\u06ff]/.test(text) ? " tall" : ""}`, dir });
  el.append(h("span", { class: "words" }, rich(text, message.entities, acts.command)), meta(message, ctx));
  return [el];
}

function meta(message, { mine }) {
  const date = new Date(message.date);
  return h("span", { class: "meta", dir: "ltr" },
    message.edited && h("span", { class: "edited", text: "edited" }),
    h("time", { datetime: message.date, text: time(date) }),
    mine && h("span", { class: "ticks", role: "img", "aria-label": "sent" }, icon("tick")));
}

/** The path of a stored file: a photo may come as Telegram's list of sizes, the largest last. */
const fileOf = (part) => `/play/file/${encodeURIComponent((Array.isArray(part) ? part.at(-1) : part).file_id)}`;

function media(message) {
  const parts = [];
  if (message.photo) {
    const src = fileOf(message.photo);
    parts.push(h("button", { type: "button", class: "photo", "aria-label": "Photo. Press to see it in full.", onclick: () => showPicture(src, "Photo") },
      h("img", { src, alt: "", loading: "lazy" })));
  }
  if (message.document) {
    const { file_name: name = "File", file_size: size } = message.document;
    parts.push(h("a", { class: "card", href: fileOf(message.document), download: name },
      h("span", { class: "card-icon" }, icon("file")), h("span", {}, h("strong", { text: name }), h("small", { text: bytes(size) || "Document" }))));
  }
  if (message.contact) {
    const contact = message.contact;
    const name = contact.name ?? [contact.first_name, contact.last_name].filter(Boolean).join(" ");
    parts.push(h("div", { class: "card" }, portrait(name, { id: contact.user_id }),
      h("span", {}, h("strong", { text: name }), h("small", { text: contact.phone_number ?? contact.phone }))));
  }
  if (message.location) parts.push(location(message.location));
  if (message.sticker) parts.push(h("div", { class: "sticker", role: "img", "aria-label": `Sticker ${message.sticker.emoji ?? ""}`, text: message.sticker.emoji ?? "🙂" }));
  if (message.voice) parts.push(voice(message));
  return parts;
}

function location({ latitude, longitude }) {
  return h("div", { class: "place" }, h("div", { class: "map", "aria-hidden": "true" }, icon("pin")),
    h("p", {}, h("strong", { text: "Location" }), h("small", { text: `${Number(latitude).toFixed(4)}, ${Number(longitude).toFixed(4)}` })));
}

function voice({ voice: { duration = 0 }, message_id: seed }) {
  const bars = Array.from({ length: 28 }, (_, i) => {
    const bar = h("i");
    bar.style.height = `${5 + ((i * 37 + seed * 11) % 17)}px`;
    return bar;
  });
  return h("div", { class: "voice", role: "img", "aria-label": `Voice note of ${duration} seconds` },
    h("span", { class: "card-icon" }, icon("play")), h("span", { class: "wave" }, bars), h("small", { text: `0:${String(duration).padStart(2, "0")}` }));
}

function inlineKeyboard(message, acts) {
  const rows = message.inline_keyboard ?? [];
  if (!rows.length) return null;
  return h("div", { class: "inline-keyboard" }, rows.map((row, r) => h("div", { class: "inline-row" }, row.map((button, c) => {
    if (button.url) return h("a", { role: "button", class: "inline-button", href: button.url, target: "_blank", rel: "noopener noreferrer" }, button.text, icon("out"));
    const key = `${message.message_id}:${r}:${c}`;
    return h("button", { type: "button", class: "inline-button", "data-key": key, onclick: () => acts.press(message, button, key) }, h("span", { text: button.text }));
  }))));
}
