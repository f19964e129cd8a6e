import { ChannelError } from "@everwire/client/channels";
import { batch, type ReadonlySignal, signal } from "@preact/signals";
import { decodeOutbox, type Outgoing } from "../model/outgoing.ts";
import { refusalSentence } from "../model/refusal.ts";
import { channelOf, closeChannel } from "./channels.ts";
import { room as shown } from "./current-room.ts";
import { name } from "./identity.ts";
import { ownId } from "./people.ts";
import { randomId } from "./random-id.ts";
import { markRead, readMarks } from "./read-marks.ts";
import { tabStore } from "./storage.ts";
import { addMessage } from "./timeline.ts";

/** Beyond this the composer refuses: whoever is cut off for so long should see it. */
const MAX_OUTGOING = 100;

const entries = signal<readonly Outgoing[]>([]);

/** Our messages that the server has not confirmed, oldest first. They are kept over a reload of the tab. */
export const outbox: ReadonlySignal<readonly Outgoing[]> = entries;

/** Takes up what this tab had not sent when it was reloaded, and sends it with the ids it had. */
export function restoreOutbox(): void {
  keep(decodeOutbox(tabStore.read("outbox"), Date.now()));
  for (const entry of entries.value) if (entry.state === "sending") void publish(entry);
}

/** Sends a message; false when too many wait already. */
export function sendMessage(room: string, text: string): boolean {
  if (entries.value.length >= MAX_OUTGOING) return false;
  const entry: Outgoing = { id: randomId(), room, text, time: Date.now(), state: "sending" };
  keep([...entries.value, entry]);
  void publish(entry);
  return true;
}

/** Sends a failed message once more, under the id it has. */
export function retryMessage(id: string): void {
  const entry = entries.value.find((candidate) => candidate.id === id);
  if (entry === undefined || entry.state !== "failed") return;
  const { room, text } = entry;
  const again: Outgoing = { id, room, text, time: Date.now(), state: "sending" };
  replace(again);
  void publish(again);
}

/** Forgets a failed message. */
export function discardMessage(id: string): void {
  const entry = entries.value.find((candidate) => candidate.id === id);
  keep(entries.value.filter((candidate) => candidate.id !== id));
  if (entry !== undefined) releaseRoom(entry.room);
}

/** Closes the channel of a room that is not shown and has nothing on the way. */
export function releaseRoom(room: string): void {
  const busy = entries.value.some((entry) => entry.room === room && entry.state === "sending");
  if (room !== shown.peek() && !busy) closeChannel(room);
}

async function publish(entry: Outgoing): Promise<void> {
  try {
    const { offset, time } = await channelOf(entry.room).publish({ text: entry.text }, { id: entry.id });
    confirm(entry, offset, time);
  } catch (error) {
    const code = error instanceof ChannelError ? error.code : undefined;
    const reason = refusalSentence(code, error instanceof Error ? error.message : undefined);
    replace({ ...entry, state: "failed", reason });
  }
  releaseRoom(entry.room);
}

/** The message moves from the outbox to the timeline in one step, so that its row stays where it is. */
function confirm(entry: Outgoing, offset: number, time: number): void {
  batch(() => {
    const publisher = ownId.peek();
    if (publisher !== undefined) {
      addMessage(entry.room, { offset, id: entry.id, publisher, time, name: name.peek() ?? "", text: entry.text });
    }
    keep(entries.value.filter((candidate) => candidate.id !== entry.id));
    // What we wrote ourselves is not unread in a room that we have left meanwhile.
    if ((readMarks.peek().get(entry.room) ?? 0) === offset - 1) markRead(entry.room, offset);
  });
}

function replace(entry: Outgoing): void {
  keep(entries.value.map((candidate) => (candidate.id === entry.id ? entry : candidate)));
}

function keep(next: readonly Outgoing[]): void {
  entries.value = next;
  tabStore.write("outbox", JSON.stringify(next));
}
