/* For the line under the head: what to do next, and texts to try in the family's chat. */

import { codesIn } from "./codes.js";
import { h } from "./dom.js";
import { openMenu } from "./overlays.js";

/** `insert(text)` puts a text where the family writes, `writer()` is who writes there; `scenes` as scenes.js makes them. Returns {render()}. */
export function createStrip(strip, store, { insert, scenes, writer }) {
  const lead = h("p", { class: "lead", "aria-live": "polite" });
  const chips = h("div", { class: "hints", role: "group", "aria-label": "Texts to try: a press puts one into the family's message", tabindex: "-1" });
  const label = h("span", { class: "hints-label", text: "Texts to try" });
  const all = h("button", { type: "button", class: "hint all", hidden: true, "aria-haspopup": "menu", "aria-expanded": "false", "data-testid": "hints-all", text: "All…", onclick: () => openMenu(document.body, {
    anchor: all, wide: true, label: "Texts to try", items: store.hintsFor(writer()).map(pair).map(([name, text]) => ({ label: name, note: text, run: () => insert(text) })),
  }) });
  const bar = h("progress", { class: "part", max: "1", hidden: true, "aria-label": "How far the scene is" });
  const away = h("button", { type: "button", class: "hint away", hidden: true, "data-testid": "scene-away", text: "Back to our own phones", onclick: scenes.leave });
  strip.append(lead, bar, away, label, chips, all);
  new ResizeObserver(() => { all.hidden = chips.scrollWidth <= chips.clientWidth + 2; }).observe(chips);
  let print = "";

  function render() {
    const scene = scenes.lead();
    const next = scene ? [scene.head, scene.text] : advice(store);
    strip.classList.toggle("telling", Boolean(scene));
    strip.dataset.scene = store.scene?.state ?? "";
    bar.hidden = scene?.part === undefined;
    bar.value = scene?.part ?? 0;
    away.hidden = !scene || !bar.hidden;
    if (lead.dataset.next !== next.join()) {
      lead.dataset.next = next.join();
      lead.replaceChildren(h("strong", { text: next[0] }), ` ${next[1]}`);
    }
    const hints = scene ? [] : store.hintsFor(writer());
    const now = JSON.stringify(hints);
    if (now === print) return;
    print = now;
    label.hidden = !hints.length;
    chips.replaceChildren(...hints.map((hint) => {
      const [name, text] = pair(hint);
      return h("button", { type: "button", class: "hint", title: `Puts “${text}” into the family's message`, "aria-label": `${name}: ${text}`, "data-testid": "hint", text: name, onclick: () => insert(text) });
    }));
    all.hidden = chips.scrollWidth <= chips.clientWidth + 2;
  }
  return { render };
}

const pair = (hint) => (Array.isArray(hint) ? hint : [hint.label, hint.text]);

/** [heading, sentence]: the next useful thing, judged from the newest message of each side. */
function advice(store) {
  const home = store.onPage().find((phone) => store.chat(phone.chat).type === "private");
  const talk = store.list(home?.chat).filter((message) => !message.deleted);
  if (!talk.length) return ["Begin here.", "Type /start on the family's phone, or press Start."];
  const lastSaid = new Date(talk.findLast((message) => !message.from?.is_bot)?.date ?? 0);
  const coded = [...store.letters("mail"), ...store.letters("sms")].some((one) => new Date(one.date) >= lastSaid && codesIn(one.text).length);
  if (coded) return ["A code has come.", "Find it in the inbox, and use it in the family's chat."];
  const waits = store.onPage().some((phone) => {
    if (store.chat(phone.chat).type === "private") return false;
    const last = store.list(phone.chat).findLast((message) => !message.deleted && message.from?.is_bot);
    return last?.inline_keyboard?.length > 0 && !last.edited; // a card that changed has been answered
  });
  if (waits) return ["The staff are asked.", "Decide with the buttons in their group chat."];
  return ["Go on.", "Answer on the family's phone, or move the clock on."];
}
