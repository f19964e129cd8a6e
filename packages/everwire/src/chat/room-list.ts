import { LOBBY } from "./chat-room.ts";

/** A room as clients see it in the list. */
export interface ListedRoom {
  readonly name: string;
  /** Offset of the newest message; 0 when there is none. */
  readonly offset: number;
  /** How many people are in it now. */
  readonly members: number;
}

/** Rooms with messages that one server keeps, and rooms in one list. */
export const MAX_ROOMS = 1000;

/** The rooms that have messages, with their newest offsets. The lobby is there from the beginning. */
export class RoomList {
  readonly #offsets = new Map<string, number>([[LOBBY, 0]]);
  readonly #limit: number;

  constructor(limit: number = MAX_ROOMS) {
    this.#limit = limit;
  }

  /** Whether a message may be stored in the room: it has some already, or there is space for one more room. */
  accepts(name: string): boolean {
    return this.#offsets.has(name) || this.#offsets.size < this.#limit;
  }

  has(name: string): boolean {
    return this.#offsets.has(name);
  }

  /** Takes note of a room's newest offset; an older one changes nothing. */
  moved(name: string, offset: number): void {
    if (offset > this.offset(name)) this.#offsets.set(name, offset);
  }

  offset(name: string): number {
    return this.#offsets.get(name) ?? 0;
  }

  /**
   * The lobby, then the others by name: the rooms with messages and those that somebody is in. `occupied` has the number
   * of people in each of the latter; a room without messages that everybody left is in neither, so it is gone.
   */
  list(occupied: ReadonlyMap<string, number>): ListedRoom[] {
    return [...new Set([...this.#offsets.keys(), ...occupied.keys()])]
      .slice(0, this.#limit)
      .sort((a, b) => Number(b === LOBBY) - Number(a === LOBBY) || (a < b ? -1 : 1))
      .map((name) => ({ name, offset: this.offset(name), members: occupied.get(name) ?? 0 }));
  }
}
