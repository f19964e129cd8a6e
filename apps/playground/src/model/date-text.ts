// Dates and times for people, in the reader's own language and time zone. Each text is empty for what is no date.
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dated = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

/** The local day of a time, as a text that compares equal within one day. */
export function dayKey(time: number): string {
  const date = new Date(time);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** "Today", "Yesterday", the weekday within this year, else the date. */
export function dayText(time: number, now: number): string {
  if (!isDate(time)) return "";
  const today = new Date(now);
  if (dayKey(time) === dayKey(now)) return "Today";
  // Noon keeps the day before right on the two days of the year that have not 24 hours.
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1, 12).getTime();
  if (dayKey(time) === dayKey(yesterday)) return "Yesterday";
  return new Date(time).getFullYear() === today.getFullYear() ? weekday.format(time) : dated.format(time);
}

/** Hours and minutes. */
export function clockText(time: number): string {
  return isDate(time) ? clock.format(time) : "";
}

/** Day, date and time to the second, for a tooltip. */
export function fullText(time: number): string {
  return isDate(time) ? full.format(time) : "";
}

/** The machine form for `<time datetime>`. */
export function isoText(time: number): string {
  return isDate(time) ? new Date(time).toISOString() : "";
}

/** A time that came from a server need not be one: formatters throw on it. */
function isDate(time: number): boolean {
  return !Number.isNaN(new Date(time).getTime());
}
