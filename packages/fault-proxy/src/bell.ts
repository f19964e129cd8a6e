/**
 * Wakes whoever waits. A bell says "look again", never what happened: every caller waits in a loop round its condition,
 * so a ring too many does no harm.
 */
export class Bell {
  readonly #waiting = new Set<() => void>();

  /** Until the next ring, or at most `ms`. */
  wait(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      // A delay above 2^31-1 would fire at once.
      const timer = ms === undefined ? undefined : setTimeout(wake, Math.min(ms, 2 ** 31 - 1));
      this.#waiting.add(wake);
    });
  }

  ring(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
