/* For one phone on the page: a person (or whoever plays in a group) and their chat with the bot. */

import { call } from "./link.js";
import { copy, h, icon, notice, portrait } from "./dom.js";
import { createComposer } from "./composer.js";
import { createLog } from "./log.js";
import { openDialog, openMenu, toast } from "./overlays.js";

/** spec: {label, person, chat} as in the state. Returns {root, spec, group, insert, focus, render, change, onArrival}. */
export function createPhone(store, spec) {
  const group = store.chat(spec.chat).type !== "private";
  let actor = spec.person;

  const screen = h("div", { class: "screen" });
  const toasts = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
  const title = h("h3", { class: "chat-title" });
  const subtitle = h("p", { class: "chat-subtitle" });
  const more = h("button", { type: "button", class: "round", "aria-label": "More", "aria-haspopup": "menu", "aria-expanded": "false", onclick: showMore }, icon("dots"));
  const head = h("header", { class: "chat-head" });
  const cast = h("div", { class: "cast", role: "radiogroup", "aria-label": "Who plays here" });
  const caption = h("div", { class: "caption" }, h("h2", { text: spec.label }), group ? cast : h("p", { class: "who" }));
  const self = { spec, group, arrived: () => {} };

  const who = () => ({ person: actor, chat: spec.chat });
  const attempt = (promise) => promise.then(() => true, (error) => {
    toast(toasts, error.message, "error");
    return false;
  });
  const acts = { command: (text) => composer.say(text), press, menu: messageMenu, find: (id) => log.find(id) };
  const log = createLog(store, { chat: spec.chat, group, label: spec.label, actor: () => actor, acts, empty });
  const composer = createComposer({ store, host: screen, chat: spec.chat, who, attempt, lastMine: log.lastMine, label: spec.label });

  const unblock = h("button", { type: "button", class: "unblock", hidden: true, text: "Unblock the bot", onclick: () => setBlocked(false) });
  log.root.append(toasts);
  screen.append(...(group ? [] : [statusBar()]), head, log.root, composer.root, unblock);
  const root = h("section", { class: `phone ${group ? "desk" : "hand"}`, "aria-label": spec.label, "data-testid": `phone-${spec.person}`, "data-chat": spec.chat, "data-acting": actor, tabindex: "-1" },
    caption, h("div", { class: "device" }, screen));

  function renderHead() {
    const chat = store.chat(spec.chat);
    title.textContent = group ? chat.title : store.bot.name;
    const typing = store.typing.get(spec.chat);
    const busy = typing && typing.until > Date.now();
    subtitle.classList.toggle("typing", Boolean(busy));
    subtitle.replaceChildren(...(busy ? [`${group ? `${store.bot.name} is ` : ""}${doing(typing.action)}`, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"))] : [group ? members(chat) : "bot"]));
    if (!head.children.length) head.append(portrait(title.textContent, { id: spec.chat, mark: !group }), h("div", { class: "chat-names" }, title, subtitle), more);
  }

  const members = (chat) => {
    const count = new Set([...(chat.members ?? []), store.bot.id]).size; // a bot counts as a member
    return `${count} member${count === 1 ? "" : "s"}`;
  };

  function renderCast() {
    const person = store.person(spec.person);
    if (!group) {
      caption.querySelector(".who").textContent = [person.name, spaced(person.phone)].filter(Boolean).join(" · ");
      return;
    }
    const staff = (store.chat(spec.chat).members ?? []).filter((id) => store.people.some((one) => one.id === id));
    if (!staff.includes(actor)) staff.unshift(actor);
    cast.classList.toggle("crowded", staff.length > 2);
    cast.replaceChildren(...staff.map((id) => h("label", { class: "actor", title: store.person(id).name },
      h("input", { type: "radio", name: `actor-${spec.chat}`, value: id, checked: id === actor, "data-testid": `actor-${id}`, onchange: () => play(id) }),
      portrait(store.person(id).name, { id, small: true }), h("span", { text: store.person(id).name }))));
  }

  function play(id) {
    actor = id;
    root.dataset.acting = id;
    log.render();
    log.toBottom();
  }

  async function press(message, button, key) {
    if ([...store.presses.values()].some((one) => one.chat === spec.chat && one.key === key)) return;
    const waiting = { chat: spec.chat, person: actor, key };
    const provisional = Symbol("press");
    store.presses.set(provisional, waiting);
    log.markPresses();
    try {
      const { query_id: query } = await call("press", { ...who(), message_id: message.message_id, data: button.data });
      store.presses.delete(provisional);
      store.press(query, waiting);
    } catch (error) {
      store.presses.delete(provisional);
      toast(toasts, error.message, "error");
    }
    log.markPresses();
  }

  function messageMenu(message, where) {
    const mine = message.from?.id === actor;
    const items = [{ icon: "use", label: "Reply", run: () => composer.reply(message) }];
    if (message.text) items.push({ icon: "copy", label: "Copy text", run: () => copy(message.text).then(() => toast(toasts, "Copied"), (error) => toast(toasts, error.message, "error")) });
    if (mine && message.text) items.push({ icon: "pencil", label: "Edit", run: () => composer.edit(message) });
    if (mine) items.push({ icon: "bin", label: "Delete", danger: true, run: () => attempt(call("delete", { ...who(), message_id: message.message_id })) });
    openMenu(screen, { ...where, label: "This message", items });
  }

  function showMore() {
    const items = [{ icon: "down", label: "Go to the newest message", run: () => log.toBottom(true) }];
    if (!group) items.push(isBlocked() ? { icon: "block", label: "Unblock the bot", run: () => setBlocked(false) } : { icon: "block", label: "Stop and block the bot", danger: true, run: () => setBlocked(true) });
    openMenu(screen, { anchor: more, label: "This chat", items });
  }

  const isBlocked = () => !group && store.blocked.has(actor);
  const setBlocked = (on) => attempt(call("block", { person: actor, blocked: on }));

  function empty() {
    if (group) return h("div", { class: "empty" }, portrait(store.chat(spec.chat).title, { id: spec.chat }), h("p", { text: "Nothing here yet." }), h("p", { class: "soft", text: `What ${store.bot.name} sends to this group appears here, with buttons to decide.` }));
    return h("div", { class: "empty" }, portrait("", { mark: true }), h("p", { class: "big", text: store.bot.name }), h("p", { class: "soft", text: store.bot.description || "No messages yet. Press Start to begin the conversation." }),
      h("button", { type: "button", class: "start", "data-testid": "start", text: "Start", onclick: () => { composer.say("/start"); composer.focus(); } }));
  }

  function render() {
    const blocked = isBlocked();
    renderHead();
    renderCast();
    composer.root.hidden = blocked;
    unblock.hidden = !blocked;
    composer.render();
    return log.render();
  }

  function answer({ data, button }) {
    log.markPresses();
    const forMe = button ? button.chat === spec.chat : data.person === actor && (data.chat ?? spec.chat) === spec.chat;
    if (!forMe || !data.text) return;
    if (data.show_alert) openDialog(screen, { body: data.text, alert: true, actions: [{ label: "OK", primary: true }] });
    else toast(toasts, data.text);
  }

  function change(what) {
    if (what.chat !== undefined && what.chat !== spec.chat && what.kind !== "answer") return;
    if (what.kind === "answer") return answer(what);
    if (what.kind === "unanswered") {
      log.markPresses();
      return notice("The bot has not answered that button. It may be busy, or stopped.", "error");
    }
    if (what.kind === "typing") return renderHead();
    if (["message", "edited", "deleted", "chat"].includes(what.kind)) {
      const others = render().filter((message) => message.from.id !== actor);
      if (others.length) self.arrived(others.length);
    }
  }

  return Object.assign(self, { root, render, change, insert: composer.insert, focus: composer.focus });
}

/** +91 98123 45678, as Indian mobiles are written. */
const spaced = (phone) => phone?.replace(/^(\+91)(\d{5})(\d{5})$/, "$1 $2 $3");

const doing = (action) => ({ upload_photo: "sending a photo", upload_document: "sending a file", record_voice: "recording" })[action] ?? "typing";

function statusBar() {
  const bars = h("span", { class: "signal" }, h("i"), h("i"), h("i"), h("i"));
  return h("div", { class: "status-bar", "aria-hidden": "true" }, h("span", { class: "status-time", "data-clock": "short" }), h("span", { class: "island" }), h("span", { class: "status-signs" }, bars, h("span", { text: "4G" }), h("span", { class: "battery" })));
}
