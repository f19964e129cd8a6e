const NONE: ReadonlySet<string> = new Set();

/**
 * Which sockets are in which rooms, read from either side.
 *
 * Pure and synchronous. The two maps are always the mirror of each other, and neither keeps an empty set, so a room exists
 * exactly as long as somebody is in it.
 */
export class RoomIndex {
  readonly #members = new Map<string, Set<string>>();
  readonly #rooms = new Map<string, Set<string>>();

  /** Number of rooms with at least one socket. */
  get size(): number {
    return this.#members.size;
  }

  /** Every room that has a socket in it. */
  names(): IterableIterator<string> {
    return this.#members.keys();
  }

  /** Adds `id` to `room`; false when it was there already. */
  join(id: string, room: string): boolean {
    const rooms = this.#rooms.get(id);
    if (rooms?.has(room)) return false;
    if (rooms === undefined) this.#rooms.set(id, new Set([room]));
    else rooms.add(room);
    const members = this.#members.get(room);
    if (members === undefined) this.#members.set(room, new Set([id]));
    else members.add(id);
    return true;
  }

  /** Takes `id` out of `room`; false when it was not there. */
  leave(id: string, room: string): boolean {
    const rooms = this.#rooms.get(id);
    if (rooms === undefined || !rooms.delete(room)) return false;
    if (rooms.size === 0) this.#rooms.delete(id);
    this.#removeMember(room, id);
    return true;
  }

  /** Takes `id` out of every room. */
  leaveAll(id: string): void {
    const rooms = this.#rooms.get(id);
    if (rooms === undefined) return;
    this.#rooms.delete(id);
    for (const room of rooms) this.#removeMember(room, id);
  }

  /** The rooms of `id`: a live view while it is in any, not to be kept beyond that. */
  roomsOf(id: string): ReadonlySet<string> {
    return this.#rooms.get(id) ?? NONE;
  }

  /** The sockets in `room`: a live view while there are any. */
  membersOf(room: string): ReadonlySet<string> {
    return this.#members.get(room) ?? NONE;
  }

  #removeMember(room: string, id: string): void {
    const members = this.#members.get(room);
    if (members === undefined) return;
    members.delete(id);
    if (members.size === 0) this.#members.delete(room);
  }
}
