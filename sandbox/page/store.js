/* For knowing what the sandbox knows: the state as last heard, and who wants to hear of changes. Draws nothing. */

import { setNow } from "./time.js";

export function createStore() {
  const listeners = new Set();
  const store = {
    ready: false, title: "", bot: { name: "", commands: [] }, people: [], chats: [], phones: [], hints: [], ownHints: [], scenes: [], scene: null,
    messages: new Map(), mail: [], sms: [], seq: 0, typed: new Map(), typing: new Map(), blocked: new Set(), presses: new Map(), answered: new Set(),
    listen: (fn) => listeners.add(fn),
    everybody: () => [...store.people, ...(store.scene?.people ?? [])],
    person: (id) => store.everybody().find((person) => person.id === id) ?? { id, name: String(id) },
    /** What the page shows: a scene's own phones while there is one. */
    onPage: () => (store.scene?.phones?.length ? store.scene.phones : store.phones),
    /** The private chats that an address belongs to: where it was typed or shared, or whose telephone it is. */
    chatsOf: (address) => new Set([...(store.typed.get(plain(address)) ?? []), ...store.everybody().filter((one) => one.phone === address).map((one) => one.id)]),
    /** Is a letter to this address for somebody on the page? One that is nobody's is everybody's. */
    concerns: (address) => {
      const chats = store.chatsOf(address);
      return !chats.size || store.onPage().some((phone) => chats.has(phone.chat));
    },
    letters: (kind) => store[kind].filter((one) => store.concerns(one.to)),
    hintsFor: (person) => [...store.ownHints.filter((hint) => hint.person === person), ...store.hints],
    chat: (id) => store.chats.find((chat) => chat.id === id) ?? { id, type: id < 0 ? "group" : "private", title: "", members: [] },
    list: (chat) => store.messages.get(chat) ?? [],
    load: (state) => load(store, state, tell),
    apply: (event) => apply(store, event, tell),
    press: (query, button) => press(store, query, button, tell),
    refresh: (chat) => tell({ kind: "message", chat }),
  };
  const tell = (change) => listeners.forEach((listener) => listener(change));
  return store;
}

function load(store, state, tell) {
  Object.assign(store, {
    ready: true, title: state.title ?? "", bot: { commands: [], ...state.bot }, people: state.people ?? [],
    chats: state.chats ?? [], phones: state.phones ?? [], hints: state.hints ?? [], mail: state.mail ?? [],
    sms: state.sms ?? [], seq: state.seq ?? 0, ownHints: state.own_hints ?? [], scenes: state.scenes ?? [], scene: sceneFrom(null, state.scene ?? {}),
  });
  store.messages = new Map(Object.entries(state.messages ?? {}).map(([chat, list]) => [Number(chat), ordered(list)]));
  store.typed.clear();
  for (const list of store.messages.values()) list.forEach((message) => note(store, message));
  store.blocked = new Set(state.blocked ?? []);
  store.typing.clear();
  store.presses.clear();
  setNow(state.clock.now);
  tell({ kind: "state" });
}

const ordered = (list) => [...list].sort((a, b) => a.message_id - b.message_id);

function apply(store, { seq, kind, data }, tell) {
  if (seq !== undefined) {
    if (seq <= store.seq) return; // heard already, before a reconnect
    store.seq = seq;
  }
  const change = { kind, data, chat: data?.chat };
  switch (kind) {
    case "message":
    case "edited":
      put(store, data);
      if (data.from?.is_bot) store.typing.delete(data.chat);
      break;
    case "deleted": {
      const gone = store.list(data.chat).find((message) => message.message_id === data.message_id);
      if (gone) gone.deleted = true;
      break;
    }
    case "typing":
      store.typing.set(data.chat, { action: data.action ?? "typing", until: Date.now() + 5500 });
      setTimeout(() => tell({ kind: "typing", chat: data.chat }), 5600);
      break;
    case "answer":
      store.answered.add(data.query_id);
      change.button = store.presses.get(data.query_id);
      change.chat = data.chat ?? change.button?.chat;
      store.presses.delete(data.query_id);
      break;
    case "mail":
    case "sms":
      if (!store[kind].some((one) => one.id === data.id)) store[kind].push(data);
      break;
    case "clock":
      setNow(data.now);
      break;
    case "scene":
      store.scene = sceneFrom(store.scene, data);
      break;
    case "commands":
      if (!data.scope) store.bot.commands = data.commands; // as in the state: everybody's
      break;
    case "chat": {
      const known = store.chats.find((chat) => chat.id === data.id);
      if (known) Object.assign(known, data);
      if (data.blocked === true) store.blocked.add(data.person);
      if (data.blocked === false) store.blocked.delete(data.person);
      change.chat = data.id ?? data.person;
      break;
    }
  }
  tell(change);
}

/** A whole scene comes with its label, what changes of it without; an empty one puts it away. */
function sceneFrom(before, data) {
  if (data.label) return data;
  return before && Object.keys(data).length ? { ...before, ...data } : null;
}

function put(store, message) {
  const list = store.list(message.chat);
  const at = list.findIndex((known) => known.message_id === message.message_id);
  if (at >= 0) list[at] = message;
  else list.push(message);
  store.messages.set(message.chat, at >= 0 ? list : ordered(list));
  note(store, message);
}

/** An address as it can be compared: an e-mail in small letters, the last ten digits of a number. */
const plain = (address) => {
  const digits = address.replace(/[\s+-]/g, "");
  return /^\d{10,}$/.test(digits) ? digits.slice(-10) : address.trim().toLowerCase();
};

function note(store, message) {
  const words = message.contact?.phone_number ?? message.text;
  if (message.chat < 0 || message.from?.is_bot || !words || words.length > 254) return;
  const key = plain(words);
  if (!/@|^\d{10}$/.test(key)) return;
  if (!store.typed.has(key)) store.typed.set(key, new Set());
  store.typed.get(key).add(message.chat);
}

/** Remembers a press until its answer; the answer may have come before the press's own reply. */
function press(store, query, button, tell) {
  if (store.answered.has(query)) return;
  store.presses.set(query, button);
  setTimeout(() => {
    if (store.presses.delete(query)) tell({ kind: "unanswered", chat: button.chat });
  }, 30_000);
}

/** One line that tells what a message is, for a quotation or a bar. */
export function gist(message) {
  if (message.text) return message.text;
  const kind = Object.keys(GISTS).find((one) => message[one]);
  return kind ? GISTS[kind] : "Message";
}

const GISTS = { photo: "Photo", document: "File", contact: "Contact", location: "Location", sticker: "Sticker", voice: "Voice note" };

/** The reply keyboard that stands in a chat now, or null: the newest one given, unless removed or used up. */
export function replyKeyboard(messages) {
  for (let i = messages.length - 1; i >= 0; i -= 1) {
    const keyboard = messages[i].reply_keyboard;
    if (!keyboard) continue;
    if (keyboard.remove || !keyboard.rows?.length) return null;
    const used = keyboard.one_time && messages.slice(i + 1).some((message) => !message.from?.is_bot);
    return { ...keyboard, used, from: messages[i].message_id };
  }
  return null;
}
