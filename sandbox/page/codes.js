/* For finding one-time codes in mails and SMS, and offering them with one press. */

import { copy, h, icon, notice } from "./dom.js";

const SIX = /(?<![\p{Nd}\p{L}+*-])\p{Nd}{6}(?![\p{Nd}\p{L}-])/gu;
const WORD = /code|otp|password|कोड|ओटीपी|কোড|குறியீடு|కోడ్|ಕೋಡ್|കോഡ്|કોડ|ਕੋਡ|କୋଡ|کوڈ/iu;

const POSTAL = /pin(\s*code)?\W*$/i;
const SHORT = 200; // characters: a text as short as an SMS may be in a language whose word for "code" is not listed

/** The six-digit codes in a text, in ASCII digits, two at the most: those near a word for "code", since an address ends in six digits too. */
export function codesIn(text) {
  const found = [...String(text ?? "").matchAll(SIX)]
    .filter(({ index }) => !POSTAL.test(text.slice(Math.max(0, index - 12), index)))
    .map(({ 0: digits, index }) => ({ code: ascii(digits), near: WORD.test(text.slice(Math.max(0, index - 60), index + 60)) }));
  const near = found.filter((one) => one.near);
  const chosen = near.length || text.length > SHORT ? near : found;
  return [...new Set(chosen.map((one) => one.code))].slice(0, 2);
}

// Digits of one script stand in a row of ten in Unicode, the zero first.
const ascii = (digits) => [...digits].map((digit) => {
  let zero = digit.codePointAt(0);
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && digit.codePointAt(0) - zero < 9) zero -= 1;
  return /[0-9]/.test(digit) ? digit : String(digit.codePointAt(0) - zero);
}).join("");

/** The chips for each code in `text`, or null. `use(code)` puts it where the family writes. */
export function codeChips(text, use, where) {
  const codes = codesIn(text);
  if (!codes.length) return null;
  return h("div", { class: "codes" }, codes.map((code) => h("div", { class: `code-chip${where().length > 25 ? " long" : ""}`, role: "group", "aria-label": `Code ${code}` },
    h("span", { class: "digits", text: code }),
    h("button", { type: "button", "data-testid": "copy-code", onclick: () => take(code) }, icon("copy"), "Copy code"),
    h("button", { type: "button", "data-testid": "use-code", class: "strong", onclick: () => use(code) }, icon("use"), where()))));
}

async function take(code) {
  try {
    await copy(code);
    notice(`Code ${code} copied.`);
  } catch (error) {
    notice(error.message, "error");
  }
}
