import { type ReadonlySignal, signal } from "@preact/signals";

export interface Announcement {
  readonly key: number;
  readonly text: string;
}

/** Enough that a slow reader misses none of a burst, few enough that the list stays short. */
const KEPT = 5;
const KEPT_FOR = 10_000;
const lines = signal<readonly Announcement[]>([]);
let count = 0;

/** What a screen reader is told, newest last. */
export const announcements: ReadonlySignal<readonly Announcement[]> = lines;

/** Has a screen reader say a text when it next pauses. */
export function announce(text: string): void {
  count += 1;
  const key = count;
  lines.value = [...lines.value, { key, text }].slice(-KEPT);
  // Said or not, a line is of no use to somebody who comes upon it later.
  setTimeout(() => {
    lines.value = lines.value.filter((line) => line.key !== key);
  }, KEPT_FOR);
}
