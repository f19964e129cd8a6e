import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { countAfter } from "../model/timeline.ts";
import { pageTitle, unreadCount } from "../model/unread.ts";
import { room } from "./current-room.ts";
import { name } from "./identity.ts";
import { ownId } from "./people.ts";
import { markRead, readMarks } from "./read-marks.ts";
import { roomHeads } from "./rooms.ts";
import { timelineOf, trimTimeline } from "./timeline.ts";

/** True while the newest message is in view. Set by the message list once it has found its place. */
export const atBottom = signal(false);
const jumped = signal(0);
/** Grows with each wish to see the newest message. */
export const jumps: ReadonlySignal<number> = jumped;
const looking = signal(isLooking());
const divider = signal<number | undefined>(undefined);

/** Messages above this offset stand under the divider "New messages". */
export const dividerAfter: ReadonlySignal<number | undefined> = divider;

/** Messages of others in the room that is shown and that the person has not seen. */
export const unseen: ReadonlySignal<number> = computed(() => {
  const mark = readMarks.value.get(room.value);
  return mark === undefined ? 0 : countAfter(timelineOf(room.value).value.messages, mark, ownId.value);
});

/** Unread messages of a room. */
export function unreadOf(name: string): number {
  if (name === room.value) return unseen.value;
  return unreadCount(roomHeads.value.get(name) ?? 0, readMarks.value.get(name));
}

/** Unread messages of all rooms. */
export const unreadTotal: ReadonlySignal<number> = computed(() => {
  let total = 0;
  for (const name of roomHeads.value.keys()) total += unreadOf(name);
  return total;
});

/** Brings the newest message into view. */
export function jumpToLatest(): void {
  jumped.value += 1;
}

/** Called when the person writes: whoever answers has read. */
export function clearDivider(): void {
  divider.value = undefined;
}

/** Follows what the person sees from now on. */
export function startReading(): void {
  for (const change of ["focus", "blur"] as const) addEventListener(change, look);
  document.addEventListener("visibilitychange", look);
  effect(() => {
    document.title = pageTitle(name.value === undefined ? undefined : room.value, unreadTotal.value);
  });
  let lastRoom = "";
  effect(() => {
    const current = room.value;
    const { messages, phase } = timelineOf(current).value;
    const newest = messages.at(-1)?.offset ?? 0;
    const seen = looking.value && atBottom.value;
    if (phase !== "ready") return;
    untracked(() => {
      const entered = current !== lastRoom;
      lastRoom = current;
      placeDivider(entered, seen);
      if (!seen) return;
      markRead(current, newest);
      trimTimeline(current);
    });
  });
}

/** The divider appears with the first message that comes unseen, and stays while the person reads on. */
function placeDivider(entered: boolean, seen: boolean): void {
  const mark = readMarks.value.get(room.value);
  const passed = divider.value === undefined || (mark ?? 0) > divider.value;
  // On entering, the head of the room may be known before its newest messages are.
  const behind = unseen.value > 0 || (entered && unreadCount(roomHeads.value.get(room.value) ?? 0, mark) > 0);
  if (behind && (entered || (!seen && passed))) divider.value = mark;
  else if (entered) divider.value = undefined;
}

function look(): void {
  looking.value = isLooking();
}

function isLooking(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}
