/* For what lies over a phone or the page for a moment: menus, dialogs, toasts, a picture in full. Gives the focus back after. */

import { h, icon } from "./dom.js";

/**
 * A menu inside `host` (a positioned element). `at` is {x, y} of the viewport, or `anchor` the button it belongs to.
 * items: [{icon, label, note, danger, run}]; `head` is a line above them. Returns a function that closes it.
 */
export function openMenu(host, { at, anchor, items, label, head = "", wide = false, onClose }) {
  host.querySelector(".menu")?.dispatchEvent(new Event("shut"));
  const before = document.activeElement;
  const menu = h("div", { class: `menu${wide ? " wide" : ""}`, role: "menu", "aria-label": label },
    head ? h("p", { class: "menu-head", role: "presentation", text: head }) : null, items.map((item) => h("button", {
      type: "button", role: "menuitem", tabindex: "-1", class: item.danger ? "danger" : "",
      onclick: () => { close(); item.run(); },
    }, item.icon && icon(item.icon), h("span", { class: "menu-label", text: item.label }), item.note && h("span", { class: "menu-note", text: item.note }))));
  host.append(menu);
  place(menu, host, at, anchor);
  anchor?.setAttribute("aria-expanded", "true");

  const buttons = [...menu.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowUp: -1 };
  const onKey = (event) => {
    const here = buttons.indexOf(document.activeElement);
    if (event.key in step) buttons.at((here + step[event.key] + buttons.length) % buttons.length).focus();
    else if (event.key === "Home") buttons[0].focus();
    else if (event.key === "End") buttons.at(-1).focus();
    else if (event.key === "Escape") close(true);
    else if (event.key === "Tab") return close(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onDown = (event) => {
    if (!menu.contains(event.target) && !anchor?.contains(event.target)) close();
  };
  const close = (refocus = menu.contains(document.activeElement)) => {
    if (!menu.isConnected) return;
    menu.remove();
    anchor?.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", onDown, true);
    if (refocus && before?.isConnected) before.focus({ preventScroll: true });
    onClose?.();
  };
  menu.addEventListener("keydown", onKey);
  menu.addEventListener("shut", () => close(false));
  document.addEventListener("pointerdown", onDown, true);
  buttons[0]?.focus({ preventScroll: true });
  return close;
}

function place(menu, host, at, anchor) {
  const box = host.getBoundingClientRect();
  const rect = anchor?.getBoundingClientRect() ?? { left: at.x, right: at.x, top: at.y, bottom: at.y };
  const [width, height] = [menu.offsetWidth, menu.offsetHeight];
  const fitsBelow = rect.bottom + 6 + height < box.bottom - 8;
  const top = fitsBelow ? rect.bottom - box.top + 6 : Math.max(8, rect.top - box.top - height - 6);
  const wanted = rect.left - box.left + width > box.width - 8 ? rect.right - box.left - width : rect.left - box.left;
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(8, Math.min(wanted, box.width - width - 8))}px`;
  menu.dataset.from = fitsBelow ? "top" : "bottom";
}

/**
 * A dialog over one phone; the rest of that phone is inert meanwhile. `body` is text or nodes.
 * actions: [{label, primary, run}]; `run` may return false to stay open. Escape acts as the last action without running it.
 */
export function openDialog(host, { title, body, actions, alert = false }) {
  const before = document.activeElement;
  const others = [...host.children];
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  const close = () => {
    if (!cover.isConnected) return;
    cover.remove();
    others.forEach((el) => { el.inert = false; });
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
  const form = h("form", {
    class: "dialog", role: alert ? "alertdialog" : "dialog", "aria-describedby": `${id}-body`,
    ...(title ? { "aria-labelledby": `${id}-title` } : { "aria-label": "Message from the bot" }),
    onsubmit: (event) => { event.preventDefault(); finish(actions.find((action) => action.primary)); },
    onkeydown: (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    },
  },
  title && h("h3", { id: `${id}-title`, text: title }),
  h("div", { class: "dialog-body", id: `${id}-body` }, body),
  h("div", { class: "dialog-actions" }, [...actions].reverse().map((action) => h("button", {
    type: action.primary ? "submit" : "button", class: action.primary ? "primary" : "",
    ...(action.primary ? {} : { onclick: () => finish(action) }), text: action.label,
  }))));
  const finish = (action) => {
    if (action?.run?.(form) !== false) close();
  };
  const cover = h("div", { class: "cover" }, form);
  others.forEach((el) => { el.inert = true; });
  host.append(cover);
  (form.querySelector("input, select") ?? form.querySelector(".primary") ?? form.querySelector("button")).focus({ preventScroll: true });
  return close;
}

/** A toast at the foot of a phone's conversation. */
export function toast(host, text, kind = "note") {
  const el = h("p", { class: `toast ${kind}`, text });
  host.append(el);
  const life = Math.min(9000, 3200 + text.length * 35);
  setTimeout(() => el.classList.add("going"), life);
  setTimeout(() => el.remove(), life + 300);
}

/** A picture in full over the page. */
export function showPicture(src, name) {
  const dialog = h("dialog", { class: "lightbox", "aria-label": name, onclick: () => dialog.close() },
    h("img", { src, alt: name }), h("button", { type: "button", class: "round", "aria-label": "Close" }, icon("close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
