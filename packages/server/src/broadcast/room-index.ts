const NONE: ReadonlySet<string> = new Set();

/** Hears of every change, in the middle of it: the maps already show it. */
export interface RoomObserver {
  created(room: string): void;
  joined(room: string, id: string): void;
  left(room: string, id: string): void;
  deleted(room: string): void;
}

/**
 * Which sockets are in which rooms, read from either side.
 *
 * Pure and synchronous. The two maps are always the mirror of each other, and neither keeps an empty set, so a room exists
 * exactly as long as somebody is in it.
 */
export class RoomIndex {
  readonly #members = new Map<string, Set<string>>();
  readonly #rooms = new Map<string, Set<string>>();
  #observer: RoomObserver | undefined;

  /** The sockets of each room: a live view. */
  get rooms(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#members;
  }

  /** The rooms of each socket: a live view. */
  get sids(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#rooms;
  }

  /** There is one observer; another one takes its place. */
  observe(observer: RoomObserver): void {
    this.#observer = observer;
  }

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
    if (members === undefined) {
      this.#members.set(room, new Set([id]));
      this.#observer?.created(room);
    } else members.add(id);
    this.#observer?.joined(room, id);
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
    this.#observer?.left(room, id);
    // A listener may have let somebody in.
    if (members.size > 0 || this.#members.get(room) !== members) return;
    this.#members.delete(room);
    this.#observer?.deleted(room);
  }
}
