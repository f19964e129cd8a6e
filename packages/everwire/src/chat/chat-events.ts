import type { ListedRoom } from "./room-list.ts";

/** A room appeared or its newest message changed. */
export interface RoomChange {
  readonly name: string;
  readonly offset: number;
}

/** What pages send beside the events of channels. */
export interface ChatClientEvents {
  "chat:rooms": (answer: (rooms: { readonly ok: true; readonly rooms: readonly ListedRoom[] }) => void) => void;
}

/** What the chat sends beside the events of channels. */
export interface ChatServerEvents {
  "chat:room": (change: RoomChange) => void;
}
