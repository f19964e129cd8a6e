import { EventFace } from "../event/event-face.ts";
import type { RoomIndex } from "./room-index.ts";

/** What happens to rooms, in this order: a room is created by its first socket and deleted when its last one has left. */
export interface RoomEvents {
  "create-room": (room: string) => unknown;
  "join-room": (room: string, id: string) => unknown;
  "leave-room": (room: string, id: string) => unknown;
  "delete-room": (room: string) => unknown;
}

/**
 * The rooms of a namespace for monitoring: `namespace.adapter`.
 *
 * Listeners are called in the middle of the change they hear of; they may read everything here.
 */
export class RoomAdapter extends EventFace<RoomEvents> {
  readonly #index: RoomIndex;

  constructor(index: RoomIndex, failed: (error: unknown) => void) {
    super(failed);
    this.#index = index;
    index.observe({
      created: (room) => this.notify("create-room", room),
      joined: (room, id) => this.notify("join-room", room, id),
      left: (room, id) => this.notify("leave-room", room, id),
      deleted: (room) => this.notify("delete-room", room),
    });
  }

  /** The ids of the sockets in each room: a live view. */
  get rooms(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#index.rooms;
  }

  /** The rooms of each socket by its id: a live view. */
  get sids(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#index.sids;
  }

  /** The rooms of one socket, or undefined when it is in none. */
  socketRooms(id: string): ReadonlySet<string> | undefined {
    return this.#index.sids.get(id);
  }
}
