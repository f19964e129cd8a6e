import { type Signal, signal } from "@preact/signals";
import { type Message, readMessages, type StoredRecord } from "../model/message.ts";
import { keepNewest, mergeMessages } from "../model/timeline.ts";

/** What the page knows of one room. */
export interface Timeline {
  readonly phase: "loading" | "ready" | "refused";
  /** Ascending by offset. */
  readonly messages: readonly Message[];
  /** There are older messages in the log. */
  readonly more: boolean;
  /** Older messages are being fetched. */
  readonly fetching: boolean;
  /** Why the conversation could not be continued where it was left; undefined when nothing is missing. */
  readonly gap: string | undefined;
  readonly refusal: string | undefined;
}

const EMPTY: Timeline = {
  phase: "loading",
  messages: [],
  more: false,
  fetching: false,
  gap: undefined,
  refusal: undefined,
};

/** Rooms whose messages stay in memory; the longest unvisited goes first and is loaded anew when visited. */
const MAX_ROOMS = 12;
/** A timeline that grows beyond the first is cut to the second, unless the person is reading its beginning. */
const MAX_MESSAGES = 600;
const KEPT_MESSAGES = 300;

const timelines = new Map<string, Signal<Timeline>>();

/** The timeline of a room; asking for it makes it the last to be forgotten. */
export function timelineOf(room: string): Signal<Timeline> {
  const held = timelines.get(room) ?? signal(EMPTY);
  timelines.delete(room);
  timelines.set(room, held);
  for (const oldest of timelines.keys()) {
    if (timelines.size <= MAX_ROOMS) break;
    timelines.delete(oldest);
  }
  return held;
}

/** What a subscription begins with. */
export interface Beginning {
  readonly recovered: boolean;
  readonly records: readonly StoredRecord[];
  readonly more: boolean;
  readonly reason: string | undefined;
}

/** Takes the start of a subscription: continues the timeline, or replaces it when that is not possible. */
export function beginTimeline(room: string, start: Beginning): void {
  const timeline = timelineOf(room);
  const held = timeline.value;
  const messages = readMessages(start.records);
  if (start.recovered) {
    timeline.value = { ...held, phase: "ready", messages: mergeMessages(held.messages, messages), gap: undefined };
    return;
  }
  const gap = held.messages.length > 0 ? (start.reason ?? "unknown") : undefined;
  timeline.value = { ...EMPTY, phase: "ready", messages, more: start.more, gap };
}

/** Adds messages of any age. */
export function addRecords(room: string, records: readonly StoredRecord[]): void {
  const timeline = timelineOf(room);
  timeline.value = { ...timeline.value, messages: mergeMessages(timeline.value.messages, readMessages(records)) };
}

/** Adds a message of ours that the server has acknowledged, before its record arrives. */
export function addMessage(room: string, message: Message): void {
  const timeline = timelineOf(room);
  timeline.value = { ...timeline.value, messages: mergeMessages([message], timeline.value.messages) };
}

/** Notes that the room is no longer followed: what is held stays, and may be behind. */
export function suspendTimeline(room: string): void {
  const timeline = timelineOf(room);
  timeline.value = { ...timeline.value, phase: "loading", fetching: false };
}

export function refuseTimeline(room: string, refusal: string): void {
  const timeline = timelineOf(room);
  timeline.value = { ...timeline.value, phase: "refused", refusal };
}

/** Fetches what lies before the timeline; does nothing while that is under way or when there is nothing. */
export async function fetchOlder(
  room: string,
  history: (before: number) => Promise<{ records: readonly StoredRecord[]; more: boolean }>,
): Promise<void> {
  const timeline = timelineOf(room);
  const first = timeline.value.messages[0];
  if (timeline.value.fetching || !timeline.value.more || first === undefined) return;
  timeline.value = { ...timeline.value, fetching: true };
  try {
    const { records, more } = await history(first.offset);
    addRecords(room, records);
    timeline.value = { ...timeline.value, more, fetching: false };
  } catch {
    // The button stays, and so does the place in the conversation.
    timeline.value = { ...timeline.value, fetching: false };
  }
}

/** Bounds the memory of a room. Only called while the newest messages are in view: it removes what is far above. */
export function trimTimeline(room: string): void {
  const timeline = timelineOf(room);
  const messages = keepNewest(timeline.value.messages, MAX_MESSAGES, KEPT_MESSAGES);
  if (messages !== timeline.value.messages) timeline.value = { ...timeline.value, messages, more: true };
}
