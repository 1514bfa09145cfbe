/* For sending what is not text: photos, files, stickers, voice notes, contacts, places. */

import { call } from "./link.js";
import { h } from "./dom.js";
import { openDialog } from "./overlays.js";

const STICKERS = ["🙏", "👍", "😊", "😢", "❤️", "🌼", "🤔", "👋"];
const PLACES = [
  ["Delhi (Tihar)", 28.6369, 77.1044], ["Pune", 18.5679, 73.8866], ["Patna", 25.6093, 85.1376], ["Chandigarh", 30.7333, 76.7794], ["Lucknow", 26.8467, 80.9462],
  ["Kolkata", 22.5726, 88.3639], ["Mumbai", 19.076, 72.8777], ["Hyderabad", 17.385, 78.4867], ["Chennai", 13.0827, 80.2707], ["Thiruvananthapuram", 8.5241, 76.9366],
];

/** The entries of the attach menu. `who()` is {person, chat}; `attempt(promise)` shows what goes wrong; `host` is the phone's screen. */
export function attachItems({ store, host, who, attempt }) {
  const send = (kind, more = {}) => attempt(call("send", { ...who(), kind, ...more }));
  return [
    { icon: "photo", label: "Photo…", run: () => pick("image/*", (file) => upload("photo", file)) },
    { icon: "picture", label: "A sample photo", run: async () => upload("photo", await samplePicture()) },
    { icon: "file", label: "File…", run: () => pick("", (file) => upload("document", file)) },
    { icon: "sticker", label: "Sticker…", run: () => stickers(host, (emoji) => send("sticker", { emoji })) },
    { icon: "voice", label: "Voice note", run: () => send("voice", { duration: 4 }) },
    { icon: "person", label: "Contact…", run: () => contacts({ store, host, who, attempt }) },
    { icon: "pin", label: "Location…", run: () => shareLocation({ host, who, attempt, ask: false }) },
  ];

  function upload(kind, file) {
    const form = new FormData();
    for (const [key, value] of Object.entries({ ...who(), kind })) form.append(key, value);
    form.append("file", file, file.name);
    attempt(call("send", form));
  }
}

function pick(accept, then) {
  const input = h("input", { type: "file", accept, class: "offscreen", "aria-hidden": "true", onchange: () => {
    if (input.files[0]) then(input.files[0]);
    input.remove();
  } });
  input.addEventListener("cancel", () => input.remove());
  document.body.append(input);
  input.click();
}

/** A made picture, so that a photo can be tried without having one at hand. */
async function samplePicture() {
  const canvas = h("canvas", { width: 800, height: 560 });
  const pen = canvas.getContext("2d");
  const sky = pen.createLinearGradient(0, 0, 0, 560);
  [[0, "#2b3179"], [0.55, "#a4647a"], [0.8, "#e39a4a"], [1, "#f3d7a4"]].forEach(([at, colour]) => sky.addColorStop(at, colour));
  pen.fillStyle = sky;
  pen.fillRect(0, 0, 800, 560);
  pen.fillStyle = "#ffe9c4";
  pen.beginPath();
  pen.arc(560, 360, 46, 0, 7);
  pen.fill();
  for (const [colour, base, height] of [["#3a3566", 430, 70], ["#1f2148", 490, 50]]) {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(0, 560);
    for (let x = 0; x <= 800; x += 10) pen.lineTo(x, base - height * Math.sin(x / 130 + base) * Math.cos(x / 310));
    pen.lineTo(800, 560);
    pen.fill();
  }
  const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.9); });
  return new File([blob], "sample.jpg", { type: "image/jpeg" });
}

function stickers(host, send) {
  const close = openDialog(host, {
    title: "Send a sticker",
    body: h("div", { class: "sticker-grid" }, STICKERS.map((emoji) => h("button", { type: "button", "aria-label": `Sticker ${emoji}`, text: emoji, onclick: () => { close(); send(emoji); } }))),
    actions: [{ label: "Cancel" }],
  });
}

function contacts({ store, host, who, attempt }) {
  const { person } = who();
  const known = [store.person(person), ...store.everybody().filter((one) => one.id !== person && one.phone)];
  const choose = h("select", { "aria-label": "Whose contact" },
    known.map((one) => h("option", { value: one.id, text: one.id === person ? `${one.name} (my own)` : one.name })),
    h("option", { value: "other", text: "Somebody else" }));
  const name = h("input", { placeholder: "Name", "aria-label": "Name", value: "Ravi" });
  const phone = h("input", { placeholder: "Number", "aria-label": "Number", value: "+919876500000", inputmode: "tel" });
  const other = h("div", { class: "fields", hidden: true }, name, phone);
  choose.addEventListener("change", () => { other.hidden = choose.value !== "other"; });
  openDialog(host, {
    title: "Share a contact", body: h("div", { class: "fields" }, choose, other),
    actions: [{ label: "Send", primary: true, run: () => {
      const body = choose.value === "other" ? { name: name.value, phone: phone.value } : { of: Number(choose.value) };
      attempt(call("contact", { ...who(), ...body }));
    } }, { label: "Cancel" }],
  });
}

/** What a "share my number" button does: Telegram asks first, and so does this page. */
export function shareNumber({ store, host, who, attempt }) {
  const { person } = who();
  openDialog(host, {
    title: "Share your phone number?",
    body: `${store.bot.name} will see your number ${store.person(person).phone ?? ""}.`,
    actions: [{ label: "Share", primary: true, run: () => attempt(call("contact", { ...who(), of: person })) }, { label: "Cancel" }],
  });
}

/** Sends a place of the person's choice; `ask` when a button of the bot asked for it. */
export function shareLocation({ host, who, attempt, ask }) {
  const choose = h("select", { "aria-label": "Place" }, PLACES.map(([name], i) => h("option", { value: i, text: name })), h("option", { value: "other", text: "Another place" }));
  const latitude = h("input", { type: "number", step: "any", min: -90, max: 90, required: true, "aria-label": "Latitude", value: PLACES[0][1] });
  const longitude = h("input", { type: "number", step: "any", min: -180, max: 180, required: true, "aria-label": "Longitude", value: PLACES[0][2] });
  choose.addEventListener("change", () => {
    if (choose.value !== "other") [, latitude.value, longitude.value] = PLACES[choose.value];
  });
  for (const input of [latitude, longitude]) input.addEventListener("input", () => { choose.value = "other"; });
  openDialog(host, {
    title: ask ? "Share where you are?" : "Send a location",
    body: h("div", { class: "fields" }, choose, h("div", { class: "pair" }, latitude, longitude)),
    actions: [{ label: ask ? "Share" : "Send", primary: true, run: () => attempt(call("send", {
      ...who(), kind: "location", latitude: Number(latitude.value), longitude: Number(longitude.value),
    })) }, { label: "Cancel" }],
  });
}
