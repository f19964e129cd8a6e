import { type ReadonlySignal, signal } from "@preact/signals";
import { advance, decodeMarks, encodeMarks, meetHeads, type ReadMarks } from "../model/unread.ts";
import { browserStore } from "./storage.ts";

const marks = signal<ReadMarks>(new Map());
let person = "";
let firstVisit = true;

/** How far the person has read each room. */
export const readMarks: ReadonlySignal<ReadMarks> = marks;

/** Takes up the marks of a person who used this browser before. */
export function restoreMarks(name: string): void {
  person = name.normalize("NFKC").toLowerCase();
  const entry = decodeMarks(browserStore.read("read")).find((candidate) => candidate.person === person);
  if (entry === undefined) return;
  marks.value = entry.marks;
  firstVisit = false;
}

/** Notes that the person has read a room up to an offset. */
export function markRead(room: string, offset: number): void {
  keep(advance(marks.value, room, offset));
}

/** Notes a room that has just come into being: all that is in it is new. */
export function meetNewRoom(room: string): void {
  keep(advance(marks.value, room, 0));
}

/** Notes how far the logs of all rooms go, see `meetHeads`. */
export function meetRoomHeads(heads: ReadonlyMap<string, number>): void {
  keep(meetHeads(marks.value, heads, firstVisit));
  firstVisit = false;
}

function keep(next: ReadMarks): void {
  if (next === marks.value) return;
  marks.value = next;
  browserStore.write("read", encodeMarks(decodeMarks(browserStore.read("read")), person, next));
}
