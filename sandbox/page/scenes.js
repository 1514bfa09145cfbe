/* For the stories that the sandbox can play: the menu that begins one, and where it stands. */

import { h, icon, notice } from "./dom.js";
import { openMenu } from "./overlays.js";

/** `play(name)` begins one, "" puts it away; a promise. Returns {button, render(), lead() -> {head, text, part} or null, leave()}. */
export function createScenes(store, play) {
  const button = h("button", { type: "button", class: "jump scenes", hidden: true, "data-testid": "scenes", "aria-haspopup": "menu", "aria-expanded": "false", onclick: open }, icon("play"), "Scenes");

  function open() {
    const items = store.scenes.map((name) => ({ icon: "play", label: name, run: () => begin(name) }));
    if (store.scene) items.push({ icon: "back", label: "Back to our own phones", run: leave });
    openMenu(document.body, { anchor: button, label: "Scenes", head: "Each plays a story up to its moment:", items });
  }

  const begin = (name) => play(name).catch((error) => notice(error.message, "error"));
  const leave = () => begin("");

  /** What the strip says of the scene that is on. */
  function lead() {
    const { label, state, done, of, then, error } = store.scene ?? {};
    if (!label) return null;
    if (state === "playing") return { head: `${label}:`, text: "it is being played …", part: done / of };
    return state === "failed" ? { head: `${label}:`, text: error } : { head: `${label}.`, text: then };
  }

  function render() {
    button.hidden = !store.scenes.length;
    button.disabled = store.scene?.state === "playing";
  }

  return { button, render, lead, leave };
}
