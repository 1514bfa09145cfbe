/* For choosing which panes (phones, inbox) stand side by side when the page has no room for all. Knows nothing of chats. */

import { h, icon } from "./dom.js";

const NARROW = matchMedia("(max-width: 899.98px)"); // there one pane fills the page
const LEAST = 330; // px: narrower than this a chat is no pleasure
const GAP = 24;

/**
 * `bar` gets the tabs, `stage` is measured. Returns {set(panes, ids that are open at first), show(id), badge(id, count)}.
 * A pane is {id, kind, label, sign, root, onShow()}.
 */
export function createPanes(bar, stage) {
  let panes = [];
  let open = []; // ids, the one chosen last first
  let room = 0;

  function set(list, first) {
    panes = list;
    room = 0;
    open = [...first];
    bar.replaceChildren(...panes.map((pane) => h("button", { type: "button", class: "pane-tab", "data-pane": pane.id, "data-testid": `pane-${pane.id}`, onclick: () => show(pane.id) },
      icon(pane.sign), h("span", { text: pane.label }), h("span", { class: "badge", hidden: true }))));
    fit();
  }

  function fit() {
    const { paddingLeft, paddingRight } = getComputedStyle(stage);
    const width = stage.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
    const now = Math.min(panes.length, NARROW.matches ? 1 : Math.max(2, Math.floor((width + GAP) / (LEAST + GAP))));
    if (now === room) return;
    room = now;
    for (const kind of ["family", "staff", "inbox"]) {
      const first = panes.find((pane) => pane.kind === kind);
      if (first && !open.includes(first.id)) open.push(first.id);
    }
    for (const pane of panes) if (!open.includes(pane.id)) open.push(pane.id);
    open = open.slice(0, room);
    draw();
  }

  /** Brings a pane in: in the place of one of its own kind, else of the one chosen longest ago. */
  function show(id) {
    if (!panes.some((pane) => pane.id === id)) return;
    if (open.includes(id)) open = [id, ...open.filter((one) => one !== id)];
    else {
      const kind = (one) => panes.find((pane) => pane.id === one).kind;
      const out = open.length < room ? null : open.findLast((one) => kind(one) === kind(id)) ?? open.at(-1);
      open = [id, ...open.filter((one) => one !== out)];
    }
    draw();
  }

  function draw() {
    bar.classList.toggle("choosing", room < panes.length);
    for (const pane of panes) {
      const visible = open.includes(pane.id);
      const came = visible && pane.root.classList.contains("off");
      pane.root.classList.toggle("off", !visible);
      bar.querySelector(`[data-pane="${pane.id}"]`).setAttribute("aria-pressed", String(visible));
      if (came) pane.onShow();
    }
    document.body.dataset.front = panes.find((pane) => pane.id === open[0])?.kind ?? "";
  }

  function badge(id, count) {
    const el = bar.querySelector(`[data-pane="${id}"] .badge`);
    if (!el) return;
    el.hidden = !count;
    el.textContent = count > 99 ? "99+" : count;
    el.setAttribute("aria-label", `${count} new`);
  }

  new ResizeObserver(fit).observe(stage);
  return { set, show, badge };
}
