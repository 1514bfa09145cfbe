/* For the whole page: makes its parts out of the sandbox's state and passes the news to them. */

import { createInbox } from "./inbox.js";
import { call, follow } from "./link.js";
import { createPanes } from "./panes.js";
import { createPhone } from "./phone.js";
import { createScenes } from "./scenes.js";
import { createStore } from "./store.js";
import { createStrip } from "./strip.js";
import { createTopbar } from "./topbar.js";

let phones = [];
let madeFrom = "";
let family = null; // the private chat that hints and codes go to: the one last written in
const known = new Map(); // every phone that was made, so that one that comes back is as it was left

const store = createStore();
const stage = document.getElementById("stage");
const panes = createPanes(document.getElementById("panes"), stage);
const scenes = createScenes(store, (name) => call("scene", { name }));
const topbar = createTopbar(document.getElementById("topbar"), scenes.button);
const strip = createStrip(document.getElementById("strip"), store, { insert, scenes, writer: () => family?.spec.person });
const inbox = createInbox(store, { use: insert, where, onUnread: (count) => panes.badge("inbox", count) });

/** Builds the stage anew only when other phones are to be shown, so that a reconnect keeps what is being typed. */
function build() {
  const specs = store.onPage();
  const key = JSON.stringify(specs);
  if (key === madeFrom) return;
  madeFrom = key;
  phones = specs.map(phoneFor);
  const families = phones.filter((phone) => !phone.group);
  family = families[0] ?? phones[0] ?? null;
  stage.replaceChildren(...phones.map((phone) => phone.root), inbox.root);
  const first = store.scene && families.length > 1 ? phones.map((phone) => phone.id) : [];
  panes.set([
    ...phones.map((phone) => ({ id: phone.id, kind: phone.group ? "staff" : "family", label: phone.spec.label, sign: phone.group ? "people" : "phone", root: phone.root, onShow: () => {
      phone.unread = 0;
      panes.badge(phone.id, 0);
    } })),
    { id: "inbox", kind: "inbox", label: "Inbox", sign: "inbox", root: inbox.root, onShow: inbox.render },
  ], first);
}

function phoneFor(spec) {
  const key = JSON.stringify(spec);
  if (!known.has(key)) known.set(key, made(spec, `phone-${known.size}`));
  return known.get(key);
}

function made(spec, id) {
  const phone = createPhone(store, spec);
  Object.assign(phone, { id, unread: 0, arrived: (count) => {
    if (phone.root.offsetParent !== null) return;
    phone.unread += count;
    panes.badge(phone.id, phone.unread);
  } });
  if (!phone.group) phone.root.addEventListener("focusin", () => {
    if (family === phone) return;
    family = phone;
    inbox.render();
    strip.render();
  });
  return phone;
}

/** The phone on which a letter's code is wanted: that of whom it was sent to, else the one in use. */
function ownerOf(to = "") {
  const chats = store.chatsOf(to);
  return phones.find((phone) => chats.has(phone.spec.chat)) ?? family;
}

function insert(text, to) {
  const phone = to ? ownerOf(to) : family;
  if (!phone) return;
  panes.show(phone.id);
  phone.insert(text);
}

function where(to) {
  return phones.filter((phone) => !phone.group).length > 1 ? `Use on: ${ownerOf(to).spec.label}` : "Use in the family's chat";
}

store.listen((change) => {
  if (change.kind === "state" || (change.kind === "scene" && change.data.label !== undefined) || (change.kind === "scene" && !store.scene)) {
    topbar.setTitle(store.title || store.bot.name);
    build();
    phones.forEach((phone) => phone.render());
    inbox.render();
  } else if (change.kind === "mail" || change.kind === "sms") {
    inbox.render();
  } else if (change.kind !== "scene") {
    phones.forEach((phone) => phone.change(change));
    if (change.kind === "message") inbox.render(); // an address that was just typed may make a letter somebody's
  }
  scenes.render();
  strip.render();
});

const retry = follow({ onState: store.load, onEvent: store.apply, onLink: (link) => topbar.setLink(link, () => retry()) });
