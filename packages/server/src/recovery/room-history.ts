import type { Addressees } from "./addressees.ts";

interface Change {
  /** The last event before the change. */
  readonly offset: number;
  readonly time: number;
  readonly room: string;
  readonly joined: boolean;
}

/** Changes that are remembered of one socket. */
const MOST = 256;

/**
 * In which rooms a socket was when. Without it a socket would be sent what was told in a room before it joined, and would
 * miss what was told in one that it left since.
 *
 * Bounded: of a socket that changes rooms more often than is remembered, the past beyond that is unknown.
 */
export class RoomHistory {
  readonly #changes: Change[] = [];
  /** The last change that was forgotten. */
  #forgotten: { readonly offset: number; readonly time: number } | undefined;

  /** A room was joined or left, when `offset` was the last event. `now` is a monotonic time. */
  note(room: string, joined: boolean, offset: number, now: number): void {
    this.#changes.push({ offset, time: now, room, joined });
    if (this.#changes.length <= MOST) return;
    this.#forgotten = this.#changes[0];
    this.#changes.shift();
  }

  /** Whether it is known in which rooms the socket was at each event after `after`, or at each from `time` on. */
  reaches(after: number, time: number): boolean {
    return this.#forgotten === undefined || this.#forgotten.offset < after || this.#forgotten.time < time;
  }

  /** Every room that the socket, which is in `rooms` now, was in after the event `after`. */
  since(after: number, rooms: readonly string[]): ReadonlySet<string> {
    const all = new Set(rooms);
    for (const { offset, room } of this.#changes) if (offset >= after) all.add(room);
    return all;
  }

  /** Of events in ascending order those that were for the socket, which is in `rooms` now. */
  filter<E extends Addressees>(
    events: readonly { readonly offset: number; readonly event: E }[],
    rooms: readonly string[],
  ): E[] {
    const present = new Set(rooms);
    const chosen: E[] = [];
    let last = this.#changes.length - 1;
    // From the present back into the past: each change is undone where it was made.
    for (const { offset, event } of events.toReversed()) {
      for (
        let change = this.#changes[last];
        change !== undefined && change.offset >= offset;
        change = this.#changes[last]
      ) {
        if (change.joined) present.delete(change.room);
        else present.add(change.room);
        last -= 1;
      }
      const included = event.rooms === undefined || event.rooms.some((room) => present.has(room));
      if (included && !event.except.some((room) => present.has(room))) chosen.push(event);
    }
    return chosen.reverse();
  }
}
