/* For telling the sandbox's time, always as India writes it. Holds the one running clock of the page. */

const ZONE = "Asia/Kolkata";
const format = (options) => new Intl.DateTimeFormat("en-IN", { timeZone: ZONE, ...options });
const TIME = format({ hour: "numeric", minute: "2-digit", hour12: true });
const SECONDS = format({ hour: "numeric", minute: "2-digit", second: "2-digit", hour12: true });
const DAY = format({ weekday: "long", day: "numeric", month: "long" });
const LONG = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const SHORT = format({ day: "numeric", month: "short" });
const WEEK = format({ weekday: "short", day: "numeric", month: "short" });
const KEY = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE });
const INDIA = 5.5 * 3600e3; // the zone has had no change of offset since 1945

let base = Date.now();
let since = performance.now();

export function setNow(iso) {
  base = Date.parse(iso);
  since = performance.now();
}

export const now = () => new Date(base + performance.now() - since);
export const time = (date) => TIME.format(date);
export const seconds = (date) => SECONDS.format(date);
export const day = (date) => DAY.format(date);
export const longDay = (date) => LONG.format(date);
export const shortDay = (date) => SHORT.format(date);
export const weekDay = (date) => WEEK.format(date);
export const dayKey = (date) => KEY.format(date);

/** The time today, else the day: what a list of messages shows. */
export const brief = (date) => (dayKey(date) === dayKey(now()) ? time(date) : shortDay(date));

/** "2026-11-24T18:10" in India for an instant, and back: the form's datetime fields know no zone. */
export const toLocal = (date) => new Date(date.getTime() + INDIA).toISOString().slice(0, 16);
export const fromLocal = (text) => new Date(`${text}:00+05:30`);

/** The next time that India's clocks show `hour` o'clock, `days` days on at the least. */
export function nextHour(hour, days = 0) {
  const today = toLocal(new Date(now().getTime() + days * 86400e3)).slice(0, 10);
  const date = fromLocal(`${today}T${String(hour).padStart(2, "0")}:00`);
  return date > now() ? date : new Date(date.getTime() + 86400e3);
}

/** Calls `tick` now and at the start of every second. */
export function everySecond(tick) {
  const run = () => {
    tick(now());
    setTimeout(run, 1000 - (now().getTime() % 1000) + 5);
  };
  run();
}
