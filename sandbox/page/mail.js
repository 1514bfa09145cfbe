/* For one opened e-mail: its heads, its HTML in a frame that can run and fetch nothing, its text, and what is attached. */

import { bytes, h, icon } from "./dom.js";
import { codeChips } from "./codes.js";
import { readEvent } from "./ical.js";
import { showPicture } from "./overlays.js";
import { day, dayKey, longDay, shortDay, time } from "./time.js";

// The frame may show what the mail itself brings; pictures from elsewhere would tell a stranger that it was read.
const POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; font-src data:";

/** The view of a mail of the state's shape. */
export function openedMail(mail, { use, where, onBack }) {
  const body = h("div", { class: "mail-body" });
  const view = h("article", { class: "mail-open", "data-testid": "mail-open" },
    h("div", { class: "mail-bar" }, h("button", { type: "button", class: "back", onclick: onBack }, icon("back"), "All e-mail"), mail.has_html && switcher(mail, body)),
    h("header", { class: "mail-head" }, h("h3", { text: mail.subject || "(no subject)" }),
      h("dl", {}, row("From", mail.from), row("To", mail.to), row("Sent", `${longDay(new Date(mail.date))}, ${time(new Date(mail.date))}`))),
    codeChips(`${mail.subject}\n${mail.text}`, use, where));
  const calendars = (mail.attachments ?? []).filter((part) => /^text\/calendar/i.test(part.type) || /\.ics$/i.test(part.name));
  for (const part of calendars) view.append(calendarCard(mail, part));
  view.append(body);
  if (mail.attachments?.length) view.append(attachments(mail));
  show(mail, body, mail.has_html ? "html" : "text");
  return view;
}

const row = (name, value) => h("div", {}, h("dt", { text: name }), h("dd", { text: Array.isArray(value) ? value.join(", ") : value }));
const path = (mail, part) => `/play/mail/${mail.id}/attachment/${part.n}`;

function switcher(mail, body) {
  const choice = (kind, label) => h("button", { type: "button", "aria-pressed": String(kind === "html"), text: label, onclick: (event) => {
    for (const button of event.currentTarget.parentElement.children) button.setAttribute("aria-pressed", String(button === event.currentTarget));
    show(mail, body, kind);
  } });
  return h("div", { class: "segmented", role: "group", "aria-label": "How to show this e-mail" }, choice("html", "Formatted"), choice("text", "Plain text"));
}

function show(mail, body, kind) {
  if (kind === "text") {
    body.replaceChildren(h("pre", { class: "mail-text", dir: "auto", text: mail.text || "(This e-mail has no plain text.)" }));
    return;
  }
  // Without allow-scripts nothing in the mail can run; same-origin lets this page measure how tall it is.
  const frame = h("iframe", { class: "mail-html", sandbox: "allow-same-origin allow-popups allow-popups-to-escape-sandbox", title: `E-mail: ${mail.subject}`, referrerpolicy: "no-referrer" });
  body.replaceChildren(frame);
  fetch(`/play/mail/${mail.id}/html`).then((response) => {
    if (!response.ok) throw new Error(`The sandbox said ${response.status}.`);
    return response.text();
  }).then((html) => {
    frame.addEventListener("load", () => fit(frame));
    frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="${POLICY}"><base target="_blank">${html}`;
  }).catch((error) => body.replaceChildren(h("p", { class: "wrong", text: `This e-mail could not be shown. ${error.message}` })));
}

function fit(frame) {
  const page = frame.contentDocument;
  if (!page?.body) return;
  const measure = () => { frame.style.height = `${Math.min(4000, Math.max(120, page.body.scrollHeight, page.body.offsetHeight) + 4)}px`; };
  measure();
  new ResizeObserver(measure).observe(page.body);
}

function attachments(mail) {
  return h("section", { class: "attachments", "aria-label": "Attachments" }, h("h4", { text: mail.attachments.length === 1 ? "1 attachment" : `${mail.attachments.length} attachments` }),
    h("ul", {}, mail.attachments.map((part) => {
      const picture = /^image\/(png|jpe?g|gif|webp)/i.test(part.type);
      return h("li", {},
        picture ? h("button", { type: "button", class: "thumb", "aria-label": `See ${part.name}`, onclick: () => showPicture(path(mail, part), part.name) }, h("img", { src: path(mail, part), alt: "" }))
          : h("span", { class: "card-icon" }, icon(/calendar/i.test(part.type) ? "calendar" : "file")),
        h("span", { class: "file-name" }, h("strong", { text: part.name }), h("small", { text: [part.type, bytes(part.size)].filter(Boolean).join(" · ") })),
        h("a", { class: "round", href: path(mail, part), download: part.name, "aria-label": `Download ${part.name}`, title: "Download" }, icon("download")));
    })));
}

function calendarCard(mail, part) {
  const card = h("section", { class: "calendar-card", "data-testid": "calendar-card", "aria-label": "Calendar entry" });
  fetch(path(mail, part)).then((response) => {
    if (!response.ok) throw new Error(`the sandbox said ${response.status}`);
    return response.text();
  }).then((text) => {
    const event = readEvent(text);
    if (!event) throw new Error("it holds no event");
    card.classList.toggle("cancelled", event.cancelled);
    card.append(h("div", { class: "leaf", "aria-hidden": "true" }, h("span", { text: shortDay(event.start).replace(/[\d\s]/g, "") }), h("strong", { text: shortDay(event.start).replace(/\D/g, "") })),
      h("div", {}, event.cancelled && h("p", { class: "stamp", text: "Cancelled" }), h("h4", { text: event.summary || "Event" }), h("p", { text: span(event) }), event.location && h("p", { class: "soft", text: event.location })));
  }).catch((error) => card.append(h("p", { class: "wrong", text: `The calendar file could not be read: ${error.message}.` })));
  return card;
}

function span({ start, end, allDay, zone }) {
  const foreign = zone ? ` (${zone})` : "";
  if (allDay) return `${day(start)}, all day`;
  if (!end) return `${day(start)}, ${time(start)}${foreign}`;
  return dayKey(start) === dayKey(end) ? `${day(start)}, ${time(start)} to ${time(end)}${foreign}` : `${day(start)}, ${time(start)} to ${day(end)}, ${time(end)}${foreign}`;
}

/** "Mulakat" of "Mulakat <a@b>", else the address. */
export function senderName(address) {
  const text = Array.isArray(address) ? address.join(", ") : String(address ?? "");
  return /^\s*"?([^"<]+?)"?\s*<[^>]+>\s*$/.exec(text)?.[1] ?? text;
}
