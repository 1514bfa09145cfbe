/* For one chat's conversation on one phone: its bubbles in order, days, scrolling, and what is new below. */

import { h, icon } from "./dom.js";
import { dress, messageRow } from "./bubble.js";
import { day, dayKey } from "./time.js";

const SHOWN = 300; // older bubbles are built when asked for, so that a long demonstration stays quick

/**
 * view: {chat, label, group, actor(), acts, empty()} where `empty()` makes what an untouched chat shows.
 * Returns {root, render() -> the messages that came, markPresses(), toBottom(gently), find(id), lastMine()}.
 */
export function createLog(store, view) {
  const rows = new Map();
  let shown = SHOWN;
  let fresh = 0;
  let stick = true;
  let newest = null;

  const list = h("div", { class: "log-list" });
  const log = h("div", { class: "log", role: "log", "aria-live": "off", "aria-relevant": "additions", "aria-label": `Conversation: ${view.label}`, tabindex: "0", "data-testid": "log" }, list);
  const count = h("span", { class: "pill-count" });
  const pill = h("button", { type: "button", class: "pill", hidden: true, onclick: () => toBottom(true) }, icon("down"), count);
  const root = h("div", { class: "log-wrap" }, log, pill);

  let size = "";
  const measure = () => `${log.clientHeight}/${log.scrollHeight}`;
  const atBottom = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const toBottom = (gently = false) => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    log.scrollTo({ top: log.scrollHeight, behavior: gently && !calm ? "smooth" : "instant" });
    stick = true;
    size = measure();
    fresh = 0;
    showPill();
  };
  const showPill = () => {
    pill.hidden = stick;
    count.textContent = fresh ? `${fresh} new message${fresh > 1 ? "s" : ""}` : "";
    pill.classList.toggle("counting", fresh > 0);
    pill.setAttribute("aria-label", fresh ? `${fresh} new messages. Go to the newest.` : "Go to the newest message");
  };
  log.addEventListener("scroll", () => {
    // A scroll that comes of a new size (a keyboard opened, a picture loaded) is not the person's wish to read further up.
    if (stick && measure() !== size) return toBottom();
    stick = atBottom();
    if (stick) fresh = 0;
    showPill();
    rest();
  }, { passive: true });
  const resized = new ResizeObserver(() => {
    if (stick) toBottom();
    rest();
  });
  resized.observe(log);
  resized.observe(list);

  /** A day that hangs at the top over other bubbles is there for whoever scrolls; it fades soon after, and at the bottom at once. */
  let resting = 0;
  function rest() {
    clearTimeout(resting);
    log.classList.toggle("resting", stick);
    if (stick) markHanging();
    else resting = setTimeout(() => {
      markHanging();
      log.classList.add("resting");
    }, 900);
  }

  function markHanging() {
    for (const mark of list.querySelectorAll(":scope > .day")) {
      const next = mark.nextElementSibling?.getBoundingClientRect();
      mark.classList.toggle("hanging", Boolean(next) && next.top < mark.getBoundingClientRect().bottom);
    }
  }
  log.addEventListener("keydown", (event) => walk(event, list, log));

  function render() {
    const all = store.list(view.chat).filter((message) => !message.deleted || rows.has(message.message_id));
    const messages = all.slice(-shown);
    const alive = messages.filter((message) => !message.deleted);
    const live = newest !== null;
    const last = all.at(-1);
    const arrived = live ? all.filter((message) => message.message_id > newest && !message.deleted) : [];
    const lastOfBot = alive.findLast((message) => message.from?.is_bot)?.message_id ?? 0;

    const wanted = [];
    if (all.length > messages.length) wanted.push(earlier());
    let previousDay = null;
    for (const message of messages) {
      const key = dayKey(new Date(message.date));
      if (key !== previousDay && !message.deleted) wanted.push(dayMark(message, key));
      if (!message.deleted) previousDay = key;
      wanted.push(rowFor(message, alive, live, lastOfBot));
    }
    if (!alive.length) wanted.push(view.empty());
    reconcile(list, wanted);
    for (const id of rows.keys()) if (!messages.some((message) => message.message_id === id)) rows.delete(id);

    // What stood here when the page opened is not news.
    if (newest === null) setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
    newest = last?.message_id ?? 0;
    if (arrived.some((message) => message.from.id === view.actor())) toBottom();
    else if (stick) toBottom();
    else {
      fresh += arrived.length;
      showPill();
    }
    markPresses();
    return arrived;
  }

  function rowFor(message, alive, live, lastOfBot) {
    const at = alive.indexOf(message);
    const [before, after] = [alive[at - 1], alive[at + 1]];
    const mine = message.from?.id === view.actor();
    const same = (other) => other && other.from?.id === message.from?.id && Math.abs(new Date(other.date) - new Date(message.date)) < 600e3
      && dayKey(new Date(other.date)) === dayKey(new Date(message.date));
    const place = { first: !same(before), last: !same(after), seen: mine && lastOfBot > message.message_id };
    const known = rows.get(message.message_id);
    if (message.deleted) {
      leave(known, message.message_id);
      return known.el;
    }
    const quoted = message.reply_to ? alive.find((one) => one.message_id === message.reply_to) : null;
    const print = JSON.stringify([message, mine, quoted && [quoted.text, quoted.from.name]]);
    if (known?.print === print) {
      dress(known.el, place);
      return known.el;
    }
    const el = messageRow(message, { mine, group: view.group, quoted }, view.acts);
    dress(el, place);
    if (!known && live) el.classList.add("arriving");
    if (known?.el.contains(document.activeElement)) queueMicrotask(() => (el.querySelector(".inline-button") ?? log).focus({ preventScroll: true }));
    rows.set(message.message_id, { el, print });
    return el;
  }

  function leave(known, id) {
    if (known.leaving) return;
    known.leaving = true;
    known.el.style.height = `${known.el.offsetHeight}px`;
    known.el.classList.add("leaving");
    known.el.inert = true;
    requestAnimationFrame(() => requestAnimationFrame(() => { known.el.style.height = "0px"; }));
    setTimeout(() => {
      rows.delete(id);
      render();
    }, 420);
  }

  const earlier = () => h("button", { type: "button", class: "earlier", text: "Show earlier messages", onclick: () => {
    const height = log.scrollHeight;
    shown += SHOWN;
    stick = false;
    render();
    log.scrollTop += log.scrollHeight - height;
  } });

  function markPresses() {
    const waiting = new Set([...store.presses.values()].filter((press) => press.chat === view.chat).map((press) => press.key));
    for (const button of list.querySelectorAll("[data-key]")) {
      const busy = waiting.has(button.dataset.key);
      button.classList.toggle("busy", busy);
      button.setAttribute("aria-busy", String(busy));
    }
  }

  /** Shows a message that another one quotes. */
  function find(id) {
    const el = rows.get(id)?.el;
    if (!el) return;
    el.scrollIntoView({ block: "center" });
    el.classList.remove("found");
    requestAnimationFrame(() => el.classList.add("found"));
  }

  return { root, log, render, markPresses, toBottom, find, lastMine: () => store.list(view.chat).findLast((message) => !message.deleted && message.text && message.from?.id === view.actor()) };
}

function dayMark(message, key) {
  return h("div", { class: "day", role: "separator", "data-day": key }, h("span", { text: day(new Date(message.date)) }));
}

/** Puts `wanted` in order with the fewest moves: a moved element would lose its focus and play its entry again. */
function reconcile(list, wanted) {
  const days = new Map([...list.querySelectorAll(":scope > .day")].map((el) => [el.dataset.day, el]));
  const nodes = wanted.map((el) => (el.dataset.day && days.get(el.dataset.day)) || el);
  const keep = new Set(nodes);
  for (const child of [...list.children]) if (!keep.has(child)) child.remove();
  nodes.forEach((el, i) => {
    if (list.children[i] !== el) list.insertBefore(el, list.children[i] ?? null);
  });
}

/** Arrow keys walk the bubbles once the conversation has the focus; the menu key opens the bubble's menu. */
function walk(event, list, log) {
  const rows = [...list.querySelectorAll(".msg:not(.leaving)")];
  const here = rows.indexOf(event.target);
  if (event.target !== log && here < 0) return;
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    const to = here < 0 ? rows.length - 1 : here + (event.key === "ArrowUp" ? -1 : 1);
    const row = rows[Math.max(0, to)];
    if (!row) return;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  } else if (here >= 0 && (event.key === "Enter" || event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey))) {
    event.preventDefault();
    const { left, bottom } = rows[here].querySelector(".bubble").getBoundingClientRect();
    rows[here].querySelector(".bubble").dispatchEvent(new MouseEvent("contextmenu", { clientX: left + 12, clientY: bottom - 8, bubbles: true, cancelable: true }));
  }
}
