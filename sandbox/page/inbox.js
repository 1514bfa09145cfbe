/* For the family's other post: e-mail and SMS as the sandbox received them, with what is unread. */

import { h, icon } from "./dom.js";
import { codeChips } from "./codes.js";
import { openedMail, senderName } from "./mail.js";
import { brief, day, dayKey, time } from "./time.js";

const KEPT = "sandbox.read"; // of this browser tab only: a new visitor starts with everything unread

/** `use(code, to)` puts a code that was sent to `to` where it is wanted, `where(to)` names that place. Returns {root, render(), unread(), shown()}. */
export function createInbox(store, { use, where, onUnread }) {
  const read = new Set(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"));
  const built = { mail: new Map(), sms: new Map(), said: {} };
  let open = "mail";
  let mailId = null;

  const tabs = {
    mail: tab("mail", "E-mail", "mail-tab"),
    sms: tab("sms", "SMS", "sms-tab"),
  };
  const panes = {
    mail: h("div", { id: "pane-mail", class: "inbox-pane", role: "tabpanel", "aria-labelledby": "tab-mail" }),
    sms: h("div", { id: "pane-sms", class: "inbox-pane", role: "tabpanel", "aria-labelledby": "tab-sms", hidden: true }),
  };
  const list = h("ul", { class: "mail-list" });
  const threads = h("div", { class: "threads" });
  const said = h("p", { class: "offscreen", "aria-live": "polite" });
  panes.mail.append(list);
  panes.sms.append(threads);
  const root = h("section", { class: "inbox", "aria-label": "Inbox", "data-testid": "inbox", tabindex: "-1" },
    h("div", { class: "caption" }, h("h2", { text: "Inbox" }), h("p", { class: "who", text: "What was sent by e-mail and SMS" })),
    h("div", { class: "inbox-frame" }, h("div", { class: "tabs", role: "tablist", "aria-label": "Kind of post", onkeydown: arrows }, tabs.mail.el, tabs.sms.el), panes.mail, panes.sms, said));

  function tab(kind, label, id) {
    const count = h("span", { class: "badge", hidden: true });
    const el = h("button", { type: "button", role: "tab", id: `tab-${kind}`, "aria-controls": `pane-${kind}`, "data-testid": id, onclick: () => select(kind) }, icon(kind), h("span", { text: label }), count);
    return { el, count };
  }

  function arrows(event) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    select(open === "mail" ? "sms" : "mail");
    tabs[open].el.focus();
  }

  function select(kind) {
    if (kind === "mail" && open === "mail") showMail(null); // a second press goes back to the list
    open = kind;
    render();
  }

  const mark = (kind, one) => `${kind}:${one.id}:${one.date}`;
  const isRead = (kind, one) => read.has(mark(kind, one));
  const unread = (kind) => store.letters(kind).filter((one) => !isRead(kind, one)).length;

  function setRead(kind, one) {
    read.add(mark(kind, one));
    sessionStorage.setItem(KEPT, JSON.stringify([...read].slice(-2000)));
  }

  /** Whoever takes the code out of a message has read it. */
  const using = (kind, one) => (code) => {
    setRead(kind, one);
    render();
    use(code, one.to);
  };

  function showMail(mail) {
    const back = mailId;
    mailId = mail?.id ?? null;
    panes.mail.querySelector("[data-testid=mail-open]")?.remove();
    list.hidden = Boolean(mail);
    if (mail) {
      setRead("mail", mail);
      const view = openedMail(mail, { use: (code) => use(code, mail.to), where: () => where(mail.to), onBack: () => { showMail(null); render(); } });
      panes.mail.append(view);
      view.querySelector("button").focus({ preventScroll: true });
      panes.mail.scrollTop = 0;
    } else if (back !== null) {
      list.querySelector(`[data-id="${back}"]`)?.focus();
    }
    render();
  }

  function render() {
    const sight = root.offsetParent !== null && document.visibilityState === "visible";
    if (mailId !== null && !store.letters("mail").some((mail) => mail.id === mailId)) return showMail(null);
    renderMail();
    renderSms();
    for (const kind of ["mail", "sms"]) {
      const count = unread(kind);
      tabs[kind].count.hidden = !count;
      tabs[kind].count.textContent = count;
      tabs[kind].el.setAttribute("aria-selected", String(kind === open));
      tabs[kind].el.tabIndex = kind === open ? 0 : -1;
      tabs[kind].el.setAttribute("aria-label", `${kind === "mail" ? "E-mail" : "SMS"}${count ? `, ${count} unread` : ""}`);
      panes[kind].hidden = kind !== open;
    }
    onUnread(unread("mail") + unread("sms"));
    // Seen SMS stay marked new for a moment, so that the eye finds them.
    if (open === "sms" && sight && unread("sms")) setTimeout(() => {
      if (open !== "sms" || root.offsetParent === null) return;
      store.letters("sms").forEach((one) => setRead("sms", one));
      render();
    }, 1500);
  }

  function renderMail() {
    const mails = newestFirst(store.letters("mail"));
    const items = mails.map((mail) => cached("mail", mail, () => h("li", {}, h("button", { type: "button", class: "mail-item", "data-testid": "mail-item", "data-id": mail.id, onclick: () => showMail(mail) },
      h("span", { class: "mail-top" }, h("span", { class: "mail-from", text: senderName(mail.from) }), h("time", { datetime: mail.date, text: brief(new Date(mail.date)) })),
      h("span", { class: "mail-subject" }, h("span", { text: mail.subject || "(no subject)" }), mail.attachments?.length > 0 && icon("clip")),
      h("span", { class: "mail-snippet", text: snippet(mail) }),
      h("span", { class: "mail-to", text: `to ${senderName(mail.to)}` })), codeChips(`${mail.subject}\n${mail.text}`, using("mail", mail), () => where(mail.to)))));
    announce("mail", mails[0], `New e-mail: ${mails[0]?.subject}`);
    set(list, items.length ? items : [h("li", { class: "nothing" }, icon("mail"), h("p", { text: "No e-mail yet." }), h("p", { class: "soft", text: "Codes, confirmations and passes sent by e-mail appear here." }))]);
  }

  function renderSms() {
    const newest = newestFirst(store.letters("sms"));
    announce("sms", newest[0], newest[0] && `New SMS to ${newest[0].to}: ${newest[0].text}`);
    const print = JSON.stringify([store.everybody().length, newest.map((sms) => [mark("sms", sms), where(sms.to)])]);
    const bubbles = newest.map((sms) => cached("sms", sms, () => h("div", { class: "sms", "data-testid": "sms-item" },
      h("p", { class: "sms-text", dir: "auto", text: sms.text }), codeChips(sms.text, using("sms", sms), () => where(sms.to)), h("time", { datetime: sms.date, text: stamp(new Date(sms.date)) }))));
    if (threads.dataset.print === print) return;
    threads.dataset.print = print;
    const numbers = new Map();
    newest.forEach((sms, i) => numbers.set(sms.to, [...(numbers.get(sms.to) ?? []), bubbles[i]]));
    const blocks = [...numbers].map(([to, texts]) => {
      const owner = store.everybody().find((person) => person.phone === to);
      return h("section", { class: "thread", "aria-label": `SMS to ${to}` }, h("h3", {}, h("span", { text: to }), owner && h("small", { text: owner.name })), texts);
    });
    set(threads, blocks.length ? blocks : [h("div", { class: "nothing" }, icon("sms"), h("p", { text: "No SMS yet." }), h("p", { class: "soft", text: "Codes and short notices sent to a mobile appear here." }))]);
  }

  /** Reads out the newest one, once, but not what was there when the page opened. */
  function announce(kind, one, words) {
    const key = one ? mark(kind, one) : "none";
    if (built.said[kind] !== undefined && built.said[kind] !== key && one) said.textContent = words;
    built.said[kind] = key;
  }

  function cached(kind, one, make) {
    const key = `${mark(kind, one)}:${where(one.to)}:${dayKey(new Date(one.date))}`;
    if (!built[kind].has(key)) built[kind].set(key, make());
    const el = built[kind].get(key);
    el.classList.toggle("unread", !isRead(kind, one));
    return el;
  }

  return { root, render, unread: () => unread("mail") + unread("sms") };
}

const newestFirst = (list) => [...list].sort((a, b) => new Date(b.date) - new Date(a.date) || Number(b.id) - Number(a.id));
const stamp = (date) => `${day(date)}, ${time(date)}`;
const snippet = (mail) => (mail.text ?? "").replace(/\s+/g, " ").trim().slice(0, 160);

function set(parent, children) {
  const same = parent.children.length === children.length && children.every((child, i) => parent.children[i] === child);
  if (same) return;
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  parent.replaceChildren(...children);
  if (focused?.isConnected) focused.focus({ preventScroll: true });
}
