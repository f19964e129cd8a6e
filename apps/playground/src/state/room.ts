import { effect, untracked } from "@preact/signals";
import { channelOf, closeChannel, PAGE_SIZE, showMembers } from "./channels.ts";
import { connection, transport } from "./connection.ts";
import { room } from "./current-room.ts";
import { name } from "./identity.ts";
import { releaseRoom } from "./outbox.ts";
import { noteRoom } from "./rooms.ts";
import { fetchOlder } from "./timeline.ts";
import { tellStopped, tellTyping } from "./typing.ts";

/** Keeps us in the room that is shown: its channel open, ourselves among its people. Ends with the returned function. */
export function startRoom(): () => void {
  const stopFollowing = effect(() => {
    const current = room.value;
    untracked(() => {
      noteRoom(current, 0);
      showMembers(current);
    });
    return () => leave(current);
  });
  const stopEntering = effect(() => {
    if (name.value === undefined || connection.value.kind !== "online") return;
    const current = room.value;
    const self = { name: name.value, transport: transport.value };
    // The channel enters again by itself after a reconnect; a refusal leaves us unseen but able to talk.
    untracked(() => channelOf(current).enter(self)).catch(() => undefined);
  });
  return () => {
    stopFollowing();
    stopEntering();
  };
}

function leave(left: string): void {
  tellStopped((data) => channelOf(left).signal(data));
  // The effect's cleanup runs before the new room is known to everybody: release once it is.
  queueMicrotask(() => releaseRoom(left));
}

/** Fetches what was said before the oldest message that is shown. */
export function loadOlder(): Promise<void> {
  const current = room.peek();
  return fetchOlder(current, (before) => channelOf(current).history({ before, limit: PAGE_SIZE }));
}

/** Opens the channel of the room anew after the server refused it. */
export function reopenRoom(): void {
  const current = room.peek();
  closeChannel(current);
  showMembers(current);
}

/** The person pressed a key in the composer. */
export function noteTyping(): void {
  if (connection.peek().kind === "online") tellTyping((data) => channelOf(room.peek()).signal(data));
}

/** The person sent or emptied the composer. */
export function noteStopped(): void {
  if (connection.peek().kind === "online") tellStopped((data) => channelOf(room.peek()).signal(data));
}
