import { type Channel, ChannelError, type ChannelRecord, type ChannelStart } from "@everwire/client/channels";
import { batch } from "@preact/signals";
import { readMessage } from "../model/message.ts";
import { refusalSentence } from "../model/refusal.ts";
import { announce } from "./announcer.ts";
import { socket } from "./connection.ts";
import { room as shown } from "./current-room.ts";
import { nameOf, ownId, showPeople } from "./people.ts";
import { noteRoom } from "./rooms.ts";
import { addRecords, beginTimeline, refuseTimeline, suspendTimeline, timelineOf } from "./timeline.ts";
import { clearTyping, hearTyping } from "./typing.ts";

/** Messages that a room begins with, and that one step back in its history brings. */
export const PAGE_SIZE = 50;

/** Open channels by room: that of the room that is shown, and of those that still have something to send. */
const open = new Map<string, Channel>();
/** Where the channel of a room was closed, so that coming back continues there. */
const left = new Map<string, string>();

/** The channel of a room, opened if it is not. */
export function channelOf(room: string): Channel {
  const held = open.get(room);
  if (held !== undefined) return held;
  // A timeline that was forgotten meanwhile begins anew.
  const since = timelineOf(room).peek().messages.length > 0 ? left.get(room) : undefined;
  const channel = socket.channel(`room:${room}`, { limit: PAGE_SIZE, ...(since === undefined ? {} : { since }) });
  open.set(room, channel);
  follow(room, channel);
  return channel;
}

/** Closes the channel of a room; leaving the room is part of it. */
export function closeChannel(room: string): void {
  const channel = open.get(room);
  if (channel === undefined) return;
  open.delete(room);
  left.delete(room);
  if (channel.position !== undefined) left.set(room, channel.position);
  suspendTimeline(room);
  // Closing fails only with the connection, and then the server has forgotten us already.
  channel.close().catch(() => undefined);
}

function follow(room: string, channel: Channel): void {
  channel.on("start", (start) => begin(room, channel, start));
  channel.on("record", (record) => hear(room, record));
  channel.on("presence", () => {
    if (room === shown.peek()) showPeople(channel.members);
  });
  channel.on("signal", ({ from, data }) => {
    if (room === shown.peek()) hearTyping(from, data);
  });
  channel.on("state", (state) => {
    // A refused channel gives its reason to whoever wants to enter it.
    if (state === "refused") channel.enter(undefined).catch((error: unknown) => refuse(room, error));
  });
}

function refuse(room: string, error: unknown): void {
  const code = error instanceof ChannelError ? error.code : undefined;
  refuseTimeline(room, refusalSentence(code, error instanceof Error ? error.message : undefined));
}

function begin(room: string, channel: Channel, start: ChannelStart): void {
  batch(() => {
    beginTimeline(room, start);
    noteRoom(room, timelineOf(room).value.messages.at(-1)?.offset ?? 0);
    if (room === shown.peek()) showPeople(channel.members);
  });
}

function hear(room: string, record: ChannelRecord): void {
  batch(() => {
    addRecords(room, [record]);
    noteRoom(room, record.offset);
  });
  if (room !== shown.peek()) return;
  const message = readMessage(record);
  if (message !== undefined && message.publisher !== ownId.peek()) announce(`${message.name}: ${message.text}`);
}

/** Shows what is known of a room's people at once, before the room has answered. */
export function showMembers(room: string): void {
  clearTyping();
  showPeople(channelOf(room).members);
}

/** The name of a member for the line about typing. */
export function typistName(id: string): string | undefined {
  return id === ownId.value ? undefined : nameOf(id);
}
