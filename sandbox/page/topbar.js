/* For the head of the page: title, India's time in the sandbox, moving it forward, whether the line is up. */

import { call } from "./link.js";
import { h, icon, notice } from "./dom.js";
import { everySecond, fromLocal, longDay, nextHour, now, seconds, time, toLocal, weekDay } from "./time.js";

/** Fills the bar; `scenes` is the button of the scenes' menu. Returns {setTitle(text), setLink({up, retryAt}, retry)}. */
export function createTopbar(bar, scenes) {
  const title = h("h1", { class: "title", text: "Demonstration" });
  const clockTime = h("time", { class: "clock-time" });
  const clockDay = h("span", { class: "clock-day" });
  const clock = h("div", { class: "clock", "data-testid": "clock", role: "timer", "aria-label": "The time in this demonstration", "aria-live": "off" }, clockTime, clockDay);
  const jump = (label, said, secs, id) => h("button", { type: "button", class: "jump", "data-testid": id, "aria-label": `Forward ${said}`, text: label, onclick: () => move({ forward: secs }) });
  const choose = h("button", { type: "button", class: "jump", "data-testid": "forward-to", "aria-haspopup": "dialog", "aria-expanded": "false", onclick: () => (panel.hidden ? show() : hide()) }, "To next…");
  const when = h("input", { type: "datetime-local", id: "forward-when", required: true, "data-testid": "forward-when" });
  const wrong = h("p", { class: "wrong", role: "alert" });
  const quick = h("div", { class: "quick" });
  const panel = h("form", { class: "panel", hidden: true, role: "dialog", "aria-label": "Move the clock forward", onsubmit: go, onkeydown: (event) => event.key === "Escape" && hide(true) },
    quick, h("label", { for: "forward-when", text: "Or a day and time of your own (India)" }), h("div", { class: "panel-row" }, when, h("button", { type: "submit", class: "primary", text: "Go", "data-testid": "forward-go" })), wrong);
  const link = h("div", { class: "link", role: "status" });
  const jumps = h("div", { class: "jumps", role: "group", "aria-label": "Move the clock forward" },
    jump("+1 min", "one minute", 61, "forward-1m"), jump("+1 h", "one hour", 3600, "forward-1h"), jump("+1 day", "one day", 86400, "forward-1d"), h("div", { class: "anchor" }, choose, panel));
  bar.append(h("div", { class: "brand" }, h("span", { class: "portrait mark", "aria-hidden": "true" }), h("div", {}, title, h("p", { class: "tagline", text: "Demonstration: play every side of the conversation" }))), clock, h("div", { class: "does" }, scenes, jumps), link);

  everySecond((date) => {
    const text = seconds(date);
    const [, digits, half] = /^(.*?)\s*([ap]\.?m\.?)?$/i.exec(text);
    clockTime.dateTime = date.toISOString();
    clockTime.replaceChildren(digits, h("small", { text: ` ${half ?? ""}` }));
    clockDay.textContent = longDay(date);
    for (const el of document.querySelectorAll("[data-clock=short]")) el.textContent = time(date);
  });

  async function move(body) {
    jumps.querySelectorAll(".jump").forEach((button) => { button.disabled = true; });
    try {
      await call("clock", body);
      clock.classList.remove("moved");
      requestAnimationFrame(() => clock.classList.add("moved"));
      return true;
    } catch (error) {
      notice(error.message, "error");
      return false;
    } finally {
      jumps.querySelectorAll(".jump").forEach((button) => { button.disabled = false; });
    }
  }

  function show() {
    const soon = [["In three hours", new Date(now().getTime() + 3 * 3600e3)], ["9 in the morning", nextHour(9)], ["6 in the evening", nextHour(18)], ["In three days", new Date(now().getTime() + 3 * 86400e3)], ["In a week", new Date(now().getTime() + 7 * 86400e3)]];
    quick.replaceChildren(...soon.map(([label, date]) => h("button", { type: "button", onclick: async () => (await move({ to: date.toISOString() })) && hide(true) },
      h("strong", { text: label }), h("span", { text: `${weekDay(date)}, ${time(date)}` }))));
    const earliest = new Date(now().getTime() + 60e3);
    when.min = toLocal(earliest);
    when.value = toLocal(nextHour(10, 1));
    wrong.textContent = "";
    panel.hidden = false;
    choose.setAttribute("aria-expanded", "true");
    quick.firstChild.focus();
    document.addEventListener("pointerdown", outside, true);
  }

  function hide(refocus = false) {
    panel.hidden = true;
    choose.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    if (refocus) choose.focus();
  }

  const outside = (event) => {
    if (!panel.parentElement.contains(event.target)) hide();
  };

  async function go(event) {
    event.preventDefault();
    const to = fromLocal(when.value);
    if (Number.isNaN(to.getTime())) wrong.textContent = "Please choose a day and a time.";
    else if (to <= now()) wrong.textContent = "The clock only goes forward. Please choose a later time.";
    else if (await move({ to: to.toISOString() })) hide(true);
  }

  let counting = 0;
  function setLink({ up, retryAt }, retry) {
    clearInterval(counting);
    link.classList.toggle("down", !up);
    if (up) {
      if (link.textContent) notice("Connected again. Everything is as the sandbox has it.");
      link.replaceChildren();
      return;
    }
    const wait = h("span");
    const count = () => { wait.textContent = `trying again in ${Math.max(1, Math.ceil((retryAt - Date.now()) / 1000))} s`; };
    count();
    counting = setInterval(count, 500);
    link.replaceChildren(h("strong", { text: "The sandbox does not answer" }), h("span", { "aria-live": "off" }, wait), h("button", { type: "button", text: "Try now", onclick: retry }));
  }

  return { setTitle: (text) => { title.textContent = text; document.title = `${text} · demonstration`; }, setLink };
}
