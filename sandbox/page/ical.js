/* For reading the one event of a calendar file (RFC 5545): start, end, summary, place. Knows no repetition. */

/** {start, end, allDay, zone, summary, location, cancelled} with start and end as Dates (end may be null), or null if there is no event. */
export function readEvent(text) {
  const lines = text.replace(/\r?\n[ \t]/g, "").split(/\r?\n/).map(property).filter(Boolean);
  const from = lines.findIndex((line) => line.name === "BEGIN" && line.value === "VEVENT");
  if (from < 0) return null;
  const to = lines.findIndex((line, i) => i > from && line.name === "END" && line.value === "VEVENT");
  const body = topLevel(lines.slice(from + 1, to < 0 ? undefined : to));
  const get = (name) => body.find((line) => line.name === name);
  const start = get("DTSTART") && instant(get("DTSTART"));
  if (!start) return null;
  const end = get("DTEND") ? instant(get("DTEND")).date : later(start.date, get("DURATION")?.value);
  return {
    start: start.date, end, allDay: start.allDay, zone: start.zone,
    summary: words(get("SUMMARY")?.value), location: words(get("LOCATION")?.value),
    cancelled: get("STATUS")?.value === "CANCELLED" || lines.some((line) => line.name === "METHOD" && line.value === "CANCEL"),
  };
}

function property(line) {
  const match = /^([A-Za-z0-9-]+)((?:;[^=;:]+=(?:"[^"]*"|[^;:]*))*):(.*)$/.exec(line);
  if (!match) return null;
  const params = Object.fromEntries([...match[2].matchAll(/;([^=]+)=("[^"]*"|[^;:]*)/g)]
    .map(([, key, value]) => [key.toUpperCase(), value.replace(/"/g, "")]));
  return { name: match[1].toUpperCase(), params, value: match[3].trim() };
}

// An alarm inside the event has properties of the same names.
function topLevel(lines) {
  let depth = 0;
  return lines.filter((line) => {
    if (line.name === "BEGIN") depth += 1;
    const top = depth === 0;
    if (line.name === "END") depth -= 1;
    return top;
  });
}

function instant({ value, params }) {
  const [, year, month, date, hour = "00", minute = "00", second = "00", utc] = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?/.exec(value) ?? [];
  if (!year) return null;
  // A floating time, and any zone the page does not know, is shown as written, which is India's in every file of ours.
  const zone = utc ? "Z" : "+05:30";
  const foreign = !utc && params.TZID && !/Kolkata|Calcutta|India/i.test(params.TZID) ? params.TZID : null;
  return { date: new Date(`${year}-${month}-${date}T${hour}:${minute}:${second}${zone}`), allDay: !value.includes("T"), zone: foreign };
}

function later(start, duration) {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration ?? "");
  if (!match) return null;
  const [weeks, days, hours, minutes, secs] = match.slice(1).map((part) => Number(part ?? 0));
  return new Date(start.getTime() + 1000 * (((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + secs));
}

const words = (value) => (value ?? "").replace(/\\n/gi, "\n").replace(/\\([,;\\])/g, "$1");
