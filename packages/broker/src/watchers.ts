import { BrokerError } from "./failures.ts";
import { Mailbox, type Report } from "./mailbox.ts";

/** The callbacks that follow one subject. Each sees all changes in order, outside the call that caused them. */
export class Watchers<Change> {
  readonly #mailbox: Mailbox;
  readonly #report: Report;
  readonly #active = new Set<(change: Change) => void>();

  constructor(report: Report) {
    this.#mailbox = new Mailbox(report);
    this.#report = report;
  }

  get size(): number {
    return this.#active.size;
  }

  /** Adds a callback; each call is a watch of its own, also for the same function. Returns what ends it. */
  add(callback: (change: Change) => void): () => void {
    const watcher = (change: Change): void => callback(change);
    this.#active.add(watcher);
    return () => {
      this.#active.delete(watcher);
    };
  }

  notify(change: Change): void {
    for (const watcher of this.#active) {
      // A watch that ended between the change and the delivery hears nothing more.
      const posted = this.#mailbox.post(() => {
        if (this.#active.has(watcher)) watcher(change);
      });
      if (!posted) this.#report(new BrokerError("queue_full", { detail: "a watcher misses changes" }));
    }
  }

  clear(): void {
    this.#active.clear();
  }
}
