/** At most one piece of news per room in this time. */
export const NEWS_INTERVAL = 1000;

/**
 * Decides when the others are told that a room moved: at once after a quiet second, and otherwise at the end of that
 * second, once, with what is true then. So a busy room costs each client one event a second, and the last change is
 * always told. Pure: `now` is milliseconds of a monotonic clock. Bounded by the rooms that move within two seconds.
 */
export class RoomNews {
  readonly #told = new Map<string, number>();
  readonly #waiting = new Set<string>();
  #sweepAt = 0;

  /** The room moved. True: tell it now. False: `due` will name it. */
  moved(room: string, now: number): boolean {
    this.#sweep(now);
    const told = this.#told.get(room);
    if (told !== undefined && now - told < NEWS_INTERVAL) {
      this.#waiting.add(room);
      return false;
    }
    this.#waiting.delete(room);
    this.#told.set(room, now);
    return true;
  }

  /** The rooms to tell of now; each counts as told. */
  due(now: number): string[] {
    const due = [...this.#waiting].filter((room) => now - (this.#told.get(room) ?? 0) >= NEWS_INTERVAL);
    for (const room of due) {
      this.#waiting.delete(room);
      this.#told.set(room, now);
    }
    return due;
  }

  /** Whether `due` has to be asked again. */
  get waiting(): boolean {
    return this.#waiting.size > 0;
  }

  #sweep(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + NEWS_INTERVAL;
    for (const [room, told] of this.#told) {
      if (now - told >= NEWS_INTERVAL && !this.#waiting.has(room)) this.#told.delete(room);
    }
  }
}
