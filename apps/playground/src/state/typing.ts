import { type ReadonlySignal, signal } from "@preact/signals";
import { TypingRoster, TypingThrottle } from "../model/typing.ts";

const roster = new TypingRoster();
const throttle = new TypingThrottle();
const ids = signal<readonly string[]>([]);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Ids of the people who type in the room. */
export const typing: ReadonlySignal<readonly string[]> = ids;

/** Takes the signal of a member; anything but `{ typing: boolean }` is no sign of typing. */
export function hearTyping(id: string, data: unknown): void {
  if (typeof data !== "object" || data === null || !("typing" in data) || typeof data.typing !== "boolean") return;
  roster.hear(id, data.typing, performance.now());
  refresh();
}

/** Forgets everybody: another room, or a lost connection. */
export function clearTyping(): void {
  roster.clear();
  refresh();
}

/** Tells the others that we type, as often as they need to hear it. */
export function tellTyping(signal: (data: { typing: boolean }) => void): void {
  if (throttle.press(performance.now())) signal({ typing: true });
}

/** Tells the others that we stopped, if they think we type. */
export function tellStopped(signal: (data: { typing: boolean }) => void): void {
  if (throttle.stop(performance.now())) signal({ typing: false });
}

function refresh(): void {
  clearTimeout(timer);
  const now = performance.now();
  const current = roster.current(now);
  if (current.join(" ") !== ids.value.join(" ")) ids.value = current;
  const next = roster.nextExpiry;
  if (next !== undefined) timer = setTimeout(refresh, next - now);
}
