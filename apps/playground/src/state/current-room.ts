import { type ReadonlySignal, signal } from "@preact/signals";
import { hashOfRoom, LOBBY, roomFromHash } from "../model/room-name.ts";

const current = signal(roomFromHash(location.hash) ?? LOBBY);

/** The room that is shown. The address bar has the last word, so back, forward and bookmarks work. */
export const room: ReadonlySignal<string> = current;

/** Shows a room. */
export function goToRoom(name: string): void {
  location.hash = hashOfRoom(name);
}

/** Follows the address bar from now on. */
export function startCurrentRoom(): void {
  addEventListener("hashchange", () => {
    current.value = roomFromHash(location.hash) ?? LOBBY;
  });
}
