/* For the whole page: makes its parts out of the sandbox's state and passes the news to them. */

import { createInbox } from "./inbox.js";
import { follow } from "./link.js";
import { createPanes } from "./panes.js";
import { createPhone } from "./phone.js";
import { createStore } from "./store.js";
import { createStrip } from "./strip.js";
import { createTopbar } from "./topbar.js";

let phones = [];
let madeFrom = "";
let family = null; // the private chat that hints and codes go to: the one last written in

const store = createStore();
const stage = document.getElementById("stage");
const panes = createPanes(document.getElementById("panes"), stage);
const topbar = createTopbar(document.getElementById("topbar"));
const strip = createStrip(document.getElementById("strip"), store, insert);
const inbox = createInbox(store, { use: insert, where, onUnread: (count) => panes.badge("inbox", count) });

/** Builds the phones anew only when the cast of phones changes, so that a reconnect keeps what is being typed. */
function build() {
  const key = JSON.stringify(store.phones);
  if (key === madeFrom) return;
  madeFrom = key;
  phones = store.phones.map((spec) => createPhone(store, spec));
  family = phones.find((phone) => !phone.group) ?? phones[0] ?? null;
  phones.forEach((phone, i) => {
    phone.id = `phone-${i}`;
    phone.unread = 0;
    phone.arrived = (count) => {
      if (phone.root.offsetParent !== null) return;
      phone.unread += count;
      panes.badge(phone.id, phone.unread);
    };
    if (!phone.group) phone.root.addEventListener("focusin", () => {
      if (family === phone) return;
      family = phone;
      inbox.render();
    });
  });
  stage.replaceChildren(...phones.map((phone) => phone.root), inbox.root);
  panes.set([
    ...phones.map((phone) => ({ id: phone.id, kind: phone.group ? "staff" : "family", label: phone.spec.label, sign: phone.group ? "people" : "phone", root: phone.root, onShow: () => {
      phone.unread = 0;
      panes.badge(phone.id, 0);
    } })),
    { id: "inbox", kind: "inbox", label: "Inbox", sign: "inbox", root: inbox.root, onShow: inbox.render },
  ]);
}

function insert(text) {
  if (!family) return;
  panes.show(family.id);
  family.insert(text);
}

function where() {
  return phones.filter((phone) => !phone.group).length > 1 ? `Use on: ${family.spec.label}` : "Use in the family's chat";
}

store.listen((change) => {
  if (change.kind === "state") {
    topbar.setTitle(store.title || store.bot.name);
    build();
    phones.forEach((phone) => phone.render());
    inbox.render();
  } else if (change.kind === "mail" || change.kind === "sms") {
    inbox.render();
  } else {
    phones.forEach((phone) => phone.change(change));
  }
  strip.render();
});

const retry = follow({ onState: store.load, onEvent: store.apply, onLink: (link) => topbar.setLink(link, () => retry()) });
