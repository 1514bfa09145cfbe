/* For the foot of a phone: writing, the bot's commands, the reply keyboard, attaching, editing. */

import { call } from "./link.js";
import { h, icon } from "./dom.js";
import { openMenu } from "./overlays.js";
import { attachItems, shareLocation, shareNumber } from "./attach.js";
import { direction } from "./rich.js";
import { gist, replyKeyboard } from "./store.js";

/** tools: {store, host, chat, who(), attempt(promise) -> promise of ok, lastMine(), label}. Returns {root, insert, edit, reply, render, focus, say}. */
export function createComposer(tools) {
  const { store, host, chat, who, attempt } = tools;
  let editing = null;
  let replying = null;
  let asked = 0; // the newest message whose wish for a reply was heeded
  let keyboardOpen = true;
  let keyboardFrom = null;

  const input = h("textarea", { class: "entry", rows: 1, maxlength: 4096, placeholder: "Message", "aria-label": `Message, ${tools.label}`, dir: "auto", autocomplete: "off", enterkeyhint: "send", "data-testid": "input" });
  const send = h("button", { type: "submit", class: "send", "aria-label": "Send", "data-testid": "send", disabled: true }, icon("send"));
  const menu = h("button", { type: "button", class: "round", "aria-label": "Commands", title: "Commands", "aria-haspopup": "menu", "aria-expanded": "false", "data-testid": "menu", onclick: showCommands }, icon("slash"));
  const attach = h("button", { type: "button", class: "round", "aria-label": "Attach", title: "Attach", "aria-haspopup": "menu", "aria-expanded": "false", "data-testid": "attach",
    onclick: () => openMenu(host, { anchor: attach, label: "Attach", items: attachItems(tools) }) }, icon("clip"));
  const toggle = h("button", { type: "button", class: "round", "aria-label": "Show or hide the answer buttons", "aria-pressed": "true", hidden: true, "data-testid": "keyboard-toggle",
    onclick: () => { keyboardOpen = !keyboardOpen; render(); } }, icon("keyboard"));
  const keyboard = h("div", { class: "reply-keyboard", hidden: true, role: "group", "aria-label": "Answers to choose from", "data-testid": "reply-keyboard" });
  const barTitle = h("strong");
  const barText = h("span", { class: "edit-text" });
  const bar = h("div", { class: "edit-bar", hidden: true }, h("p", {}, barTitle, barText),
    h("button", { type: "button", class: "round", "aria-label": "Neither edit nor reply", onclick: () => { settle(); input.focus(); } }, icon("close")));
  const form = h("form", { class: "composer-row", onsubmit: submit }, menu, h("div", { class: "entry-box" }, input, toggle, attach), send);
  const root = h("div", { class: "composer" }, keyboard, bar, form);

  input.addEventListener("input", changed);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit(event);
    } else if (event.key === "Escape" && (editing || replying)) {
      settle();
    } else if (event.key === "ArrowUp" && !input.value && tools.lastMine()) {
      event.preventDefault();
      edit(tools.lastMine());
    }
  });

  function changed() {
    send.disabled = !input.value.trim();
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 132)}px`;
    input.dir = input.value ? direction(input.value) : "ltr";
  }

  function write(text) {
    input.value = text;
    changed();
  }

  async function submit(event) {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    const was = { editing, replying };
    settle();
    write("");
    const ok = await attempt(was.editing ? call("edit", { ...who(), message_id: was.editing.message_id, text }) : say(text, was.replying));
    if (ok || input.value) return;
    if (was.replying) reply(was.replying);
    write(text); // nothing that was typed is lost
  }

  const say = (text, to = null) => call("say", { ...who(), text, ...(to ? { reply_to: to.message_id } : {}) });

  function edit(message) {
    settle();
    editing = message;
    showBar("Editing", message);
    write(message.text);
    input.focus();
  }

  function reply(message, focus = true) {
    settle();
    replying = message;
    showBar(`Reply to ${message.from.name}`, message);
    if (focus) input.focus();
  }

  function showBar(words, message) {
    bar.hidden = false;
    barTitle.textContent = words;
    barText.textContent = gist(message);
  }

  /** Ends editing or replying; what was typed as a reply stays, as Telegram leaves it. */
  function settle() {
    if (editing) write("");
    editing = null;
    replying = null;
    bar.hidden = true;
  }

  function insert(text) {
    const [from, to] = [input.selectionStart, input.selectionEnd];
    const glue = from > 0 && !/\s$/.test(input.value.slice(0, from)) ? " " : "";
    input.setRangeText(glue + text, from, to, "end");
    changed();
    input.focus();
    form.classList.remove("filled");
    requestAnimationFrame(() => form.classList.add("filled"));
  }

  function showCommands() {
    const commands = store.bot.commands ?? [];
    const items = commands.map(({ command, description }) => ({ label: `/${command}`, note: description, run: () => { attempt(say(`/${command}`)); input.focus(); } }));
    openMenu(host, { anchor: menu, wide: true, label: "Commands of the bot", items: items.length ? items : [{ label: "/start", note: "The bot has set no commands yet", run: () => attempt(say("/start")) }] });
  }

  function pressKey(button) {
    if (button.request_contact) return shareNumber(tools);
    if (button.request_location) return shareLocation({ ...tools, ask: true });
    return attempt(say(button.text));
  }

  /** A bot may ask for a reply to its words; Telegram's apps then open one by themselves. */
  function heedWish() {
    const answered = (wish) => store.list(chat).some((message) => message.reply_to === wish.message_id && !message.from.is_bot);
    if (replying?.force_reply && answered(replying)) settle(); // somebody else was faster
    const wish = store.list(chat).findLast((message) => message.force_reply && !message.deleted);
    if (!wish || wish.message_id <= asked) return;
    asked = wish.message_id;
    if (!answered(wish) && !editing) reply(wish, false);
  }

  function render() {
    heedWish();
    const standing = replyKeyboard(store.list(chat));
    if (standing && !standing.used && standing.from !== keyboardFrom) keyboardOpen = true;
    if (standing?.used && keyboardFrom !== `${standing.from} used`) keyboardOpen = false;
    keyboardFrom = standing ? (standing.used ? `${standing.from} used` : standing.from) : null;
    toggle.hidden = !standing;
    toggle.setAttribute("aria-pressed", String(keyboardOpen));
    input.placeholder = replying?.force_reply?.placeholder || standing?.placeholder || "Message";
    keyboard.hidden = !standing || !keyboardOpen;
    const print = JSON.stringify(standing?.rows ?? null);
    if (keyboard.dataset.print === print) return;
    keyboard.dataset.print = print;
    keyboard.replaceChildren(...(standing?.rows ?? []).map((row) => h("div", { class: "reply-row" }, row.map((button) => h("button", { type: "button", class: "reply-button", onclick: () => pressKey(button) },
      button.request_contact && icon("person"), button.request_location && icon("pin"), h("span", { text: button.text }))))));
  }

  return { root, insert, edit, reply, say: (text) => attempt(say(text)), render, focus: () => input.focus() };
}
